package dev.vivarium.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void quotesWhatJsonReserves() {
    assertThat(Json.quote("a\"b\\c\n\r\t\u0001é")).isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\u0001é\"");
  }

  @Test
  void encodesPairsAndEscapesHalves() {
    assertThat(new String(Json.encode("x😀\ud800y\udc00"), StandardCharsets.UTF_8))
        .isEqualTo("x😀\\ud800y\\udc00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "-0.5e+3",
        "\"a\\u00e9\\n\"",
        "[]",
        "{}",
        " [1, [2, {}], {\"a\": [null]}] ",
        "true",
        "{\"a\":1,\"b\":{\"c\":[]}}",
        "[ ]",
        "[[],[]]"
      })
  void knowsValues(String text) {
    assertThat(JsonScanner.isValue(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "01",
        "NaN",
        "[1,]",
        "{\"a\":}",
        "{\"a\" 1}",
        "{1:2}",
        "[1",
        "[1}",
        "\"a",
        "1 2",
        "tru",
        "\"\\x\"",
        "\"\t\"",
        "{\"a\":1,}",
        "]"
      })
  void knowsWhatIsNone(String text) {
    assertThat(JsonScanner.isValue(text)).isFalse();
  }

  @Test
  void depthCostsNoStack() {
    assertThat(JsonScanner.isValue("[".repeat(1_000_000) + "]".repeat(1_000_000))).isTrue();
  }

  @Test
  void findsTheEndOfAValueInsideText() {
    assertThat(JsonScanner.endOfValue("x{\"a\":\"}\"},", 1)).isEqualTo(10);
    assertThat(JsonScanner.endOfValue("12,3", 0)).isEqualTo(2);
  }
}
