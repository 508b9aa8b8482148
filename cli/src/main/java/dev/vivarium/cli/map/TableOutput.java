package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.FailureReport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;

/**
 * A file of the tables that the function returns, which has another name until it is complete and
 * is gone if it never is. The lines of items that fail go to standard output.
 */
final class TableOutput implements LineSink {

  private final Interpreter main;
  private final PyObject writer;
  private final Path file;
  private final Path part;
  private final FileChannel lock;
  private final LineSink failures = new StandardOutput();
  private boolean complete;

  private TableOutput(Interpreter main, PyObject writer, Path file, Path part, FileChannel lock) {
    this.main = main;
    this.writer = writer;
    this.file = file;
    this.part = part;
    this.lock = lock;
  }

  /**
   * Begins an empty file under the other name.
   *
   * @throws CommandFailure if the file exists and may not be overwritten, or cannot be written
   */
  static TableOutput create(Interpreter main, Tables tables, Path file, boolean force) {
    OutputFile.refuseOther(file);
    if (Files.exists(file) && !force) {
      throw new CommandFailure(file + " exists: --force overwrites it");
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      FileChannel lock =
          FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      OutputFile.lock(lock, file);
      return new TableOutput(main, tables.writer(file, part), file, part, lock);
    } catch (IOException e) {
      throw new CommandFailure("--output: cannot write " + file + ": " + OutputFile.reason(e), e);
    }
  }

  /** What gets tables ready in Python. */
  PyObject writer() {
    return writer;
  }

  /** Writes the table that the call for an item gave. */
  void add(Item item) throws IOException {
    inPython(() -> {
      writer.callMethod("write", item.text()).close();
      return true;
    });
  }

  /** Writes the lines of items that failed; those with a table have an empty line. */
  @Override
  public void write(List<String> lines) throws IOException {
    List<String> failed = lines.stream().filter(line -> !line.isEmpty()).toList();
    if (!failed.isEmpty()) {
      failures.write(failed);
    }
  }

  @Override
  public void complete() throws IOException {
    if (!inPython(this::isWritten)) {
      throw new CommandFailure(file + " is not written: no batch has given a table");
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    complete = true;
  }

  private boolean isWritten() {
    try (PyObject any = writer.callMethod("close")) {
      return any.asBoolean();
    }
  }

  private <T> T inPython(Supplier<T> action) throws IOException {
    try {
      return main.call(in -> action.get());
    } catch (PythonException e) {
      throw new IOException(
          "cannot write " + file + ": " + FailureReport.oneLine(e.pythonMessage()), e);
    }
  }

  /** Removes the file if it is not complete. */
  @Override
  public void close() throws IOException {
    lock.close();
    if (!complete) {
      Files.deleteIfExists(part);
    }
  }
}
