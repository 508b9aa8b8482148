package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/guide/troubleshooting.md quotes is what is really said. */
class TroubleshootingTest {

  private static final Path PAGE = Path.of("..", "docs", "guide", "troubleshooting.md");

  private static final Pattern QUOTED = Pattern.compile("^\\| `([^`]*)`", Pattern.MULTILINE);

  // Of CPython, the loader of libraries, Surefire and the system
  private static final List<String> SAID_BY_OTHERS =
      List.of(
          "does not support loading in subinterpreters",
          "Corrupted channel by directly writing to native stream",
          "RuntimeError",
          "SIGSEGV");

  @Test
  void messagesAreReal() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (String module : List.of("core", "cpython")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          sources.append(Files.readString(file));
        }
      }
    }
    // Messages are long, and their lines are put together
    String text = sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    List<String> quoted =
        QUOTED.matcher(Files.readString(PAGE)).results().map(found -> found.group(1)).toList();
    assertThat(quoted).hasSizeGreaterThan(20);
    for (String message : quoted) {
      if (!SAID_BY_OTHERS.contains(message)) {
        assertThat(text.contains(message)).as(message).isTrue();
      }
    }
  }
}
