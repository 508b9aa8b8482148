package dev.vivarium.cli.map;

import dev.vivarium.CloseOption;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import dev.vivarium.cli.shell.FailureReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The command {@code vivarium map}. */
@Command(
    name = "map",
    description = {
      "Calls a Python function once for each input item, in parallel.",
      "",
      "A pool of interpreters does it, and writes a JSON line for each item:",
      "",
      "  {\"item\":\"a.py\",\"index\":0,\"result\":…}",
      "  {\"item\":\"b.py\",\"index\":1,\"error\":{\"type\":…,\"message\":…,\"traceback\":…}}",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "A failing item becomes a line with its error; the rest goes on. What the",
      "function prints goes to standard error.",
      "",
      "Exit status:",
      "  0    all items have results",
      "  1    some items failed",
      "  2    bad usage, the function cannot be loaded, input or output fails",
      "  130  stopped by Ctrl-C, 143 by kill; finished lines are written",
      "  141  the reader of standard output went away, as head does",
      "",
      "Examples:",
      "  vivarium map examples/complexity.py:measure @stdlib",
      "  vivarium map sizes.py:size 'data/**/*.csv' --deadline 2s",
      "  zcat log.gz | vivarium map parse.py:parse --lines -o out.jsonl",
      "  vivarium map parse.py:parse --lines log -o out.jsonl --resume",
      "  vivarium map check.py:check people.csv --rows",
      "  vivarium map clean.py:clean 'in/*.parquet' --batch arrow -o out.parquet",
      "  vivarium map sizes.py:size 'data/**/*.csv' --engine spark --master local[4]"
    })
public final class MapCommand implements Callable<Integer> {

  private static final Duration TO_END = Duration.ofSeconds(2);
  private static final Duration AT_EXIT = Duration.ofMillis(500);

  @Parameters(
      index = "0",
      paramLabel = "FILE.py:FUNCTION",
      description = "The function: takes one argument, returns what JSON can hold.")
  private String function = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "INPUT",
      description = {
        "Files, globs such as 'src/**/*.py', or @stdlib: the sources of",
        "the standard library of the Python that runs. With --lines or",
        "--jsonl also -, standard input, which is their default. With",
        "--rows or --batch, files of tables."
      })
  private List<String> inputs = new ArrayList<>();

  @Mixin private MapOptions options = new MapOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    options.check();
    if (inputs.isEmpty()) {
      if (!options.kind().ofLines()) {
        throw new CommandFailure(
            options.kind().ofTables()
                ? "name input files that end in " + TableFormat.ENDINGS
                : "name input files or @stdlib, or give --lines or --jsonl for standard input");
      }
      inputs.add(InputFiles.STANDARD_INPUT);
    }
    FunctionReference reference = FunctionReference.parse(function);
    Python python = Python.start(common.pythonOptions().exitTimeout(AT_EXIT).build());
    List<String> files =
        new InputFiles(() -> stdlib(python)).expand(inputs, options.kind().ofLines());
    try {
      return map(python, reference, files);
    } finally {
      end(python);
    }
  }

  private int map(Python python, FunctionReference reference, List<String> files) throws Exception {
    if (options.kind() == ItemKind.BATCHES) {
      return mapBatches(python, reference, files);
    }
    Engine engine =
        options.isOnSpark()
            ? engines().of(reference, options, common)
            : pool(
                python, MappedFunction.isolated(reference, options.kind(), options.interpreters()));
    try (ItemSource source =
        switch (options.kind()) {
          case FILES -> new FileItems(files);
          case ROWS -> new TableItems(python.main(), Tables.of(python, files, options).rows(files));
          default -> new LineItems(files, System.in, options.kind());
        }) {
      return new Mapping(engine, reference, options).run(source);
    }
  }

  private Engines engines() {
    for (Engines one : ServiceLoader.load(Engines.class, Engines.class.getClassLoader())) {
      if (one.name().equals(options.engine())) {
        return one;
      }
    }
    throw new CommandFailure(
        "--engine "
            + options.engine()
            + ": vivarium-cli-"
            + options.engine()
            + " is not on the class path, where ./vivarium of a checkout has it");
  }

  private Engine pool(Python python, MappedFunction mapped) {
    return new PoolEngine(python, mapped, options.interpreters(), options.deadline());
  }

  private int mapBatches(Python python, FunctionReference reference, List<String> files)
      throws Exception {
    Tables tables = Tables.of(python, files, options);
    PyObject batches = tables.batches(files, options.batchRows(), options.batch());
    Path output = options.output();
    try (ItemSource source = new TableItems(python.main(), batches);
        TableOutput table =
            options.writesTables() && output != null
                ? TableOutput.create(python.main(), tables, output, options.force())
                : null) {
      Engine engine = pool(python, MappedFunction.inMain(reference, tables, batches, table));
      Mapping mapping = new Mapping(engine, reference, options);
      return table == null ? mapping.run(source) : mapping.run(source, table);
    }
  }

  private static void end(Python python) {
    try {
      python.close(TO_END, CloseOption.INTERRUPT);
    } catch (InterpreterBusyException e) {
      System.err.println("vivarium: Python did not end: " + FailureReport.oneLine(e.getMessage()));
    }
  }

  private static Path stdlib(Python python) {
    String folder =
        python
            .main()
            .call(in -> {
              try (PyObject sysconfig = in.importModule("sysconfig");
                  PyObject path = sysconfig.callMethod("get_path", "stdlib")) {
                return path.asString();
              }
            });
    return Path.of(folder);
  }
}
