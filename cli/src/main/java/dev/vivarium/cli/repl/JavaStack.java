package dev.vivarium.cli.repl;

import dev.vivarium.PythonException;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** The Java frames of an error, for a prompt that shows Python's itself. */
final class JavaStack {

  private static final String OURS = "dev.vivarium.";

  private JavaStack() {}

  /** Of a Java exception that came through Python code: Python's frames first, then Java's. */
  static String of(Throwable thrown) {
    StringBuilder text = new StringBuilder();
    for (Throwable through : thrown.getSuppressed()) {
      if (through instanceof PythonException python) {
        text.append(withoutLastLine(python.traceback()));
        break;
      }
    }
    append(text, thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
    return text.toString();
  }

  private static void append(StringBuilder text, Throwable thrown, Set<Throwable> seen) {
    seen.add(thrown);
    text.append(thrown).append('\n');
    StackTraceElement[] frames = thrown.getStackTrace();
    for (StackTraceElement frame : Arrays.copyOf(frames, ownFrames(frames))) {
      text.append("    at ").append(frame).append('\n');
    }
    Throwable cause = thrown.getCause();
    if (cause != null && !seen.contains(cause)) {
      text.append("Caused by: ");
      append(text, cause, seen);
    }
  }

  // Those before Vivarium's: how Python came to call Java is nobody's concern
  private static int ownFrames(StackTraceElement[] frames) {
    for (int i = 1; i < frames.length; i++) {
      if (frames[i].getClassName().startsWith(OURS)) {
        return i;
      }
    }
    return frames.length;
  }

  private static String withoutLastLine(String traceback) {
    int last = traceback.stripTrailing().lastIndexOf('\n');
    return last < 0 ? "" : traceback.substring(0, last + 1);
  }
}
