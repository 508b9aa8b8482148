package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

  private static final Series NOISE = Series.of(List.of(10.0, 10.0, 10.0), Double::doubleValue);

  private static final Series TWO = Series.of(List.of(1.9), Double::doubleValue);

  private static Report report(Map<String, Double> beside) {
    Figure figure = Figure.ALL.getFirst();
    return new Report(List.of(figure.of(List.of(new Sample(150, beside)))), NOISE, TWO);
  }

  @Test
  void jsonIsAnArrayWithOneObjectAFigure() {
    assertThat(report(Map.of("kept", 120.0)).json())
        .isEqualTo(
            """
            [
              {"figure": "call.main", "value": 150.0000, "unit": "ns", "twin": 120.0000, \
            "ratio": 1.2500, "spread": 0.0000, "ratioSpread": 0.0000, \
            "limit": "<= 1.5 x twin", "kept": true},
              {"figure": "machine.noise", "value": 10.0000, "unit": "ms", "twin": null, \
            "ratio": null, "spread": 0.0000},
              {"figure": "machine.threads", "value": 1.9000, "unit": "x", "twin": null, \
            "ratio": null, "spread": 0.0000}
            ]
            """);
  }

  @Test
  void jsonHasNullsForATwinThatIsMissing() {
    assertThat(report(Map.of()).json())
        .contains("\"value\": 150.0000", "\"twin\": null, \"ratio\": null", "\"kept\": null");
  }

  @Test
  void theTableHasTheLimitTheVerdictAndTheNoise() {
    assertThat(report(Map.of("kept", 120.0)).table().lines())
        .hasSize(3)
        .satisfies(lines ->
            assertThat(lines.get(1))
                .matches("call\\.main +150 +ns +120 +1\\.25 +0% +<= 1\\.5 x twin +yes +0%.*"))
        .last()
        .asString()
        .contains("machine", "10.0 ms", "0%", "1.90 times as much")
        .doesNotContain("not quiet");
  }

  @Test
  void aMachineThatIsNotQuietIsSaid() {
    Series uneven = Series.of(List.of(10.0, 10.0, 20.0), Double::doubleValue);
    assertThat(new Report(List.of(), uneven, TWO).table()).contains("not quiet");
  }
}
