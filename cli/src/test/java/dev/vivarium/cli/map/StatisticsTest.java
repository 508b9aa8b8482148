package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void ratesHaveNoExponents() {
    assertThat(Statistics.rate(166_123.4)).isEqualTo("166100");
    assertThat(Statistics.rate(1_234_567)).isEqualTo("1235000");
    assertThat(Statistics.rate(12.3449)).isEqualTo("12.34");
    assertThat(Statistics.rate(0.00012345678)).isEqualTo("0.0001235");
    assertThat(Statistics.rate(100)).isEqualTo("100");
    assertThat(Statistics.rate(0)).isEqualTo("0");
  }
}
