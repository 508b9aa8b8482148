package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.pool.PythonFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.jspecify.annotations.Nullable;

/** A Python function of records of a key, with keyed state and timers. */
final class KeyedProcessOperator<K, IN, OUT> extends BundleOperator<IN, OUT>
    implements Triggerable<K, VoidNamespace>, KeyedAccess.Keys {

  private static final long serialVersionUID = 1;

  private static final String TIMERS = "vivarium-timers";

  private final PythonState[] declared;

  private transient InternalTimerService<VoidNamespace> timers;
  private transient KeyedAccess access;
  private transient Map<String, String> kinds;
  private transient @Nullable PyObject ask;
  private transient List<Object> keys;

  // The one that fires, where one does
  private transient @Nullable InternalTimer<K, VoidNamespace> timer;
  private transient boolean isEventTime;

  @SuppressWarnings("NullAway.Init") // open() does the rest, in the task
  KeyedProcessOperator(PythonFunction function, TypeInformation<OUT> type, PythonState[] declared) {
    super(function, type);
    this.declared = declared.clone();
  }

  @Override
  public void open() throws Exception {
    keys = new ArrayList<>();
    kinds = new LinkedHashMap<>();
    Map<String, KeyedAccess.Kept> states = new LinkedHashMap<>();
    for (PythonState each : declared) {
      boolean isMap = each.kind() == PythonState.Kind.MAP;
      State state = getPartitionedState(each.descriptor());
      Conversion value = each.value();
      states.put(each.name(), new KeyedAccess.Kept(state, isMap ? each.key() : value, value));
      kinds.put(each.name(), each.kind().name());
    }
    timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    access = new KeyedAccess(this, states, timers);
    super.open();
  }

  @Override
  void added(int place) {
    if (place == 0) {
      keys.clear();
    }
    keys.add(getCurrentKey());
  }

  @Override
  void entered() {
    access.open();
  }

  @Override
  void left() {
    access.close();
  }

  @Override
  PyObject begin(Interpreter in, PyObject support, PyObject callee, PyObject values) {
    return support.callMethod("process", callee, values, ask(in), kinds);
  }

  private PyObject ask(Interpreter in) {
    PyObject known = ask;
    if (known == null) {
      known = access.toPython(in);
      ask = known;
    }
    return known;
  }

  // ---- Timers, one at a time: Flink wants to know what one has registered before it goes on

  @Override
  public void onEventTime(InternalTimer<K, VoidNamespace> timer) throws Exception {
    fire(timer, true);
  }

  @Override
  public void onProcessingTime(InternalTimer<K, VoidNamespace> timer) throws Exception {
    if (isBundleEmpty()) {
      fire(timer, false);
    } else {
      // Records that came before may delete it, or register it again. Flink has taken it already,
      // and looks anew at which comes next
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, timer.getTimestamp());
      endBundle();
    }
  }

  private void fire(InternalTimer<K, VoidNamespace> fired, boolean ofEvent) throws Exception {
    timer = fired;
    isEventTime = ofEvent;
    try {
      long _ =
          run((in, support, callee, values) ->
              support.callMethod("on_timer", callee, fired.getTimestamp(), ask(in), kinds));
    } finally {
      timer = null;
    }
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      if (ask != null) {
        ask.close(); // in main it would hold this operator, which holds it
      }
    }
  }

  // ---- What Python code asks for, of a record or a timer

  @Override
  public Object keyAt(int place) {
    InternalTimer<K, VoidNamespace> firing = timer;
    return firing == null ? keys.get(place) : firing.getKey();
  }

  @Override
  public long timestamp(int place) {
    InternalTimer<K, VoidNamespace> firing = timer;
    return firing == null ? super.timestamp(place) : firing.getTimestamp();
  }

  @Override
  long emitted(int place) {
    return timer == null || isEventTime ? timestamp(place) : NO_TIMESTAMP;
  }

  @Override
  public @Nullable String timeDomain() {
    return timer == null ? null : isEventTime ? "EVENT_TIME" : "PROCESSING_TIME";
  }
}
