package dev.vivarium.flink;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.pool.PythonTaskException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.jspecify.annotations.Nullable;

/**
 * An operator whose records go to a Python function a bundle at a time: the hand-over to the
 * function's own thread and back costs more than most functions. A bundle ends when it is full,
 * when its time has come, and before whatever else goes through the operator: so order is kept, and
 * a checkpoint finds nothing that is under way.
 */
abstract class BundleOperator<IN, OUT> extends AbstractStreamOperator<OUT>
    implements OneInputStreamOperator<IN, OUT> {

  private static final long serialVersionUID = 1;

  /** As a StreamRecord has it that has none. */
  static final long NO_TIMESTAMP = Long.MIN_VALUE;

  // What a bundle should take. A record that follows waits so long, and a barrier
  private static final long GOOD_NANOS = 5_000_000;

  // Results that are there at a time: a function may give many for one record
  private static final int PORTION = 1000;

  private final PythonFunction function;
  private final TypeInformation<OUT> type;

  private transient Settings settings;
  private transient TaskFunction python;
  private transient Conversion conversion;
  private transient @Nullable TypeSerializer<IN> copier;
  private transient List<Object> values;
  private transient long[] timestamps;
  private transient StreamRecord<OUT> result;
  private transient int size;
  private transient boolean timed;
  private transient boolean finished;

  /** Results of a bundle: each of the value at its place. */
  private record Portion(List<@Nullable Object> outputs, @Nullable List<?> places, boolean last) {}

  @SuppressWarnings("NullAway.Init") // open() does the rest, in the task
  BundleOperator(PythonFunction function, TypeInformation<OUT> type) {
    this.function = function;
    this.type = type;
  }

  /**
   * What calls the function: an object of {@code flink.py} whose {@code more} gives results.
   *
   * @param values the bundle
   */
  abstract PyObject begin(Interpreter in, PyObject support, PyObject callee, PyObject values);

  /** A record has come, to this place of the bundle. */
  void added(int place) {}

  /** Python code may ask for what is at a place of the bundle, until {@link #left}. */
  void entered() {}

  /** No Python code of this task runs, or none that is waited for. */
  void left() {}

  @Override
  public void open() throws Exception {
    super.open();
    settings = Settings.of(getRuntimeContext().getGlobalJobParameters());
    conversion = Values.conversion(type);
    if (getExecutionConfig().isObjectReuseEnabled()) {
      copier = getOperatorConfig().getTypeSerializerIn(0, getUserCodeClassloader());
    }
    values = new ArrayList<>();
    timestamps = new long[settings.bundleSize()];
    result = new StreamRecord<>(null);
    size = 1; // until it is known how long a record takes
    python = TaskFunction.open(function, settings, getUserCodeClassloader());
  }

  @Override
  public void processElement(StreamRecord<IN> element) throws Exception {
    int place = values.size();
    IN value = element.getValue();
    values.add(copier == null ? value : copier.copy(value));
    timestamps[place] = element.hasTimestamp() ? element.getTimestamp() : NO_TIMESTAMP;
    added(place);
    if (place + 1 >= size) {
      endBundle();
    } else if (!timed) {
      timed = true;
      var _ =
          getProcessingTimeService()
              .registerTimer(
                  getProcessingTimeService().getCurrentProcessingTime()
                      + settings.bundleTime().toMillis(),
                  time -> {
                    timed = false;
                    endBundle();
                  });
    }
  }

  boolean isBundleEmpty() {
    return values.isEmpty();
  }

  /** Has the function do what has come, and emits what comes of it. */
  void endBundle() throws Exception {
    int count = values.size();
    if (count == 0) {
      return;
    }
    long nanos = run(this::begin);
    values.clear();
    if (nanos > 2 * GOOD_NANOS) {
      size = (int) Math.max(1, count * GOOD_NANOS / nanos);
    } else if (count >= size && nanos < GOOD_NANOS) {
      size = Math.min(settings.bundleSize(), 2 * size);
    }
  }

  /** What begins a call. */
  @FunctionalInterface
  interface Beginning {
    PyObject begin(Interpreter in, PyObject support, PyObject callee, PyObject values);
  }

  /**
   * Calls, and emits the results with the timestamps of their places.
   *
   * @return how long Python took
   */
  long run(Beginning beginning) throws Exception {
    @Nullable PyObject[] call = {null};
    long nanos = 0;
    boolean last = false;
    while (!last) {
      long begun = System.nanoTime();
      Portion portion = next(beginning, call, python.deadline().minusNanos(nanos));
      nanos += System.nanoTime() - begun;
      emit(portion);
      last = portion.last();
    }
    return nanos;
  }

  private Portion next(Beginning beginning, @Nullable PyObject[] call, Duration limit)
      throws TimeoutException, InterruptedException {
    entered();
    try {
      return python.call(
          limit,
          (in, support, callee) -> {
            PyObject begun = call[0];
            if (begun == null) {
              begun = called(beginning, in, support, callee);
              call[0] = begun;
            }
            Portion portion = more(begun);
            if (portion.last()) {
              begun.close();
            }
            return portion;
          });
    } finally {
      left();
    }
  }

  private PyObject called(Beginning beginning, Interpreter in, PyObject support, PyObject callee) {
    List<PyObject> made = new ArrayList<>();
    try (PyObject list = in.toPython(Values.toPython(in, values, made))) {
      return beginning.begin(in, support, callee, list);
    } finally {
      made.forEach(PyObject::close);
    }
  }

  private Portion more(PyObject begun) {
    List<?> given;
    try (PyObject more = begun.callMethod("more", PORTION)) {
      given = (List<?>) more.as(Object.class);
    }
    List<@Nullable Object> outputs = new ArrayList<>();
    for (Object output : (List<?>) given.get(0)) {
      try {
        outputs.add(conversion.of(output));
      } catch (IllegalArgumentException e) {
        throw PythonTaskException.mismatch(function, type.toString(), e);
      }
    }
    return new Portion(outputs, (List<?>) given.get(1), (Boolean) given.get(2));
  }

  private void emit(Portion portion) {
    List<@Nullable Object> outputs = portion.outputs();
    List<?> places = portion.places();
    for (int i = 0; i < outputs.size(); i++) {
      long timestamp = emitted(places == null ? i : (int) (long) (Long) places.get(i));
      @SuppressWarnings("unchecked") // the conversion's
      OUT value = (OUT) outputs.get(i);
      if (timestamp == NO_TIMESTAMP) {
        result.eraseTimestamp();
        output.collect(result.replace(value));
      } else {
        output.collect(result.replace(value, timestamp));
      }
    }
  }

  /** Of the value at that place. */
  public long timestamp(int place) {
    return timestamps[place];
  }

  /** Of what comes of it. */
  long emitted(int place) {
    return timestamp(place);
  }

  // ---- Whatever comes after the records of a bundle

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    endBundle();
    super.prepareSnapshotPreBarrier(checkpointId);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    endBundle();
    super.processWatermark(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    endBundle();
    super.processWatermarkStatus(status);
  }

  @Override
  public void processLatencyMarker(LatencyMarker marker) throws Exception {
    endBundle();
    super.processLatencyMarker(marker);
  }

  @Override
  public void processWatermark(WatermarkEvent mark) throws Exception {
    endBundle();
    super.processWatermark(mark);
  }

  @Override
  public void processRecordAttributes(RecordAttributes attributes) throws Exception {
    endBundle();
    super.processRecordAttributes(attributes);
  }

  @Override
  public void finish() throws Exception {
    endBundle();
    finished = true;
    super.finish();
  }

  @Override
  public void close() throws Exception {
    try {
      if (python != null) {
        python.close(finished);
      }
    } finally {
      super.close();
    }
  }
}
