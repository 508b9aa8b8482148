package dev.vivarium.cli.run;

import dev.vivarium.Python;
import dev.vivarium.PythonProfile;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code vivarium run}. */
@Command(
    name = "run",
    description = "Runs a Python program in this JVM, as python does.",
    customSynopsis = {
      "vivarium run [OPTIONS] FILE.py [ARGS]",
      "       vivarium run [OPTIONS] -c CODE [ARGS]",
      "       vivarium run [OPTIONS] -m MODULE [ARGS]",
      "       vivarium run [OPTIONS] - [ARGS]"
    },
    sortOptions = false,
    footer = {
      "",
      "sys.argv, sys.path, standard streams and exit statuses are those of",
      "python: sys.exit(3) gives 3, an uncaught exception a traceback and 1,",
      "Ctrl-C 130. A program that cannot be read gives 2.",
      "The program runs on Python's main thread: signal.signal() works, and",
      "Ctrl-C ends what it waits for. SIGQUIT, SIGUSR2, SIGSEGV and their kind",
      "stay the JVM's: signal.signal() refuses them. os.fork() refuses too;",
      "subprocess, and multiprocessing without fork, work.",
      "",
      "Examples:",
      "  vivarium run report.py --year 2026",
      "  vivarium run -m json.tool data.json",
      "  echo 'print(1 + 1)' | vivarium run -"
    })
public final class RunCommand implements Callable<Integer> {

  private static final Duration PROFILE_INTERVAL = Duration.ofMillis(10);

  private static final class Inline {

    @Option(
        names = "-c",
        paramLabel = "CODE",
        description = "Run this code. What follows is for the program.")
    private @Nullable String code;

    @Option(
        names = "-m",
        paramLabel = "MODULE",
        description = "Run this module. What follows is for the program.")
    private @Nullable String module;
  }

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = {
        "Look every 10 ms where the program is, in Python and in Java, and",
        "write to this file how often it was where: collapsed stacks, for a",
        "flame graph. Not for a free-threaded Python."
      })
  private @Nullable Path profile;

  @Mixin private CommonOptions common = new CommonOptions();

  @ArgGroup private @Nullable Inline inline;

  @Parameters(
      paramLabel = "FILE [ARGS]",
      arity = "0..*",
      description = {
        "A source file, or a folder or zip file with a __main__.py;",
        "- for standard input. ARGS are for the program."
      })
  private List<String> words = new ArrayList<>();

  /** Runs what standard input has, as {@code vivarium run -} does. */
  public static int standardInput(CommonOptions common) {
    return run(new Program(Program.Kind.STDIN, "", List.of()), common);
  }

  @Override
  public Integer call() {
    Program program = program();
    Path file = profile;
    return file == null ? run(program, common) : runProfiled(program, common, file);
  }

  private static int runProfiled(Program program, CommonOptions common, Path file) {
    try {
      Files.write(file, new byte[0]); // in vain rather now than when the program has run
    } catch (IOException e) {
      throw unwritable(file, e);
    }
    Python python = Python.start(common.programOptions().build());
    try (PythonProfile profile = profileOf(python)) {
      Thread atExit = new Thread(() -> writeAtExit(profile, file), "profile");
      Runtime.getRuntime().addShutdownHook(atExit);
      int status = program.run(python);
      if (isStill(atExit)) {
        profile.writeCollapsed(file);
      }
      return status;
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  // Of a program that SIGTERM ends, or System.exit
  private static void writeAtExit(PythonProfile profile, Path file) {
    try {
      profile.writeCollapsed(file);
    } catch (IOException e) {
      System.err.println(unwritable(file, e).getMessage());
    }
  }

  private static boolean isStill(Thread atExit) {
    try {
      return Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return false; // it is at it
    }
  }

  private static CommandFailure unwritable(Path file, IOException e) {
    return new CommandFailure("cannot write the profile to '" + file + "': " + e.getMessage(), e);
  }

  private static PythonProfile profileOf(Python python) {
    try {
      return PythonProfile.start(python, PROFILE_INTERVAL);
    } catch (UnsupportedOperationException e) {
      throw new CommandFailure("--profile: " + e.getMessage(), e);
    }
  }

  private static int run(Program program, CommonOptions common) {
    return program.run(Python.start(common.programOptions().build()));
  }

  private Program program() {
    if (inline != null && inline.code != null) {
      return new Program(Program.Kind.CODE, inline.code, words);
    }
    if (inline != null && inline.module != null) {
      return new Program(Program.Kind.MODULE, inline.module, words);
    }
    if (words.isEmpty()) {
      throw new CommandFailure(
          "name what to run: FILE.py, -c CODE, -m MODULE, or - for standard input");
    }
    String file = words.getFirst();
    List<String> arguments = words.subList(1, words.size());
    if (file.equals("-")) {
      return new Program(Program.Kind.STDIN, "", arguments);
    }
    if (!Files.isReadable(Path.of(file))) {
      throw new CommandFailure(
          Files.exists(Path.of(file))
              ? "cannot read '" + file + "': permission denied"
              : "cannot open '" + file + "': no such file");
    }
    return new Program(Program.Kind.FILE, file, arguments);
  }
}
