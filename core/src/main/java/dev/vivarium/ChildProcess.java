package dev.vivarium;

import dev.vivarium.internal.bridge.JvmCommand;
import dev.vivarium.internal.bridge.ProcessFunctions;
import dev.vivarium.internal.discovery.Named;
import dev.vivarium.internal.mirror.Access;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A child process that {@code multiprocessing} spawns, and that is to have Java: the JVM's command,
 * for its parent, and its main class, where {@link PythonOptions#childMain} names no other.
 */
final class ChildProcess {

  // Signals then do to it what they do to any process, as its parent expects of terminate()
  private static final List<String> OPTIONS = List.of("-Xrs");

  private static final String CODE = "-c";

  private ChildProcess() {}

  /**
   * The folder to start the JVM in and the words of its command, to which the Python code is to be
   * added, with NUL between them; or why there is none.
   *
   * @param access what the Python code that wants the child may see of Java
   */
  static String command(PythonOptions options, Access access) {
    Class<?> named = options.childMain();
    Class<?> main = named == null ? ChildProcess.class : named;
    String hindrance = JvmCommand.hindrance(main);
    if (hindrance != null) {
      return hindrance;
    }
    if (named == null && !access.equals(Access.ALL)) {
      return "its parent may not see every Java class (javaClasses), and what it may see only a main"
          + " class of your own can say to its child (PythonOptions.childMain)";
    }
    List<String> words = new ArrayList<>();
    words.add(System.getProperty("user.dir"));
    words.addAll(JvmCommand.of(named == null ? OPTIONS : List.of(), main));
    words.addAll(named == null ? arguments(options) : options.childArguments());
    return String.join("\0", words);
  }

  private static List<String> arguments(PythonOptions options) {
    Named named = options.named();
    List<String> words = new ArrayList<>();
    add(words, "python", named.python());
    add(words, "library", named.library());
    add(words, "home", named.home());
    add(words, "venv", named.venv());
    add(words, "executable", named.executable());
    add(words, "environment", options.environment());
    add(words, "isolated", options.isolated());
    add(words, "useEnvironment", options.useEnvironment());
    add(words, "site", options.site());
    return words;
  }

  private static void add(List<String> words, String option, @Nullable Object value) {
    if (value != null) {
      words.add(option + "=" + value);
    }
  }

  /** Runs what stands behind {@code -c}; before it are the options to start Python with. */
  static void main(String[] words) {
    PythonOptions.Builder options =
        PythonOptions.builder().allowProcessExit(true).allowSignalHandlers(true);
    int at = 0;
    while (!words[at].equals(CODE)) {
      set(options, words[at++]);
    }
    options.argv(List.of(CODE, words[at + 2]));
    Python python = Python.start(options.build());
    System.exit(run(python, words[at + 1]));
  }

  private static void set(PythonOptions.Builder options, String word) {
    int end = word.indexOf('=');
    String value = word.substring(end + 1);
    PythonOptions.Builder ignored =
        switch (word.substring(0, end)) {
          case "python" -> options.python(value);
          case "library" -> options.library(Path.of(value));
          case "home" -> options.home(Path.of(value));
          case "venv" -> options.venv(Path.of(value));
          case "executable" -> options.executable(Path.of(value));
          case "environment" -> options.environment(Path.of(value));
          case "isolated" -> options.isolated(Boolean.parseBoolean(value));
          case "useEnvironment" -> options.useEnvironment(Boolean.parseBoolean(value));
          case "site" -> options.site(Boolean.parseBoolean(value));
          default -> throw new IllegalArgumentException(word);
        };
  }

  private static int run(Python python, String code) {
    try {
      python.runOnMainThread(main -> {
        ProcessFunctions.refuse(main.home(), EnumSet.of(ProcessFunctions.Refusal.FAULT_HANDLER));
        main.exec(code);
      });
      return 0;
    } catch (PythonExit exit) {
      if (!exit.text().isEmpty()) {
        System.err.println(exit.text());
      }
      return exit.code();
    } catch (PythonException e) {
      System.err.print(e.traceback());
      return 1;
    } catch (Throwable javas) { // of Java code, whose other threads would keep the JVM
      javas.printStackTrace();
      return 1;
    }
  }
}
