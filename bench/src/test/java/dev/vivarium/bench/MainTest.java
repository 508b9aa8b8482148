package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  @Test
  void anUnknownFigureIsOneLineThatListsThem() {
    assertThat(run("call.main", "call.moon")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("no figure 'call.moon'", "call.main", "ensure.nested", "scale.interpreters");
  }

  @Test
  void anUnknownOptionIsOneLine() {
    assertThat(run("--fast")).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("--fast");
  }

  @Test
  void aFileThatCannotBeWrittenIsFoundOutBeforeMeasuring(@TempDir Path folder) {
    assertThat(run("--json", folder.resolve("missing/figures.json").toString())).isEqualTo(1);
    assertThat(err.toString().lines()).singleElement().asString().contains("figures.json");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void helpNamesTheOptions() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("--quick", "--json", "FIGURE", "docs/bench.md");
  }
}
