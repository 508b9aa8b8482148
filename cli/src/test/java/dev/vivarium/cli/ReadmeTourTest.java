package dev.vivarium.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's tour, pasted. */
class ReadmeTourTest {

  private static final Path README = Path.of("..", "README.md");
  private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SESSION =
      Pattern.compile("(?s)\\$ java [^\n]*Tour\\.java\n(.*?)```");

  @Test
  @DisplayName("README's tour compiles, runs, and prints what README says")
  void tour(@TempDir Path folder) throws IOException, InterruptedException {
    String readme = Files.readString(README);
    Path source = folder.resolve("Tour.java");
    Files.writeString(source, only(CODE, readme));
    JavaRun run = JavaRun.of(source);
    assertThat(run.printed()).isEqualTo(only(SESSION, readme));
    assertThat(run.status()).isZero();
  }

  private static String only(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as("README has its tour").isTrue();
    String found = matcher.group(1);
    assertThat(matcher.find()).as("README has one tour").isFalse();
    return found;
  }
}
