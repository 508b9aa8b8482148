package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CPython's own extension modules where an interpreter with a GIL of its own has them first. */
final class ExtensionModulesTest {

  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** Uses a module in one interpreter after the other, and ends. */
  static final class UsedFirst implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        for (int i = 0; i < 4; i++) {
          try (Interpreter sub = python.newInterpreter()) {
            sub.exec(arguments[0]);
          }
        }
      }
      System.out.println("ended");
    }
  }

  @ParameterizedTest
  @Tag("F1")
  @DisplayName("… and the process goes on, whichever extension modules they have used first")
  @ValueSource(
      strings = {
        "import ssl",
        "import asyncio",
        "import importlib.metadata, zlib; zlib.compress(b'', level=9)",
        "import math; math.isclose(1.0, 2.0, rel_tol=.1)",
        "import datetime; datetime.datetime.now()",
        "import decimal; decimal.Decimal('0.1') + 1",
        "import zoneinfo",
        "import hashlib; hashlib.sha256(b'', usedforsecurity=False)"
      })
  void usedFirst(String use) {
    ChildJvm.run(LIMIT, UsedFirst.class, use).expect(0).expectOut("ended");
  }

  /** What 3.12 cannot have in such interpreters has a counterpart in Python. */
  static final class Refused implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start();
          Interpreter sub = python.newInterpreter()) {
        sub.exec("import datetime, decimal, zoneinfo");
        sub.exec("zone = datetime.timezone(datetime.timedelta(hours=2))");
        String text = "str(datetime.datetime(2026, 1, 2, tzinfo=zone))";
        assertThat(sub.eval(text).asString()).isEqualTo("2026-01-02 00:00:00+02:00");
        assertThat(sub.eval("str(decimal.Decimal('0.1') * 3)").asString()).isEqualTo("0.3");
        assertThat(sub.eval("zoneinfo.ZoneInfo.__name__").asString()).isEqualTo("ZoneInfo");
      }
    }
  }

  @Test
  @DisplayName("datetime, decimal and zoneinfo are there, in C or in Python")
  void refused() {
    ChildJvm.run(LIMIT, Refused.class).expect(0);
  }
}
