package dev.vivarium.cpython;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlatformTest {

  @Test
  void classifiersAreNamedAsTheArtifactNamesThem() {
    assertThat(Platform.of("Linux", "amd64")).isEqualTo("linux-x86_64");
    assertThat(Platform.of("Linux", "aarch64")).isEqualTo("linux-arm64");
    assertThat(Platform.of("Mac OS X", "aarch64")).isEqualTo("macosx-arm64");
    assertThat(Platform.of("Mac OS X", "x86_64")).isEqualTo("macosx-x86_64");
    assertThat(Platform.of("Windows Server 2025", "amd64")).isEqualTo("windows-x86_64");
    assertThat(Platform.of("Linux", "s390x")).isEqualTo("linux-s390x");
  }
}
