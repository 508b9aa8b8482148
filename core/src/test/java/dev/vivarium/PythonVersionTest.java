package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonVersionTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3.14.3 (main, Feb 19 2026, 14:54:44) [GCC 11.4.0] | 3.14.3",
        "3.12.1+ (heads/3.12:abc, Jan 1 2024, 00:00:00) [Clang] | 3.12.1",
        "3.14.0rc2 free-threading build (main, Aug 1 2025, 10:00:00) [GCC] | 3.14.0rc2t",
        "3.13.5 experimental free-threading build (main, Jun 1 2025) [GCC] | 3.13.5t",
        "3.15.0a1 (tags/v3.15.0a1, Oct 1 2025) [MSC v.1944 64 bit (AMD64)] | 3.15.0a1",
        "3.15.0b4 (main, x) [y] | 3.15.0b4",
        "3.13 | 3.13.0",
        "3.14.3 (free-threading build, a branch of that name) [GCC] | 3.14.3",
        "2.7.18 (default, x) [GCC] | 2.7.18",
      })
  void readsWhatPythonSays(String text, String shortForm) {
    assertThat(PythonVersion.parse(text)).hasToString(shortForm);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "three", "3", "3.x", "3.14.3-1.5", "99999999999.1", "v3.14.3"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> PythonVersion.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void sortsByAge() {
    List<String> oldestFirst =
        List.of(
            "3.9.18",
            "3.12.1",
            "3.14.0a7",
            "3.14.0b1",
            "3.14.0rc1",
            "3.14.0rc2",
            "3.14.0",
            "3.14.0 free-threading build",
            "3.14.10",
            "4.0.0");
    assertThat(oldestFirst.reversed().stream().map(PythonVersion::parse).sorted())
        .containsExactlyElementsOf(oldestFirst.stream().map(PythonVersion::parse).toList());
  }

  @Test
  void comparesWithAMinorVersion() {
    PythonVersion version = PythonVersion.parse("3.14.0a1");
    assertThat(version.isAtLeast(3, 14)).isTrue();
    assertThat(version.isAtLeast(3, 15)).isFalse();
    assertThat(version.isAtLeast(2, 99)).isTrue();
    assertThat(version.isAtLeast(4, 0)).isFalse();
  }
}
