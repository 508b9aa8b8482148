package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Python;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that do not come back, jobs that end, and what is left then. */
final class TroubleTest {

  private static Cluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.shared();
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while True: pass",
        "time.sleep(6)",
        "re.match(r'(a+)+$', 'a' * 27 + 'b')", // some seconds
        "threading.Event().wait(6)"
      })
  @DisplayName("a cancelled job is gone within a second, whatever its function does")
  void cancel(String work, @TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    VivariumFlink.map(
            job.fromSequence(0, 1000),
            PythonFunction.source(
                """
                import re, threading, time
                def f(value):
                    if value %% 501 == 100:
                        open('%s' + str(value), 'w').close()
                        %s
                    return value
                """
                    .formatted(begun, work),
                "f"),
            Types.LONG)
        .sinkTo(new DiscardingSink<>());
    JobID id = cluster.submit(job);
    // Two instances, each with half of the numbers
    Await.until(
        "both instances at work",
        () -> Files.exists(folder.resolve("begun100")) && Files.exists(folder.resolve("begun601")));
    long asked = System.nanoTime();
    cluster.cancel(id);
    assertThat(seconds(asked)).isLessThan(1);
  }

  @Test
  @DisplayName("a job that is cancelled while its function is made is gone within a second, too")
  void cancelWhileMade(@TempDir Path folder) throws Exception {
    Path begun = folder.resolve("begun");
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1);
    VivariumFlink.map(
            job.fromSequence(0, 1000),
            PythonFunction.source(
                "import time\nopen('" + begun + "', 'w').close()\ntime.sleep(6)\nf = str", "f"),
            Types.STRING)
        .sinkTo(new DiscardingSink<>());
    JobID id = cluster.submit(job);
    Await.until("the function is made", () -> Files.exists(begun));
    long asked = System.nanoTime();
    cluster.cancel(id);
    assertThat(seconds(asked)).isLessThan(1);
  }

  @Test
  @DisplayName("a call that is not back by the deadline fails the job, and says where it is")
  void deadline() {
    StreamExecutionEnvironment job = Cluster.job(Map.of("vivarium.deadline", "300 ms"));
    DataStream<Long> slept =
        VivariumFlink.map(
            job.fromSequence(0, 1000),
            PythonFunction.source(
                """
                import time
                def nap(value):
                    if value == 700: time.sleep(5)
                    return value
                """,
                "nap"),
            Types.LONG);
    long begun = System.nanoTime();
    assertThatThrownBy(() -> cluster.outputs(job, slept))
        .hasStackTraceContaining(TimeoutException.class.getName())
        .hasStackTraceContaining("nap is not back within vivarium.deadline, which is 300 ms")
        .hasStackTraceContaining("<python>.nap(<string>:3)");
    assertThat(seconds(begun)).isLessThan(4);
  }

  @Test
  @DisplayName("a checkpoint does not wait for Python longer than the deadline")
  void barriers(@TempDir Path folder) throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of("vivarium.deadline", "1 s"));
    Cluster.checkpoint(job, folder);
    VivariumFlink.map(
            job.fromSequence(0, 1000),
            PythonFunction.source(
                """
                import time
                def nap(value):
                    time.sleep(0.2)
                    return value
                """,
                "nap"),
            Types.LONG)
        .sinkTo(new DiscardingSink<>());
    JobID id = cluster.submit(job);
    Await.until("a checkpoint", () -> hasMetadata(folder));
    for (int i = 0; i < 3; i++) {
      long asked = System.nanoTime();
      cluster.checkpointNow(id);
      assertThat(seconds(asked)).isLessThan(1.5);
    }
    cluster.cancel(id);
  }

  private static boolean hasMetadata(Path folder) {
    try (var files = Files.walk(folder)) {
      return files.anyMatch(file -> file.endsWith("_metadata"));
    } catch (java.io.IOException | java.io.UncheckedIOException e) {
      return false; // one was removed meanwhile
    }
  }

  @Test
  @DisplayName("a record does not wait for others longer than its bundle's time")
  void lonelyRecord() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of()).setParallelism(1).setBufferTimeout(5);
    String name = UUID.randomUUID().toString();
    DataStream<Long> slow =
        job.fromSequence(0, 3000)
            .map(number -> {
              if (number == 3000) {
                Thread.sleep(20_000);
              }
              return number;
            })
            .disableChaining(); // or its sleep would be the task's of Python, too
    VivariumFlink.map(slow, PythonFunction.source("f = lambda n: n", "f"), Types.LONG)
        .disableChaining()
        .addSink(new Cluster.Kept<>(name));
    JobID id = cluster.submit(job);
    Await.until("all but the last", () -> Cluster.taken(name).size() == 3000);
    cluster.cancel(id);
  }

  @Test
  @DisplayName("50 jobs in a row leave nothing behind")
  void manyJobs() throws Exception {
    for (int i = 0; i < 5; i++) {
      shortJob();
    }
    Await.until("what other tests have given up has ended", () -> interpreters() == 1);
    long threads = threads("");
    long pythons = threads("python-pool");
    for (int i = 0; i < 50; i++) {
      shortJob();
    }
    Await.until("no pool is left", () -> InterpreterPool.opened().isEmpty());
    assertThat(interpreters()).as("main is left").isEqualTo(1);
    // The last one's may be about to end
    Await.until("no thread of a pool is left", () -> threads("python-pool") <= pythons);
    assertThat(threads("")).as("threads").isLessThan(threads + 20);
  }

  private static int interpreters() {
    return Python.running()
        .orElseThrow()
        .main()
        .eval("len(__import__('_interpreters').list_all())")
        .asInt();
  }

  private static long threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }

  private static void shortJob() throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of());
    List<Long> found =
        cluster.outputs(
            job,
            VivariumFlink.map(
                job.fromSequence(1, 100), PythonFunction.source("f = abs", "f"), Types.LONG));
    assertThat(found).hasSize(100);
  }
}
