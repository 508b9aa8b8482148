package dev.vivarium.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TwinTest {

  @TempDir private Path folder;

  @Test
  void withoutACompilerOneLineSaysWhatToInstall() {
    assertThatThrownBy(() -> Twin.compile("no-such-compiler", "int x;", folder, folder))
        .isInstanceOf(TwinException.class)
        .hasMessageContaining("no-such-compiler")
        .hasMessageEndingWith("install gcc")
        .message()
        .hasLineCount(1);
  }

  @Test
  void anErrorInTheSourceIsOneLineWithTheCompilersOwnWords() {
    assumeGcc();
    assertThatThrownBy(() -> Twin.compile("gcc", "int f(void) { return g; }\n", folder, folder))
        .isInstanceOf(TwinException.class)
        .hasMessageStartingWith("gcc failed: ")
        .hasMessageContaining("twin.c:1")
        .message()
        .hasLineCount(1);
  }

  @Test
  void missingHeadersAreNamed() {
    assumeGcc();
    assertThatThrownBy(() -> Twin.compile("gcc", Twin.source(), folder, folder))
        .isInstanceOf(TwinException.class)
        .hasMessageContaining("Python.h");
  }

  @Test
  void whatCompilesIsALibrary() throws Exception {
    assumeGcc();
    assertThat(Twin.compile("gcc", "int f(void) { return 7; }\n", folder, folder)).isNotEmptyFile();
  }

  private static void assumeGcc() {
    String[] folders = System.getenv("PATH").split(File.pathSeparator);
    boolean found =
        Arrays.stream(folders).anyMatch(path -> Files.isExecutable(Path.of(path, "gcc")));
    assumeTrue(found, "no gcc on the PATH");
  }
}
