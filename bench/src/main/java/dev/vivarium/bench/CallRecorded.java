package dev.vivarium.bench;

import java.io.IOException;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@code call.main} in a JVM that is recorded. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class CallRecorded extends MainCalls {

  private Configuration settings;
  private Recording recording;

  /** What it takes without. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** The same calls, not recorded. */
    public double plain;

    /** The calls that are not recorded. */
    @TearDown(Level.Iteration)
    public void measure(CallRecorded benchmark) {
      benchmark.recording.close();
      plain = nanoseconds(BATCH, benchmark::callMain);
      benchmark.record();
    }
  }

  @Override
  void prepare() {
    super.prepare();
    try {
      settings = Configuration.getConfiguration("default");
    } catch (IOException | ParseException e) {
      throw new IllegalStateException("the JDK's settings for recordings cannot be read", e);
    }
    record();
  }

  private void record() {
    recording = new Recording(settings);
    recording.start();
  }

  @Override
  void finish() {
    recording.close();
  }

  /** The calls that are. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int call(Beside beside) {
    return callMain();
  }
}
