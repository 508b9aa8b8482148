package dev.vivarium.internal.bridge;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The command of a JVM as this one, with another main class: for a child process (promise S2). */
public final class JvmCommand {

  /** What two JVMs cannot both have: a port, a file that is written. */
  private static final List<String> OURS_ALONE =
      List.of(
          "-agentlib:jdwp",
          "-Xrunjdwp",
          "-Xloggc:",
          "-Dcom.sun.management.",
          "-XX:AOTCacheOutput",
          "-XX:AOTConfiguration",
          "-XX:AOTMode",
          "-XX:ArchiveClassesAtExit",
          "-XX:StartFlightRecording");

  private static final Pattern LOG_FILE = Pattern.compile("-Xlog:[^:]*:(?!$|:|stdout|stderr).*");

  private JvmCommand() {}

  /** Why a main class cannot be had in a JVM of its own; null if it can. */
  public static @Nullable String hindrance(Class<?> main) {
    if (!Files.isExecutable(java())) {
      return "there is no " + java();
    }
    try {
      if (Class.forName(main.getName(), false, ClassLoader.getSystemClassLoader()) == main) {
        return null;
      }
    } catch (ClassNotFoundException | LinkageError e) {
      // As any other that is not it
    }
    return main.getName() + " does not come from this JVM's class path or module path";
  }

  /** Has this one's options, these behind them, its paths and that main class. */
  public static List<String> of(List<String> options, Class<?> main) {
    Module module = main.getModule();
    List<String> words = new ArrayList<>();
    words.add(java().toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> OURS_ALONE.stream().noneMatch(option::startsWith))
        .filter(option -> !LOG_FILE.matcher(option).matches())
        .forEach(words::add);
    words.add("--enable-native-access=" + nativeAccess()); // where a manifest has said so
    words.addAll(options);
    String classPath = System.getProperty("java.class.path", "");
    if (!classPath.isEmpty()) {
      words.add("-cp");
      words.add(classPath);
    }
    String mainModule = System.getProperty("jdk.module.main");
    if (mainModule != null) {
      words.add("--add-modules=" + mainModule);
    }
    if (module.isNamed()) {
      words.add("-m");
      words.add(module.getName() + "/" + main.getName());
    } else {
      words.add(main.getName());
    }
    return words;
  }

  private static String nativeAccess() {
    Module own = JvmCommand.class.getModule();
    return own.isNamed() ? own.getName() : "ALL-UNNAMED";
  }

  private static Path java() {
    String name = File.separatorChar == '\\' ? "java.exe" : "java";
    return Path.of(System.getProperty("java.home"), "bin", name);
  }
}
