package dev.vivarium;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/** A Python file object that Java reads or writes: what goes wrong there as Java's exceptions. */
final class PythonFile {

  private final Interpreter interpreter;
  private final PyObject python;
  private volatile boolean closed;

  /** One that this takes over. */
  PythonFile(Interpreter interpreter, PyObject python) {
    this.interpreter = interpreter;
    this.python = python;
  }

  /** Work on the object, attached to its interpreter. */
  @FunctionalInterface
  interface Work<T> {
    T on(PyObject python) throws IOException;
  }

  Interpreter interpreter() {
    return interpreter;
  }

  <T> T within(Work<T> work) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    try {
      return interpreter.<T, IOException>call(in -> work.on(python));
    } catch (InterpreterClosedException e) {
      throw new IOException("the file's interpreter takes no calls any more: " + e.getMessage(), e);
    } catch (PythonException | PythonExit | ConversionException e) {
      throw closed ? new AsynchronousCloseException() : new IOException(e.getMessage(), e);
    } catch (IllegalStateException e) {
      if (closed) {
        throw new AsynchronousCloseException();
      }
      throw e;
    }
  }

  boolean isOpen() {
    return !closed;
  }

  void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      interpreter.<IOException>run(in -> python.callMethod("close").close());
    } catch (InterpreterClosedException e) {
      // Its end has closed the file, or will
    } catch (PythonException | PythonExit e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      python.close();
    }
  }

  @Override
  public String toString() {
    return "[" + interpreter + (closed ? ", closed]" : "]");
  }
}
