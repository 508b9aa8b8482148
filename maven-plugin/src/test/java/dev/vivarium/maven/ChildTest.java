package dev.vivarium.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the JVMs of the goals get from the build, and what it hears from them. */
class ChildTest {

  @Test
  void variablesOfAShellsPythonDoNotCountAndOthersDo() {
    Map<String, String> variables = new HashMap<>();
    List.of(
            "PYTHONPATH",
            "PYTHONHOME",
            "pythonstartup",
            "VIRTUAL_ENV",
            "CONDA_PREFIX",
            "VIVARIUM_PYTHON",
            "VIVARIUM_LIBRARY",
            "VIVARIUM_HOME")
        .forEach(name -> variables.put(name, "/somewhere"));
    variables.put("PIP_INDEX_URL", "file:/wheels");
    variables.put("VIVARIUM_CACHE", "/cache");
    variables.put("PATH", "/bin");
    PythonMojo.withoutShells(variables);
    assertThat(variables)
        .containsOnly(
            Map.entry("PIP_INDEX_URL", "file:/wheels"),
            Map.entry("VIVARIUM_CACHE", "/cache"),
            Map.entry("PATH", "/bin"),
            Map.entry("PYTHONNOUSERSITE", "1"),
            Map.entry("PYTHONIOENCODING", "utf-8"));
  }

  @Test
  void theFolderOfPackagesIsToldFromWhatElseIsPrinted() {
    assertThat(
            PackagesFolder.printed(
                List.of("a warning", "vivarium-packages: /ümlaut/env", "another warning")))
        .contains(Path.of("/ümlaut/env"));
    assertThat(PackagesFolder.printed(List.of("a warning"))).isEmpty();
  }
}
