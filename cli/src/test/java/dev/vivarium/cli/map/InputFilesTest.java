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

class InputFilesTest {

  @TempDir Path folder;

  @BeforeEach
  void files() throws IOException {
    for (String name :
        List.of("b.py", "a.py", "x/c.py", "x/y/d.py", "a.txt", "site-packages/s.py", "[z].py")) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    }
  }

  @Test
  void keepsTheOrderOfInputsAndSortsGlobs() {
    assertThat(expand("x/c.py", "*.py")).containsExactly("x/c.py", "[z].py", "a.py", "b.py");
  }

  @Test
  void anyFoldersMeansNoneToo() {
    assertThat(expand("**/*.py"))
        .containsExactly("[z].py", "a.py", "b.py", "site-packages/s.py", "x/c.py", "x/y/d.py");
    assertThat(expand("x/**/d.py")).containsExactly("x/y/d.py");
  }

  @Test
  void aFileMayBeCalledLikeAGlob() {
    assertThat(expand("[z].py")).containsExactly("[z].py");
  }

  @Test
  void stdlibLeavesOutSitePackages() {
    assertThat(new InputFiles(() -> folder).expand(List.of("@stdlib"), false))
        .extracting(path -> folder.relativize(Path.of(path)).toString())
        .containsExactly("[z].py", "a.py", "b.py", "x/c.py", "x/y/d.py");
  }

  @Test
  void saysWhatIsWrong() {
    assertFails("missing.py", "no such file");
    assertFails("q*.py", "no file matches");
    assertFails("x", "is a folder");
    assertFails("a[.py", "is not a glob");
    assertFails("-", "no such file");
  }

  private void assertFails(String input, String message) {
    assertThatExceptionOfType(CommandFailure.class)
        .isThrownBy(() -> expand(input))
        .withMessageContaining(message);
  }

  private List<String> expand(String... inputs) {
    List<String> absolute = List.of(inputs).stream().map(input -> folder + "/" + input).toList();
    return new InputFiles(() -> folder)
        .expand(absolute, false).stream()
            .map(path -> folder.relativize(Path.of(path)).toString())
            .toList();
  }
}
