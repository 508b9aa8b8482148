package dev.vivarium.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Java programs of {@code examples/}, run. */
class ExamplesTest {

  private static final Path EXAMPLES = Path.of("..", "examples");

  /** For all 10,000 interpreters of the issue: {@code -Dvivarium.test.late.interpreters=10000}. */
  private static final String INTERPRETERS =
      System.getProperty("vivarium.test.late.interpreters", "20");

  @Test
  @Tag("C1")
  @DisplayName("LateCallback: each call during a close is served where it belongs, or refused")
  void lateCallback() throws IOException, InterruptedException {
    JavaRun run = JavaRun.of(EXAMPLES.resolve("LateCallback.java"), INTERPRETERS, "100");
    assertThat(run.printed())
        .matches(
            "\\d+ calls into " + INTERPRETERS + " interpreters .*: \\d+ served, \\d+ refused\\R");
    assertThat(run.status()).isZero();
  }
}
