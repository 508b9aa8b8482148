package dev.vivarium.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/plain/app-env_1.0",
        "/with a blank/env",
        "~/it's \"$HOME\" `id` \\ !! & (x) [y] *?",
        "#first; then|more<>"
      })
  void aShellTakesItForThatPath(String path) throws Exception {
    assumeThat(Machine.current().os()).isNotEqualTo(Machine.Os.WINDOWS);
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "printf '<%s>' " + ShellWord.of(Path.of(path)));
    Process process = builder.redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("<" + path + ">");
  }

  @Test
  void whatNeedsNothingStaysAsItIs() {
    Path plain = Path.of("/plain/app-env_1.0");
    assertThat(ShellWord.of(plain)).isEqualTo(plain.toString());
  }
}
