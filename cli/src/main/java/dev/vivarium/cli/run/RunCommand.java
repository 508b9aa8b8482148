package dev.vivarium.cli.run;

import dev.vivarium.Python;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import java.nio.file.Files;
import java.nio.file.Path;
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
      "vivarium run [--python=PYTHON] FILE.py [ARGS]",
      "       vivarium run [--python=PYTHON] -c CODE [ARGS]",
      "       vivarium run [--python=PYTHON] -m MODULE [ARGS]",
      "       vivarium run [--python=PYTHON] - [ARGS]"
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
    return run(program(), common);
  }

  private static int run(Program program, CommonOptions common) {
    Python python =
        Python.start(
            common.pythonOptions().allowProcessExit(true).allowSignalHandlers(true).build());
    return program.run(python);
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
