package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.internal.discovery.Machine;
import java.io.File;
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

  @Test
  void muslHasItsOwnAndWhatIsThereIsForGlibc() {
    assertThat(PythonEnvironment.tag(VERSION, new Machine(Machine.Os.LINUX, "x86-64")))
        .isEqualTo("cpython-3.14-linux-x86_64");
    assertThat(PythonEnvironment.tag(VERSION, new Machine(Machine.Os.LINUX, "aarch64", true)))
        .isEqualTo("cpython-3.14-linux-arm64-musl");
  }

  @Test
  void theCLibraryIsTheOneThatThisJvmHasLoaded() throws IOException {
    assumeThat(Machine.current().os()).isEqualTo(Machine.Os.LINUX);
    assertThat(Machine.current().musl())
        .isEqualTo(Files.readString(Path.of("/proc/self/maps")).contains("/ld-musl-"));
  }

  @Test
  void whatIsPrintedToBePastedIsQuoted() throws IOException {
    Path spaced = folder.resolve("my env");
    String word = folder + File.separator + "my\\ env";
    assumeThat(File.separator).isEqualTo("/");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonEnvironment.of(spaced))
        .withMessageContaining("'vivarium env create " + word + "'");
    Files.createDirectory(spaced);
    Files.createFile(spaced.resolve("requirements.txt"));
    PythonEnvironment environment = PythonEnvironment.of(spaced);
    assertThat(environment.problem(VERSION)).contains("'vivarium env sync " + word + "'");
    assertThat(environment.command("lock")).isEqualTo("vivarium env lock " + word);
  }
}
