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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
                List.of("-XX:+ErrorFileToStdout"),
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
    tellsTheInterpreter(ended);
  }

  // By that one's own thread, which is among those that are listed
  private static void tellsTheInterpreter(ChildJvm.Ended ended) {
    Matcher told = Pattern.compile("it is in Interpreter\\[(\\d+)\\]").matcher(ended.out());
    assertThat(told.find()).isTrue();
    String name = told.group(1).equals("0") ? "python-main" : "python-" + told.group(1) + "-";
    assertThat(own(javaThreads(ended))).allMatch(own -> own.startsWith(name)).isNotEmpty();
    if (PythonUnderTest.version().compareTo("3.14") >= 0) {
      assertThat(ended.err()).contains("[" + name);
    }
  }

  private static List<String> own(List<String> threads) {
    return threads.stream().filter(name -> name.matches("python-(main|.*interpreter)")).toList();
  }

  // The names of those that Python lists, by the stacks that Java has for them
  private static List<String> javaThreads(ChildJvm.Ended ended) {
    List<Long> listed =
        Pattern.compile("hread 0x(\\p{XDigit}+) .*most recent call first")
            .matcher(ended.err())
            .results()
            .map(one -> Long.parseLong(one.group(1), 16))
            .toList();
    return Pattern.compile("JavaThread \"(.*?)\".*stack\\(0x(\\p{XDigit}+),0x(\\p{XDigit}+)\\)")
        .matcher(ended.out())
        .results()
        .filter(one -> {
          long from = Long.parseLong(one.group(2), 16);
          long to = Long.parseLong(one.group(3), 16);
          return listed.stream().anyMatch(ident -> from <= ident && ident < to);
        })
        .map(one -> one.group(1))
        .distinct()
        .toList();
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
      Interpreter another = Hog.subinterpreter(python);
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
      System.out.println("it is in " + there + ", not " + another);
      there.exec("work()");
    }
  }
}
