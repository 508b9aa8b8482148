package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code vivarium bench}. */
@Command(
    name = "vivarium bench",
    description =
        "Measures Vivarium's figures, each beside its C twin, and prints them as a table.",
    mixinStandardHelpOptions = false,
    sortOptions = false,
    footer = {
      "",
      "Each figure is measured in turn with its twin: C on the same libpython,",
      "compiled by gcc. Without gcc the twins and ratios are missing.",
      "docs/bench.md explains each figure. Keep the machine quiet meanwhile."
    })
public final class Main implements Callable<Integer> {

  @Option(names = "--quick", description = "Under a minute instead of under five, less exact.")
  private boolean quick;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the figures into FILE, as a JSON array.")
  private @Nullable Path json;

  @Option(
      names = "--python",
      paramLabel = "PYTHON",
      description = "The Python to measure: a version, a program, a folder or a libpython.")
  private @Nullable String python;

  @SuppressWarnings("UnusedVariable") // picocli reads it
  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  private boolean help;

  private boolean freeThreaded;
  private boolean numPy;
  private boolean pyArrow;

  @Parameters(
      paramLabel = "FIGURE",
      arity = "0..*",
      description = "Measure only these, for instance call.main; all if none is named.")
  private List<String> names = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  private Main() {}

  /** Runs the command and ends the process with its status: 0, 1 for a failure, 2 for bad usage. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler((e, arguments) -> {
          e.getCommandLine().getErr().println("vivarium bench: " + e.getMessage());
          return CommandLine.ExitCode.USAGE;
        });
  }

  @Override
  public Integer call() {
    List<Figure> figures = figures();
    PrintWriter err = spec.commandLine().getErr();
    try {
      checkJson();
      Report report = measure(figures, err);
      PrintWriter out = spec.commandLine().getOut();
      out.print(report.table());
      out.flush();
      if (json != null) {
        Files.writeString(json, report.json());
      }
      return 0;
    } catch (IOException
        | IllegalArgumentException // a --python that can't name one
        | PythonStartException
        | BenchmarkException e) {
      err.println("vivarium bench: " + firstLine(e));
      return 1;
    }
  }

  private List<Figure> figures() {
    for (String name : names) {
      if (Figure.ALL.stream().noneMatch(figure -> figure.isMeantBy(name))) {
        throw new ParameterException(
            spec.commandLine(),
            "no figure '"
                + name
                + "'; there are "
                + Figure.ALL.stream().map(Figure::name).collect(Collectors.joining(", ")));
      }
    }
    return Figure.ALL.stream()
        .filter(figure -> names.isEmpty() || names.stream().anyMatch(figure::isMeantBy))
        .toList();
  }

  /** Fails now rather than after minutes. */
  private void checkJson() throws IOException {
    if (json == null) {
      return;
    }
    Path folder = json.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(json) || !Files.isWritable(folder)) {
      throw new IOException("--json: cannot write " + json);
    }
  }

  private Report measure(List<Figure> asked, PrintWriter err)
      throws IOException, BenchmarkException {
    Forks forks = prepared(asked, err);
    List<Figure> figures =
        asked.stream().filter(figure -> freeThreaded || !figure.needsNoGil()).toList();
    if (figures.size() < asked.size()) {
      err.println("vivarium bench: scale.threads is for a free-threaded CPython, and left out");
    }
    if (!numPy && figures.stream().anyMatch(Figure::needsNumPy)) {
      err.println("vivarium bench: this Python has no NumPy, and the array figures are left out");
      figures = figures.stream().filter(figure -> !figure.needsNumPy()).toList();
    }
    if (!pyArrow && figures.stream().anyMatch(Figure::needsPyArrow)) {
      err.println(
          "vivarium bench: this Python has no pyarrow, and arrow.trip is left out; docs/bench.md"
              + " says where there is one");
      figures = figures.stream().filter(figure -> !figure.needsPyArrow()).toList();
    }
    int rounds = quick ? 1 : 2;
    Set<Class<? extends PythonBenchmark>> benchmarks =
        figures.stream()
            .map(Figure::benchmark)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    Map<Class<?>, List<Sample>> samples = new LinkedHashMap<>();
    Noise noise = new Noise();
    int done = 0;
    for (int round = 0; round < rounds; round++) {
      for (Class<? extends PythonBenchmark> benchmark : benchmarks) {
        err.printf("[%d/%d] %s%n", ++done, rounds * benchmarks.size(), benchmark.getSimpleName());
        err.flush();
        noise.listen();
        samples.computeIfAbsent(benchmark, _ -> new ArrayList<>()).addAll(forks.run(benchmark));
      }
    }
    noise.listen();
    return new Report(
        figures.stream().map(f -> f.of(samples.getOrDefault(f.benchmark(), List.of()))).toList(),
        noise.series(),
        noise.onTwoThreads());
  }

  /** Starts the Python that will be measured once, to say which it is and to compile the twin. */
  private Forks prepared(List<Figure> asked, PrintWriter err) throws IOException {
    Path folder = temporaryFolder();
    Map<String, String> properties = new HashMap<>();
    if (python != null) {
      properties.put(PythonBenchmark.PYTHON, python);
    }
    try (Python started = Python.start(PythonBenchmark.options(python))) {
      err.printf(
          "CPython %s (%s), JDK %s, %s %s, %d processors%n",
          started.version(),
          started.installation().source(),
          Runtime.version(),
          System.getProperty("os.name"),
          System.getProperty("os.arch"),
          Runtime.getRuntime().availableProcessors());
      freeThreaded = started.version().freeThreaded();
      if (asked.stream().anyMatch(Figure::needsNumPy)) {
        numPy = hasModule(started.main(), "numpy");
      }
      if (asked.stream().anyMatch(Figure::needsPyArrow)) {
        pyArrow = hasModule(started.main(), "pyarrow");
      }
      Path twin = Twin.compile("gcc", Twin.source(), Headers.of(started, folder), folder);
      properties.put(PythonBenchmark.TWIN, twin.toString());
    } catch (TwinException e) {
      err.println("vivarium bench: without C twins: " + e.getMessage());
    }
    return quick ? new Forks(20, 20, 25, properties) : new Forks(20, 40, 45, properties);
  }

  private static boolean hasModule(Interpreter main, String name) {
    main.exec("import importlib.util");
    return main.eval("importlib.util.find_spec('" + name + "') is not None").asBoolean();
  }

  private static Path temporaryFolder() throws IOException {
    Path folder = Files.createTempDirectory("vivarium-bench");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    return folder;
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      // It lies in the system's own folder for such things, which gets tidied.
    }
  }

  private static String firstLine(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(message);
  }
}
