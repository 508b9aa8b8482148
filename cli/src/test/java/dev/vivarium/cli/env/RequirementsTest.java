package dev.vivarium.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequirementsTest {

  private static Requirements of(String text) {
    return new Requirements(Path.of("/env"), text);
  }

  @Test
  void whatIsAddedReplacesWhatHasItsName() {
    assertThat(of("Foo_Bar[x]>=1\nother\n").with(List.of("foo-bar==2")).text())
        .isEqualTo("other\nfoo-bar==2\n");
    assertThat(of("foo==1 \\\n  --hash=sha256:00\nother\n").with(List.of("foo")).text())
        .isEqualTo("other\nfoo\n");
  }

  @Test
  void addressesAndPathsAreNoNames() {
    String urls = "https://h/a.whl\nfile:///b.whl\ndist/c.whl\n";
    assertThat(of(urls).with(List.of("https://h/d.whl")).text())
        .isEqualTo(urls + "https://h/d.whl\n");
    assertThat(of("a @ https://h/a.whl\n").with(List.of("a @ https://h/b.whl")).text())
        .isEqualTo("a @ https://h/b.whl\n");
  }

  @Test
  void checksumsAreOfTheOptionToo() throws Exception {
    String by = of("-r https://h/x.txt\n").checksum(file -> List.of());
    assertThat(of("-c https://h/x.txt\n").checksum(file -> List.of())).isNotEqualTo(by);
    assertThat(of("# why\n-r https://h/x.txt\n").checksum(file -> List.of())).isEqualTo(by);
  }
}
