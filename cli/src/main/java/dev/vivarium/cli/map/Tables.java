package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.PythonResource;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files of tables, read and written by the main interpreter, where pyarrow loads. Its objects live
 * as long as Python does.
 */
final class Tables {

  private final Interpreter main;
  private final PyObject module;

  private Tables(Interpreter main, PyObject module) {
    this.main = main;
    this.module = module;
  }

  /**
   * Makes sure of the files' formats, and of pyarrow where it is needed.
   *
   * @throws CommandFailure if a file is no table, or Python lacks pyarrow
   */
  static Tables of(Python python, List<String> files, MapOptions options) {
    boolean batches = options.kind() == ItemKind.BATCHES;
    String option = batches ? "--batch" : "--rows";
    List<TableFormat> formats = files.stream().map(file -> format(option, file)).toList();
    return python
        .main()
        .call(main -> {
          PyObject module = PythonResource.load(main, Tables.class, "tables.py");
          if (batches) {
            requirePyarrow(python, module, option);
          } else if (formats.stream().anyMatch(format -> format != TableFormat.CSV)) {
            requirePyarrow(python, module, option + " of Parquet and Arrow");
          }
          return new Tables(main, module);
        });
  }

  private static TableFormat format(String option, String file) {
    return TableFormat.of(file)
        .orElseThrow(() ->
            new CommandFailure(
                option
                    + ": '"
                    + file
                    + "' is no table: its name must end in "
                    + TableFormat.ENDINGS));
  }

  private static void requirePyarrow(Python python, PyObject module, String who) {
    try {
      module.callMethod("import_pyarrow").close();
    } catch (PythonException e) {
      throw new CommandFailure(
          who
              + " needs pyarrow, which Python "
              + python.version()
              + " ("
              + python.installation().source()
              + ") cannot import ("
              + e.pythonMessage()
              + "): name a Python that has it with --python, such as a virtual environment",
          e);
    }
  }

  /** What reads the rows of the files. */
  PyObject rows(List<String> files) {
    return main.call(in -> module.callMethod("Rows", files));
  }

  /** What reads the files by batches. */
  PyObject batches(List<String> files, int rows, String form) {
    return main.call(in -> module.callMethod("Batches", files, rows, form));
  }

  /**
   * What writes tables.
   *
   * @param file whose ending tells the format
   * @param part the name of the file until it is complete
   */
  PyObject writer(Path file, Path part) {
    return main.call(in -> module.callMethod("Writer", file.toString(), part.toString()));
  }

  /** The function, wrapped so that it takes the index of a batch. Called inside main. */
  PyObject load(
      PyObject mapping, FunctionReference function, PyObject batches, @Nullable PyObject writer) {
    return module.callMethod("load", mapping, function.file(), function.name(), batches, writer);
  }
}
