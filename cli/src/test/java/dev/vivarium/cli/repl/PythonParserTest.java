package dev.vivarium.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;

class PythonParserTest {

  private final PythonParser parser = new PythonParser(source -> !source.contains("more"));

  @Test
  void theNextLineIsIndentedAsPythonIs() {
    assertThat(PythonParser.indentAfter("if x:")).isEqualTo(4);
    assertThat(PythonParser.indentAfter("if x:  # why")).isEqualTo(4);
    assertThat(PythonParser.indentAfter("if x:\n    y")).isEqualTo(4);
    assertThat(PythonParser.indentAfter("def f():\n    return 1")).isZero();
    assertThat(PythonParser.indentAfter("x = '# no comment:'")).isZero();
    assertThat(PythonParser.indentAfter("")).isZero();
  }

  @Test
  void anInputIsWholeWhenPythonSaysSo() {
    parser.parse("whole", 5, ParseContext.ACCEPT_LINE);
    parser.parse("%interp more", 12, ParseContext.ACCEPT_LINE);
    assertThatThrownBy(() -> parser.parse("more", 4, ParseContext.ACCEPT_LINE))
        .isInstanceOf(EOFError.class);
    parser.parse("more", 4, ParseContext.COMPLETE);
  }

  @Test
  void theWordIsADottedName() {
    PythonParser.Word word = (PythonParser.Word) parser.parse("if 1:\n  f(os.pa", 15, null);
    assertThat(word.word()).isEqualTo("os.pa");
    assertThat(word.beforeInLine()).isEqualTo("  f(");
  }

  @Test
  void timesReadWell() {
    assertThat(PercentCommand.inWords(Duration.ofNanos(12_300))).isEqualTo("12 µs");
    assertThat(PercentCommand.inWords(Duration.ofMillis(54))).isEqualTo("54.0 ms");
    assertThat(PercentCommand.inWords(Duration.ofMillis(1234))).isEqualTo("1.23 s");
  }

  @Test
  void theHistoryIsInTheStateFolder() {
    assertThat(Prompt.historyFile(Map.of("XDG_STATE_HOME", "/state")::get))
        .isEqualTo(Path.of("/state/vivarium/repl_history"));
    assertThat(Prompt.historyFile(name -> null).toString()).contains(".local", "state");
  }
}
