package dev.vivarium;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Python code called from Java has raised {@code SystemExit}, mostly by {@code sys.exit()}. It ends
 * neither the JVM nor the interpreter (guide: {@code docs/guide/process.md}); a caller that wants
 * to, exits with {@link #code}.
 */
public final class PythonExit extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final int code;
  private final String text;
  private final transient @Nullable PyObject value; // null once it was read from a stream

  PythonExit(int code, String text, PyObject value) {
    super(text.isEmpty() ? "sys.exit(" + code + ")" : "sys.exit: " + text);
    this.code = code;
    this.text = text;
    this.value = value;
  }

  /** The status that a {@code python} process would end with: 0 to 255. */
  public int code() {
    return code;
  }

  /** What {@code python} would print to standard error; empty if nothing. */
  public String text() {
    return text;
  }

  /**
   * The {@code SystemExit} itself.
   *
   * @throws IllegalStateException if this was read from a stream, in which it was written alone
   */
  public PyObject value() {
    if (value == null) {
      throw new IllegalStateException("the SystemExit stayed in the process that raised it");
    }
    return value;
  }
}
