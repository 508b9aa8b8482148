package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vivarium.cli.shell.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierRunTest {

  private static final String WORK = "{\"function\":\"f\"}";

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("out");
  }

  @Test
  void whereNothingIsNothingIsFinished() {
    EarlierRun run = EarlierRun.read(file, WORK, true);
    assertThat(run.finished().count()).isZero();
    assertThat(run.complete()).isFalse();
  }

  @Test
  void goesOnAfterATornLineWithWhatWasEarly() throws IOException {
    try (OutputFile output = OutputFile.create(file, WORK, false)) {
      output.write(List.of(line("a", 0)));
      output.keepAhead(List.of(line("c", 2)));
    }
    Files.writeString(file, Files.readString(file) + "{\"item\":\"b");
    Path side = OutputFile.sideFile(file);
    Files.writeString(side, Files.readString(side) + line("d", 3).substring(0, 9));

    EarlierRun run = EarlierRun.read(file, WORK, true);
    Finished finished = run.finished();
    assertThat(finished.isWritten(0)).isTrue();
    assertThat(finished.isWritten(1)).isFalse();
    assertThat(finished.ahead(2)).isNotNull();
    assertThat(finished.ahead(3)).isNull();
    assertThat(finished.matches(Item.of(0, "a"))).isTrue();
    assertThat(finished.matches(Item.of(0, "other"))).isFalse();

    try (OutputFile output = OutputFile.resume(file, WORK, run.length(), run.sideLength())) {
      output.write(List.of(line("b", 1), line("c", 2)));
      output.forgetAhead();
      output.complete();
    }
    assertThat(Files.readAllLines(file)).containsExactly(line("a", 0), line("b", 1), line("c", 2));
    assertThat(side).doesNotExist();
    assertThat(EarlierRun.read(file, WORK, true).complete()).isTrue();
  }

  @Test
  void refusesOtherWork() throws IOException {
    OutputFile.create(file, WORK, false).close();
    assertRefused("{\"function\":\"g\"}", "was begun as");
  }

  @Test
  void refusesAFileThatIsNotMaps() throws IOException {
    Files.writeString(file, "precious\n");
    assertRefused(WORK, "line 1");
    assertThatExceptionOfType(CommandFailure.class)
        .isThrownBy(() -> OutputFile.create(file, WORK, false))
        .withMessageContaining("--force");
    assertThat(file).hasContent("precious\n");
  }

  @Test
  void refusesLinesOutOfOrder() throws IOException {
    Files.write(file, List.of(line("b", 1), line("a", 0)));
    assertRefused(WORK, "line 1");
    assertThat(EarlierRun.read(file, WORK, false).finished().count()).isEqualTo(2);
  }

  private void assertRefused(String work, String message) {
    assertThatExceptionOfType(CommandFailure.class)
        .isThrownBy(() -> EarlierRun.read(file, work, true))
        .withMessageContaining(message);
  }

  private static String line(String item, long index) {
    return Item.of(index, item).resultLine("[{}]");
  }
}
