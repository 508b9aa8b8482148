package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonEnvironmentTest {

  private static final PythonVersion VERSION = PythonVersion.parse("3.14.3");

  @TempDir Path folder;

  @Test
  void isAFolderWithRequirements() throws IOException {
    Path absent = folder.resolve("absent");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonEnvironment.of(absent))
        .withMessage(
            "environment: %s does not exist; 'vivarium env create %s' makes an environment",
            absent, absent);
    Path file = Files.createFile(folder.resolve("file"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonEnvironment.of(file))
        .withMessageContaining("file is no folder; 'vivarium env create ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonEnvironment.of(folder))
        .withMessageContaining(" is not one: it has no requirements.txt; 'vivarium env create ");
    Files.createFile(folder.resolve("pyvenv.cfg"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonEnvironment.of(folder))
        .withMessageEndingWith("it is a virtual environment, which PythonOptions.venv names");
  }

  @Test
  void isWholeWhereThePackagesAreThoseOfTheLockFile() throws IOException {
    Files.createFile(folder.resolve("requirements.txt"));
    PythonEnvironment environment = PythonEnvironment.of(folder);
    assertThat(environment.requirements()).exists();
    Path packages = environment.packages(VERSION);
    assertThat(packages.getFileName().toString()).startsWith("cpython-3.14-");
    assertThat(environment.packages(PythonVersion.parse("3.14.9"))).isEqualTo(packages);
    assertThat(environment.problem(VERSION)).contains("has no packages for Python 3.14.3");
    Files.createDirectory(packages);
    assertThat(environment.problem(VERSION)).contains(" is not whole", "vivarium env sync");
    Files.writeString(packages.resolve(PythonEnvironment.INSTALLED), "shop==1.0\n");
    assertThat(environment.problem(VERSION)).isNull();
    Files.writeString(environment.lock(VERSION), "shop==1.0\n");
    assertThat(environment.problem(VERSION)).isNull();
    Files.writeString(environment.lock(VERSION), "shop==2.0\n");
    assertThat(environment.problem(VERSION)).contains("does not have what cpython-3.14-");
  }

  @Test
  void aFreeThreadedBuildHasItsOwn() throws IOException {
    Files.createFile(folder.resolve("requirements.txt"));
    PythonVersion free = PythonVersion.parse("3.14.3 free-threading build (main) [GCC]");
    PythonEnvironment environment = PythonEnvironment.of(folder);
    assertThat(environment.packages(free).getFileName().toString()).startsWith("cpython-3.14t-");
    assertThat(environment.lock(free).getFileName().toString()).matches("cpython-3.14t-.*\\.lock");
  }
}
