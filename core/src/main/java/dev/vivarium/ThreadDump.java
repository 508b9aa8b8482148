package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.lifecycle.Stay;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Insiders;
import dev.vivarium.internal.thread.Insiders.Insider;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Who is inside which interpreter, and where, as text: for whom something does not go on. */
final class ThreadDump {

  // What runs Python code lets go of the GIL every 5 ms; more than one may want it
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** What Python tells of one of its threads. */
  private record Told(long ident, String name, List<StackTraceElement> frames) {}

  /** What is asked of one interpreter. */
  private static final class Asked extends FrameLook {

    private final List<Told> threads = new ArrayList<>();

    Asked(InterpreterState state) {
      super(state);
    }

    @Override
    void read(Home home, Insiders.Where where) {
      long told;
      try (Call call = Call.of(home)) {
        told =
            home.checked(
                call.addBorrowed(where.frame()).callFunction(home.support("stack_of_thread")));
      } finally {
        C.Py_DecRef(where.frame());
      }
      try {
        long ident = ToJava.toLong(home, C.PyTuple_GetItem(told, 0));
        Told thread =
            new Told(
                where.ident() != 0 ? where.ident() : ident,
                ToJava.toText(home, C.PyTuple_GetItem(told, 1)),
                RaisedException.stackOf(home, C.PyTuple_GetItem(told, 2)));
        threads.add(thread);
      } finally {
        C.Py_DecRef(told);
      }
    }
  }

  private final StringBuilder text = new StringBuilder();

  private ThreadDump() {}

  /** Of all interpreters; by a thread that has nothing attached. */
  static String of(Python python) {
    ThreadDump dump = new ThreadDump();
    dump.text.append("CPython ").append(python.version()).append(", ").append(Instant.now());
    dump.text.append('\n');
    List<Asked> all = new ArrayList<>();
    for (InterpreterState state : Interpreters.living()) {
      Asked asked = new Asked(state);
      asked.begin(); // all at once: each may take all the time
      all.add(asked);
    }
    Deadline deadline = Deadline.in(PATIENCE);
    for (Asked asked : all) {
      dump.add(asked, asked.isAnswered(deadline));
    }
    return dump.text.toString();
  }

  private void add(Asked asked, boolean answered) {
    InterpreterState state = asked.state;
    text.append('\n').append(state).append(", GIL: ").append(state.gil());
    if (!state.gate().isOpen()) {
      text.append(state.gate().isAlive() ? ", closing" : ", ended");
    }
    text.append('\n');
    if (!answered) {
      text.append("  Python frames cannot be told: ").append(whyNot(state)).append('\n');
    }
    List<Told> others = new ArrayList<>();
    if (answered) {
      others.addAll(asked.threads);
    }
    for (Insider insider : Insiders.of(state)) {
      addThread(insider, takeOf(insider.ident(), others));
    }
    for (Told told : others) {
      text.append(told.name().isEmpty() ? "  another thread" : "  Python's thread ");
      text.append(told.name().isEmpty() ? "" : quoted(told.name())).append('\n');
      addFrames(told.frames());
    }
    for (Stay stay : state.gate().stays()) {
      if (stay.kind() == Stay.Kind.HELD) {
        text.append("  a guard taken by ").append(quoted(stay.thread().getName()));
        text.append(" at ").append(stay.since()).append('\n');
      }
    }
  }

  private static List<StackTraceElement> takeOf(long ident, List<Told> threads) {
    for (Told told : threads) {
      if (told.ident() == ident) {
        threads.remove(told);
        return told.frames();
      }
    }
    return List.of();
  }

  private static String whyNot(InterpreterState state) {
    if (!Types.hasGil()) {
      return "they change under whoever looks, on a free-threaded CPython";
    }
    if (!state.gate().isAlive()) {
      return "it has ended";
    }
    if (!state.gate().isOpen()) {
      return "it is closing";
    }
    return state.gil().equals("unknown")
        ? "Python code has made it"
        : "a thread has kept the GIL for a second, in C code perhaps that does not let go of it";
  }

  private void addThread(Insider insider, List<StackTraceElement> python) {
    Thread thread = insider.thread();
    text.append("  ").append(quoted(thread.getName())).append(" #").append(thread.threadId());
    text.append(thread.isDaemon() ? " daemon " : " ").append(thread.getState());
    Thread caller = insider.caller();
    if (caller != null) {
      text.append(" for ").append(caller);
    }
    text.append('\n');
    addFrames(python);
    if (!python.isEmpty()) {
      text.append("    in Java:\n");
    }
    addFrames(Arrays.asList(thread.getStackTrace()));
    if (caller != null) {
      text.append("    for\n");
      addFrames(Arrays.asList(caller.getStackTrace()));
    }
  }

  private void addFrames(List<StackTraceElement> frames) {
    for (StackTraceElement frame : frames) {
      text.append("    at ").append(frame).append('\n');
    }
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }
}
