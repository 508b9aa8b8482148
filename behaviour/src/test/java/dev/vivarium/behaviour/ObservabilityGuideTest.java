package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Python;
import dev.vivarium.PythonProfile;
import dev.vivarium.management.PoolInfo;
import dev.vivarium.management.PythonMXBean;
import dev.vivarium.management.PythonManagement;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.management.JMX;
import javax.management.MBeanServer;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PythonUnderTest.class)
final class ObservabilityGuideTest {

  @Test
  @DisplayName("the Java lines of observability.md are here, and do what they say")
  void lines() throws Exception {
    Python python = PythonUnderTest.python();
    List<String> outcomes = new CopyOnWriteArrayList<>();
    try (InterpreterPool pool = InterpreterPool.open(python, PoolOptions.isolated(1))) {
      try (RecordingStream stream = new RecordingStream()) {
        stream.enable("dev.vivarium.PoolCall").withThreshold(Duration.ofMillis(1));
        stream.onEvent("dev.vivarium.PoolCall", call -> outcomes.add(call.getString("outcome")));
        stream.startAsync();
        pool.run(in -> in.exec("import time; time.sleep(0.02)"));
        stream.stop();
      }
      System.out.println(outcomes);
      assertThat(outcomes).containsExactly("done");
      PythonManagement.register(python);
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      PythonMXBean bean = JMX.newMXBeanProxy(server, PythonManagement.NAME, PythonMXBean.class);
      for (PoolInfo info : bean.getPools()) {
        System.out.println(info.name() + ": " + info.calls() + " calls");
      }
      assertThat(bean.getPools()).extracting(PoolInfo::calls).containsExactly(1L);
      System.out.println(python.dumpThreads());
      if (!python.version().freeThreaded()) {
        try (PythonProfile profile = PythonProfile.start(python, Duration.ofMillis(10))) {
          pool.run(in -> in.exec("sum(x * x for x in range(10**7))"));
          profile.writeCollapsed(Path.of("target", "profile.txt"));
        }
        assertThat(Path.of("target", "profile.txt")).content().contains("<genexpr> (<string>) ");
      }
    }
    new GuidePage("observability.md").assertLinesOf(ObservabilityGuideTest.class);
  }

  @Test
  @DisplayName("the table of observability.md has all events, and no others")
  void table() {
    String text = new GuidePage("observability.md").text();
    List<String> rows =
        text.lines()
            .takeWhile(line -> !line.startsWith("## An MXBean"))
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split("`")[1])
            .toList();
    List<String> events =
        FlightRecorder.getFlightRecorder().getEventTypes().stream()
            .map(EventType::getName)
            .filter(name -> name.startsWith("dev.vivarium."))
            .map(name -> name.substring("dev.vivarium.".length()))
            .toList();
    assertThat(rows).containsAll(events).hasSize(8);
  }
}
