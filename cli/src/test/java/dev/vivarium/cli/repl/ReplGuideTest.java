package dev.vivarium.cli.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplGuideTest {

  private static final Path GUIDE = Path.of("..", "docs", "guide", "repl.md");
  private static final Pattern SESSION = Pattern.compile("(?s)```pycon\n(.*?)```");
  private static final Pattern TYPED = Pattern.compile("\\d*(>>>|\\.\\.\\.) ?(.*)");

  @Test
  @DisplayName("what the guide types shows what the guide says")
  void sessions(@TempDir Path folder) throws Exception {
    assumeTrue(Pty.isThere(), "no program script, which makes a terminal");
    Matcher session = SESSION.matcher(Files.readString(GUIDE));
    try (Pty pty = Pty.start(folder, false, "repl")) {
      while (session.find()) {
        for (String line : session.group(1).split("\n")) {
          Matcher typed = TYPED.matcher(line);
          if (typed.matches()) {
            // The prompt indents by itself
            pty.await(typed.group(1) + " ").type(typed.group(2).strip() + "\r");
          } else {
            pty.await(line);
          }
        }
      }
      pty.await(">>> ").type("exit()\r");
      assertThat(pty.ended()).isZero();
    }
  }
}
