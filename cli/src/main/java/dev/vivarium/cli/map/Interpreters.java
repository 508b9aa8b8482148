package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import java.io.IOException;

/** The interpreters in which workers call the function. */
interface Interpreters {

  /** One to work in. */
  Interpreter open();

  /** The function, wrapped so that it takes an item's text. Called inside. */
  PyObject load(Interpreter interpreter);

  /**
   * Writes the table that a call for this item gave.
   *
   * @throws IOException if it cannot be written
   */
  default void write(Item item) throws IOException {
    throw new IllegalStateException("no call here gives tables: " + item.json());
  }

  /**
   * A worker has left.
   *
   * @throws InterpreterBusyException if it does not end
   */
  void close(Interpreter interpreter);
}
