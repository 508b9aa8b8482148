package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.jspecify.annotations.Nullable;

/**
 * Keyed state and timers for Python code, which is on another thread than the task's. Flink's own
 * objects know one thread: so they are to be had while the task's thread waits for that code, and
 * never after it has given it up.
 */
final class KeyedAccess {

  /** What Python code calls. */
  @FunctionalInterface
  interface Ask {
    @Nullable Object ask(
        long place, String what, String name, @Nullable Object first, @Nullable Object second)
        throws Exception;
  }

  /** A state, and what it holds. */
  record Kept(State state, Conversion key, Conversion value) {}

  /** The operator, as far as it is needed here. */
  interface Keys {
    Object keyAt(int place);

    void setCurrentKey(Object key);

    long timestamp(int place);

    @Nullable String timeDomain();
  }

  private final Keys keys;
  private final Map<String, Kept> states;
  private final InternalTimerService<VoidNamespace> timers;
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock
  private boolean open;
  private int at = -1; // whose key is the current one

  KeyedAccess(Keys keys, Map<String, Kept> states, InternalTimerService<VoidNamespace> timers) {
    this.keys = keys;
    this.states = states;
    this.timers = timers;
  }

  /** From here on the task's thread waits for Python code. */
  void open() {
    set(true);
  }

  /** Waits for what is under way, a look at a state mostly; from here on all is refused. */
  void close() {
    set(false);
  }

  private void set(boolean isOpen) {
    lock.lock();
    try {
      open = isOpen;
      at = -1;
    } finally {
      lock.unlock();
    }
  }

  /** As a function of Python's, in that interpreter. */
  PyObject toPython(Interpreter in) {
    Ask ask = (place, what, name, first, second) -> ask(in, place, what, name, first, second);
    return in.toPython(ask);
  }

  private @Nullable Object ask(
      Interpreter in,
      long place,
      String what,
      String name,
      @Nullable Object first,
      @Nullable Object second)
      throws Exception {
    // Before the lock: it may run code of Python's, which is given up, but not waited for
    Kept kept = name.isEmpty() ? null : Objects.requireNonNull(states.get(name));
    Object given = first(kept, what, first);
    Object value =
        kept != null && what.equals("put") ? kept.value().of(second) : null; // of a map state
    Object found;
    lock.lock();
    try {
      require(place);
      found = kept == null ? ofTask(what, given) : ofState(kept.state(), what, given, value);
    } finally {
      lock.unlock();
    }
    // What is made for it the interpreter's own collector closes
    return Values.toPython(in, found, new ArrayList<>());
  }

  private static @Nullable Object first(@Nullable Kept kept, String what, @Nullable Object first) {
    if (kept == null) {
      return first == null ? null : Conversion.leaf(Long.class).of(first);
    }
    return switch (what) {
      case "update" -> first == null ? null : kept.value().of(first); // null clears it
      case "add_all", "update_all" -> {
        List<Object> items = new ArrayList<>();
        for (Object each : (List<?>) Objects.requireNonNull(first)) {
          items.add(Conversion.required(kept.value().of(each), "an item of a list state"));
        }
        yield items;
      }
      case "get", "contains", "put", "remove" ->
          Conversion.required(kept.key().of(first), "the key of a map state");
      default -> null;
    };
  }

  private void require(long place) {
    if (!open) {
      throw new IllegalStateException(
          "the task does not wait for this code: use ctx inside the function, until it returns");
    }
    if (place < 0) {
      throw new IllegalStateException("this ctx is that of a record that is done: use the next's");
    }
    if (place != at) {
      keys.setCurrentKey(keys.keyAt((int) place));
      at = (int) place;
    }
  }

  private @Nullable Object ofTask(String what, @Nullable Object time) {
    return switch (what) {
      case "timestamp" -> {
        long timestamp = keys.timestamp(at);
        yield timestamp == BundleOperator.NO_TIMESTAMP ? null : timestamp;
      }
      case "key" -> keys.keyAt(at);
      case "time_domain" -> keys.timeDomain();
      case "processing_time" -> timers.currentProcessingTime();
      case "watermark" -> timers.currentWatermark();
      default -> {
        long timestamp = (Long) Objects.requireNonNull(time, "a timer's time");
        switch (what) {
          case "register_event" -> timers.registerEventTimeTimer(VoidNamespace.INSTANCE, timestamp);
          case "register_processing" ->
              timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, timestamp);
          case "delete_event" -> timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, timestamp);
          case "delete_processing" ->
              timers.deleteProcessingTimeTimer(VoidNamespace.INSTANCE, timestamp);
          default -> throw new IllegalArgumentException(what);
        }
        yield null;
      }
    };
  }

  @SuppressWarnings("unchecked") // as it was declared
  private static @Nullable Object ofState(
      State state, String what, @Nullable Object given, @Nullable Object value) throws Exception {
    if (what.equals("clear")) {
      state.clear();
      return null;
    }
    return switch (state) {
      case ValueState<?> one -> ofValue((ValueState<Object>) one, what, given);
      case ListState<?> list -> ofList((ListState<Object>) list, what, given);
      case MapState<?, ?> map -> ofMap((MapState<Object, Object>) map, what, given, value);
      default -> throw new IllegalStateException("no state of these: " + state);
    };
  }

  private static @Nullable Object ofValue(
      ValueState<Object> state, String what, @Nullable Object given) throws Exception {
    if (what.equals("value")) {
      return state.value();
    }
    state.update(given);
    return null;
  }

  @SuppressWarnings("unchecked") // first() has made it
  private static @Nullable Object ofList(
      ListState<Object> state, String what, @Nullable Object given) throws Exception {
    if (what.equals("list")) {
      List<Object> items = new ArrayList<>();
      Iterable<Object> there = state.get();
      if (there != null) {
        there.forEach(items::add);
      }
      return items;
    }
    List<Object> items = (List<Object>) Objects.requireNonNull(given);
    if (what.equals("add_all")) {
      state.addAll(items);
    } else {
      state.update(items);
    }
    return null;
  }

  private static @Nullable Object ofMap(
      MapState<Object, Object> state, String what, @Nullable Object given, @Nullable Object value)
      throws Exception {
    if (what.equals("items")) {
      List<Object> items = new ArrayList<>();
      Iterable<Map.Entry<Object, Object>> there = state.entries();
      if (there != null) {
        for (Map.Entry<Object, @Nullable Object> entry : there) {
          List<@Nullable Object> pair = new ArrayList<>();
          pair.add(entry.getKey());
          pair.add(entry.getValue());
          items.add(pair);
        }
      }
      return items;
    } else if (what.equals("is_empty")) {
      return state.isEmpty();
    }
    Object key = Objects.requireNonNull(given);
    switch (what) {
      case "get" -> {
        return state.get(key);
      }
      case "contains" -> {
        return state.contains(key);
      }
      case "put" -> state.put(key, value);
      case "remove" -> state.remove(key);
      default -> throw new IllegalArgumentException(what);
    }
    return null;
  }
}
