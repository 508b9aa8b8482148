package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CrashReportTest {

  private static final int CRASHED = 1; // of a JVM that leaves no core

  @ParameterizedTest
  @ValueSource(strings = {"main", "subinterpreter"})
  @Tag("W6")
  @DisplayName(
      "With libjsig preloaded a crash is reported with Python's lines, and then by the JVM, whose"
          + " NullPointerExceptions are as always until then")
  void pythonsLines(String where) {
    Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    assumeThat(libjsig).exists();
    ChildJvm.Ended ended =
        ChildJvm.start(
                Await.LIMIT,
                Map.of("LD_PRELOAD", libjsig.toString()),
                List.of(),
                Crashing.class,
                where)
            .await()
            .expect(CRASHED)
            .expectOut("caught");
    assertThat(ended.err())
        .contains(
            "Fatal Python error: Segmentation fault",
            "  File \"<string>\", line 5 in read\n"
                + "  File \"<string>\", line 7 in work\n"
                + "  File \"<string>\", line 1 in <module>\n");
    assertThat(ended.out()).contains("A fatal error has been detected by the Java Runtime");
  }

  /** Null pointers in Java, and then one in C. */
  static final class Crashing implements Scenario {
    @Override
    public void run(String... arguments) {
      Python python = PythonUnderTest.start();
      python
          .main()
          .exec("import faulthandler\nfaulthandler.enable()\nassert faulthandler.is_enabled()");
      ProcessTest.nullPointers();
      System.out.println("caught");
      Interpreter there = arguments[0].equals("main") ? python.main() : Hog.subinterpreter(python);
      there.exec(
          """
          import ctypes

          def read():
              # a comment
              ctypes.string_at(0)
          def work():
              read()
          """);
      there.exec("work()");
    }
  }
}
