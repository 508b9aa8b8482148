package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vivarium.cli.shell.CommandFailure;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MapOptionsTest {

  @Test
  void whatDoesNotGoTogether() {
    assertRefused("--rows and --batch: give one", "--rows", "--batch=numpy");
    assertRefused("neither arrow nor numpy", "--batch=pandas");
    assertRefused("--batch-rows: 0 is less than 1", "--batch=arrow", "--batch-rows=0");
    assertRefused("--batch-rows is for --batch", "--rows", "--batch-rows=9");
    assertRefused("load in the main interpreter only", "--batch=arrow", "--interpreters=2");
    assertRefused("neither local nor spark", "--engine=flink");
    assertRefused("--master is for --engine spark", "--master=local[2]");
    assertRefused("say which one by --master", "--engine=spark");
    assertRefused("such as local[3]", "--engine=spark", "--master=local[2]", "--interpreters=3");
    assertRefused("--batch is not for --engine spark", "--engine=spark", "--batch=arrow");
    assertRefused("takes --batch", "--rows", "--output=out.parquet");
    assertRefused("a table is written as a whole", "--batch=arrow", "--output=o.csv", "--resume");
  }

  private static void assertRefused(String message, String... arguments) {
    MapOptions options = CommandLine.populateCommand(new MapOptions(), arguments);
    assertThatExceptionOfType(CommandFailure.class)
        .isThrownBy(options::check)
        .withMessageContaining(message);
  }

  @Test
  void anEndingTellsWhetherTheOutputIsATable() {
    assertThat(parse("--batch=arrow", "-o=a.b/out.PARQUET").writesTables()).isTrue();
    assertThat(parse("--batch=arrow", "-o=parquet").writesTables()).isFalse();
    assertThat(parse("--batch=arrow", "-o=out.jsonl", "--resume").writesTables()).isFalse();
  }

  private static MapOptions parse(String... arguments) {
    MapOptions options = CommandLine.populateCommand(new MapOptions(), arguments);
    options.check();
    return options;
  }
}
