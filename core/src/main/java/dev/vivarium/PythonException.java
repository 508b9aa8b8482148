package dev.vivarium;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Serial;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Python exception in Java. Its message is what Python would print last, {@code ValueError:
 * text}; its stack trace begins with the Python frames that it came through; {@link #getCause} is
 * the exception's {@code __cause__}.
 *
 * <p>Type, message and frames are read when it is made, and stay good after its interpreter's end.
 *
 * {@snippet lang="java" file="dev/vivarium/behaviour/SnippetsTest.java" region="exception" :
 * try {
 *   main.eval("{}['missing']");
 * } catch (PythonException e) {
 *   if (!e.typeName().equals("KeyError")) {
 *     throw e;
 *   }
 *   System.out.println(e.getMessage()); // KeyError: 'missing'
 * }
 * }
 */
public final class PythonException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final String typeName;
  private final String pythonMessage;
  private final String[] typeNames;
  private final StackTraceElement[] frames;
  private final @Nullable Throwable context;
  // Whether Python's frames are in the stack trace: the JVM makes Java's when they are asked for,
  // which costs more than all the rest of this (docs/adr/0036)
  private boolean complete; // under this

  // One of the two; neither after it was read from a stream
  private final transient @Nullable PyObject value;
  private final transient @Nullable Passage passage;

  PythonException(RaisedException raised, PyObject value) {
    this(raised, value, null);
  }

  /** As which a Java exception has come through Python. */
  PythonException(RaisedException raised, Passage passage) {
    this(raised, null, passage);
  }

  private PythonException(
      RaisedException raised, @Nullable PyObject value, @Nullable Passage passage) {
    super(
        raised.message().isEmpty()
            ? raised.typeName()
            : raised.typeName() + ": " + raised.message(),
        raised.cause());
    this.typeName = raised.typeName();
    this.pythonMessage = raised.message();
    this.typeNames = raised.typeNames().toArray(String[]::new);
    this.frames = raised.frames().toArray(StackTraceElement[]::new);
    this.context = raised.context();
    this.value = value;
    this.passage = passage;
  }

  /** The name of its type, {@code ValueError} or {@code json.decoder.JSONDecodeError}. */
  public String typeName() {
    return typeName;
  }

  /** {@code str()} of the exception. */
  public String pythonMessage() {
    return pythonMessage;
  }

  /** The Python frames that it came through, innermost first. */
  public List<StackTraceElement> pythonFrames() {
    return List.of(frames);
  }

  /**
   * As Python prints it, with source lines, cause and context. After the interpreter's end, from
   * what is known of it.
   */
  public String traceback() {
    PyObject known = passage == null ? value : passage.known();
    if (known == null) {
      return plainTraceback();
    }
    try {
      return ApiSurface.formatException(known);
    } catch (IllegalStateException e) {
      return plainTraceback();
    }
  }

  /**
   * The exception object. Where this says how a Java exception has come through Python ({@link
   * Throwable#getSuppressed} of that one), it may be another that holds the same Java exception.
   *
   * @throws IllegalStateException if this was read from a stream, in which it was written alone
   */
  public PyObject value() {
    if (passage != null) {
      return passage.python();
    }
    if (value == null) {
      throw new IllegalStateException("the Python exception stayed in the process that raised it");
    }
    return value;
  }

  /** How the Java exception came through Python whose stack there this is; else null. */
  @Nullable Passage passage() {
    return passage;
  }

  /** Its {@code __context__}: what was being handled when it was raised. */
  public Optional<Throwable> context() {
    return Optional.ofNullable(context);
  }

  /** Whether its type, or one that this derives from, has that name, such as {@code OSError}. */
  public boolean isInstance(String name) {
    return Arrays.asList(typeNames).contains(name);
  }

  private String plainTraceback() {
    StringBuilder text = new StringBuilder("Traceback (most recent call last):\n");
    for (StackTraceElement frame : List.of(frames).reversed()) {
      text.append("  File \"")
          .append(frame.getFileName())
          .append("\", line ")
          .append(frame.getLineNumber())
          .append(", in ")
          .append(frame.getMethodName())
          .append('\n');
    }
    return text.append(getMessage()).append('\n').toString();
  }

  /** The Python frames, and behind them those of the Java code that called Python. */
  @Override
  public StackTraceElement[] getStackTrace() {
    complete();
    return super.getStackTrace();
  }

  @Override
  public synchronized void setStackTrace(StackTraceElement[] stackTrace) {
    super.setStackTrace(stackTrace);
    complete = true;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    complete = false;
    return super.fillInStackTrace();
  }

  @Override
  public void printStackTrace(PrintStream s) {
    complete();
    super.printStackTrace(s);
  }

  @Override
  public void printStackTrace(PrintWriter s) {
    complete();
    super.printStackTrace(s);
  }

  /** Its {@code __cause__}. */
  // Where the JDK prints this as the cause of another, it looks at the frames that Throwable has,
  // calling nothing of this, and then for the cause: Python's frames come as one before that
  @Override
  public synchronized @Nullable Throwable getCause() {
    Throwable cause = super.getCause();
    if (complete || !PythonFrames.areAskedByThrowable()) {
      return cause;
    }
    if (cause instanceof PythonException python) {
      python.complete();
    }
    return new PythonFrames(withPythonFrames(super.getStackTrace()), cause);
  }

  @Serial
  private Object writeReplace() {
    complete();
    return this;
  }

  private synchronized void complete() {
    if (!complete) {
      setStackTrace(withPythonFrames(super.getStackTrace()));
    }
    if (super.getCause() instanceof PythonException cause) {
      cause.complete();
    }
  }

  /** A stack trace with the Python frames before it. */
  StackTraceElement[] withPythonFrames(StackTraceElement[] java) {
    StackTraceElement[] both = Arrays.copyOf(frames, frames.length + java.length);
    System.arraycopy(java, 0, both, frames.length, java.length);
    return both;
  }
}
