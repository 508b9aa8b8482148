package dev.vivarium.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PythonStartException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the paths are those of Unix")
class CacheFolderTest {

  @Test
  void itsOwnVariableWins() {
    Map<String, String> environment =
        Map.of("VIVARIUM_CACHE", "/a", "XDG_CACHE_HOME", "/b", "HOME", "/c");
    assertThat(CacheFolder.of(environment, "Linux", "/d")).isEqualTo(Path.of("/a"));
    assertThat(CacheFolder.of(Map.of("VIVARIUM_CACHE", "x"), "Linux", "/d"))
        .isEqualTo(Path.of("x").toAbsolutePath());
  }

  @Test
  void andBeforeItTheProperty() {
    System.setProperty("vivarium.cache", "/from/property");
    try {
      assertThat(CacheFolder.fromEnvironment()).isEqualTo(Path.of("/from/property"));
    } finally {
      System.clearProperty("vivarium.cache");
    }
  }

  @Test
  void thenTheCustomsOfEachSystem() {
    assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "/b", "HOME", "/c"), "Linux", "/d"))
        .isEqualTo(Path.of("/b/vivarium"));
    assertThat(CacheFolder.of(Map.of("XDG_CACHE_HOME", "b", "HOME", "/c"), "Linux", "/d"))
        .isEqualTo(Path.of("/c/.cache/vivarium"));
    assertThat(CacheFolder.of(Map.of("HOME", ""), "Linux", "/d"))
        .isEqualTo(Path.of("/d/.cache/vivarium"));
    assertThat(CacheFolder.of(Map.of("HOME", "/c"), "Mac OS X", "/d"))
        .isEqualTo(Path.of("/c/Library/Caches/vivarium"));
    assertThat(CacheFolder.of(Map.of("LOCALAPPDATA", "/l"), "Windows 11", "/d"))
        .isEqualTo(Path.of("/l/vivarium"));
    assertThat(CacheFolder.of(Map.of("HOME", "/c"), "Windows 11", "/d"))
        .isEqualTo(Path.of("/d/AppData/Local/vivarium"));
  }

  @Test
  void withoutAHomeItSaysWhatToSet() {
    for (String userHome : new String[] {"?", "", "relative"}) {
      assertThatThrownBy(() -> CacheFolder.of(Map.of(), "Linux", userHome))
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining("user.home is '" + userHome + "'")
          .hasMessageContaining("VIVARIUM_CACHE");
    }
    assertThatThrownBy(() -> CacheFolder.of(Map.of("VIVARIUM_CACHE", "a\0b"), "Linux", "/d"))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("is not the path of a folder");
  }
}
