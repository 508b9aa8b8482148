package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FigureTest {

  private static Figure named(String name) {
    return Figure.ALL.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  private static Sample sample(double java, double kept) {
    return new Sample(java, Map.of("kept", kept));
  }

  @Test
  void namesAreUnique() {
    assertThat(Figure.ALL).extracting(Figure::name).doesNotHaveDuplicates();
  }

  @Test
  void aNameMeansWhatIsBelowItToo() {
    assertThat(named("call.main/fresh").isMeantBy("call.main")).isTrue();
    assertThat(named("call.main").isMeantBy("call.main/fresh")).isFalse();
    assertThat(named("call.main").isMeantBy("call")).isFalse();
  }

  @Test
  void theRatioIsTheMedianOfEachSamplesOwn() {
    // A machine that slows down between the second and the third sample.
    List<Sample> samples = List.of(sample(110, 100), sample(120, 100), sample(260, 200));
    Result result = named("call.main").of(samples);
    assertThat(result.value()).isEqualTo(120);
    assertThat(result.twin()).isEqualTo(100);
    assertThat(result.ratio()).isEqualTo(1.2);
    assertThat(result.verdict()).isEqualTo("yes");
  }

  @Test
  void aLimitThatIsNotKeptIsSaid() {
    assertThat(named("call.main").of(List.of(sample(151, 100))).verdict()).isEqualTo("no");
    assertThat(new Sample(1, Map.of("one", 1.84, "two", 1.0)))
        .satisfies(
            s -> assertThat(named("scale.interpreters").of(List.of(s)).verdict()).isEqualTo("no"));
  }

  @Test
  void theFastestOfEachTimeCountsWhereverItWas() {
    Result result =
        named("scale.threads/fastest")
            .of(
                List.of(
                    new Sample(1, Map.of("one", 100.0, "two", 90.0, "oneInC", 80.0)),
                    new Sample(1, Map.of("one", 170.0, "two", 50.0, "twoInC", 50.0))));
    assertThat(result.value()).isEqualTo(2.0);
    assertThat(result.twin()).isEqualTo(1.6);
    assertThat(result.ratio()).isEqualTo(1.25);
  }

  @Test
  void withoutATwinThereIsAValueAndNoRatio() {
    Result result = named("call.main").of(List.of(sample(110, 0)));
    assertThat(result.value()).isEqualTo(110);
    assertThat(result.twin()).isNaN();
    assertThat(result.ratio()).isNaN();
    assertThat(result.verdict()).isEmpty();
  }

  @Test
  void theLoopIsTakenFromBothSidesOfACallback() {
    Sample sample = new Sample(120, Map.of("loop", 20.0, "constant", 70.0));
    Result result = named("callback").of(List.of(sample));
    assertThat(result.value()).isEqualTo(100);
    assertThat(result.twin()).isEqualTo(50);
  }

  @Test
  void theSpreadLeavesOutTheOuterTenths() {
    List<Double> values = DoubleStream.iterate(0, v -> v + 1).limit(101).boxed().toList();
    Series series = Series.of(values, Double::doubleValue);
    assertThat(series.median()).isEqualTo(50);
    assertThat(series.spread()).isCloseTo(80.0 / 50, within(1e-9));
  }
}
