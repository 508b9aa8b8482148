package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Insiders;
import dev.vivarium.internal.thread.Insiders.Insider;
import dev.vivarium.internal.thread.InterpreterState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads inside one interpreter are at one moment, each as one stack of Java's and
 * Python's functions. While the GIL is held for it nobody goes from one side to the other, so the
 * two fit.
 */
final class ProfileSample extends FrameLook {

  static final String GIL_IS_KEPT = "(the GIL is kept)";

  // What Python calls Java by: its method, and its class
  private static final Map<String, String> ENTRIES =
      Map.of(
          "called", "dev.vivarium.internal.bridge.FastCall",
          "read", "dev.vivarium.internal.mirror.FieldAccess",
          "written", "dev.vivarium.internal.mirror.FieldAccess",
          "finalized", "dev.vivarium.internal.mirror.Mirror");

  private static final String INTERNAL = "dev.vivarium.internal.";

  /** A thread's Java frames, in parts, outermost first: each but the first was called by Python. */
  private record JavaSide(Insider insider, List<List<StackTraceElement>> parts) {

    static JavaSide of(Insider insider) {
      List<StackTraceElement> frames = new ArrayList<>();
      Thread caller = insider.caller();
      if (caller != null) {
        frames.addAll(outermostFirst(caller));
      }
      frames.addAll(outermostFirst(insider.thread()));
      List<List<StackTraceElement>> parts = new ArrayList<>();
      parts.add(new ArrayList<>());
      StackTraceElement outer = null;
      for (StackTraceElement frame : frames) {
        if (isEntry(frame) && !isSameMethod(frame, outer)) {
          parts.add(new ArrayList<>());
        }
        parts.getLast().add(frame);
        outer = frame;
      }
      return new JavaSide(insider, parts);
    }

    private static List<StackTraceElement> outermostFirst(Thread thread) {
      return Arrays.asList(thread.getStackTrace()).reversed();
    }

    private static boolean isEntry(StackTraceElement frame) {
      return frame.getClassName().equals(ENTRIES.get(frame.getMethodName()));
    }

    // An overload that the entry calls
    private static boolean isSameMethod(
        StackTraceElement frame, @Nullable StackTraceElement outer) {
      return outer != null
          && frame.getMethodName().equals(outer.getMethodName())
          && frame.getClassName().equals(outer.getClassName());
    }

    int calls() {
      return parts.size() - 1;
    }
  }

  private List<JavaSide> java = List.of();
  private final Map<Long, String> python = new HashMap<>(); // in parts, by the thread's ident
  private final List<String> ofPython = new ArrayList<>(); // of threads that Java does not know

  ProfileSample(InterpreterState state) {
    super(state);
  }

  private static List<JavaSide> javaSides(InterpreterState state) {
    return Insiders.of(state).stream().map(JavaSide::of).toList();
  }

  @Override
  void beforeFrames() {
    java = javaSides(state);
  }

  @Override
  void read(Home home, Insiders.Where where) {
    JavaSide side = null;
    for (JavaSide one : java) {
      side = one.insider.ident() == where.ident() ? one : side;
    }
    String text = functions(home, where.frame(), side);
    if (side == null) {
      ofPython.add(text);
    } else {
      python.put(where.ident(), text);
    }
  }

  private static String functions(Home home, long frame, @Nullable JavaSide side) {
    String calledFrom =
        side == null
            ? ""
            : side.insider.calledFrom().stream()
                .map(Long::toUnsignedString)
                .collect(Collectors.joining(" "));
    long text;
    try (Call call = Call.of(home)) {
      text =
          home.checked(
              call.addBorrowed(frame)
                  .add(calledFrom)
                  .add(side == null ? 0 : side.calls())
                  .callFunction(home.support("functions")));
    } finally {
      C.Py_DecRef(frame);
    }
    try {
      return ToJava.toText(home, text);
    } finally {
      C.Py_DecRef(text);
    }
  }

  /** The stack of each thread inside; by that time there are the Java frames at least. */
  void tell(Deadline deadline, Consumer<String> stacks) {
    if (isAnswered(deadline)) {
      for (JavaSide side : java) {
        stacks.accept(mixed(side, python.getOrDefault(side.insider.ident(), "")));
      }
      ofPython.forEach(stacks);
    } else {
      // While it is closing, or where Python code has made it, nobody could look in any case
      boolean kept = state.gate().isOpen() && !state.gil().equals("unknown");
      for (JavaSide side : javaSides(state)) {
        String stack = mixed(side, "");
        stacks.accept(kept ? stack + ";" + GIL_IS_KEPT : stack);
      }
    }
  }

  private static String mixed(JavaSide side, String pythons) {
    String[] parts = pythons.split("\n", -1);
    StringJoiner stack = new StringJoiner(";");
    int left = side.parts.stream().mapToInt(List::size).sum();
    for (int i = 0; i <= side.calls(); i++) {
      String after = i < parts.length ? parts[i] : "";
      for (StackTraceElement frame : side.parts.get(i)) {
        left--;
        // The library's own are of interest where they are at work
        boolean innermost = left == 0 && after.isEmpty();
        if (innermost || !frame.getClassName().startsWith(INTERNAL)) {
          stack.add(frame.getClassName() + "." + frame.getMethodName());
        }
      }
      if (!after.isEmpty()) {
        stack.add(after);
      }
    }
    return stack.toString();
  }
}
