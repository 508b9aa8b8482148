package dev.vivarium.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonProvider;
import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs here are shell scripts: what discovery gets from a program is its output, and any
 * output can be had from a script.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs are shell scripts")
class PythonLocatorTest {

  @TempDir Path folder;

  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private Optional<PythonProvider> provider = Optional.empty();

  private PythonInstallation find(Named named) {
    return find(named, false);
  }

  private PythonInstallation find(Named named, boolean useEnvironment) {
    return new PythonLocator(properties::get, environment, Machine.current(), () -> provider)
        .find(named, useEnvironment);
  }

  private PythonInstallation find(String python) {
    return find(Named.NOTHING.withPython(python));
  }

  private PythonInstallation findDefault() {
    return find(Named.NOTHING);
  }

  private AbstractThrowableAssert<?, ?> refused(String python) {
    return assertThatThrownBy(() -> find(python)).isInstanceOf(PythonStartException.class);
  }

  @Test
  void whatTheOptionsNameComesFirst() throws IOException {
    Path named = installation("named", 13);
    environment.put("VIVARIUM_HOME", installation("environment", 13).toString());
    provider = Optional.of(providing(installation("provided", 14)));

    PythonInstallation found = find(Named.NOTHING.withHome(named));

    assertThat(found.home()).isEqualTo(named);
    assertThat(found.library()).isEqualTo(named.resolve("lib/" + libraryName(13)));
    assertThat(found.source()).contains("options");
  }

  @Test
  void thenSystemProperties() throws IOException {
    Path named = installation("property", 13);
    environment.put("VIVARIUM_PYTHON", installation("environment", 14).toString());
    properties.put("vivarium.home", named.toString());

    PythonInstallation found = findDefault();

    assertThat(found.home()).isEqualTo(named);
    assertThat(found.source()).isEqualTo("the system property vivarium.home");
    properties.put("vivarium.home", " ");
    assertThat(findDefault().source()).isEqualTo("the environment variable VIVARIUM_PYTHON");
    properties.put("vivarium.python", "no-such-python");
    assertThatThrownBy(this::findDefault)
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("the system property vivarium.python");
  }

  @Test
  void thenTheEnvironmentThenAProvider() throws IOException {
    Path fromEnvironment = installation("environment", 13);
    Path provided = installation("provided", 14);
    provider = Optional.of(providing(provided));

    environment.put("VIVARIUM_HOME", fromEnvironment.toString());
    assertThat(findDefault().home()).isEqualTo(fromEnvironment);
    assertThat(findDefault().source()).contains("VIVARIUM_HOME");

    environment.clear();
    assertThat(findDefault().home()).isEqualTo(provided);
  }

  @Test
  void thenPython3OnThePath() throws IOException {
    Path home = installation("home", 13);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    program(bin.resolve("python3"), answer("3.13.5 (main)", home, "1"));
    environment.put("PATH", folder.resolve("nothing") + File.pathSeparator + bin);

    PythonInstallation found = findDefault();

    assertThat(found.library()).isEqualTo(home.resolve("lib/" + libraryName(13)));
    assertThat(found.executable()).isEqualTo(bin.resolve("python3"));
    assertThat(found.home()).isNull();
  }

  @Test
  void whereThereIsNoneAtAllTheMessageSaysWhatToDo() {
    environment.put("PATH", folder.toString());
    assertThatThrownBy(this::findDefault)
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("no python3 on the PATH")
        .hasMessageContaining("dev.vivarium:vivarium-cpython-")
        .hasMessageContaining("VIVARIUM_PYTHON");
  }

  @Test
  void machinesHaveTheArtifactsThatThereAre() {
    assertThat(new Machine(Machine.Os.LINUX, "aarch64").artifact())
        .isEqualTo("dev.vivarium:vivarium-cpython-linux-arm64");
    assertThat(new Machine(Machine.Os.MACOS, "x86-64").artifact())
        .isEqualTo("dev.vivarium:vivarium-cpython-macosx-x86_64");
    assertThat(new Machine(Machine.Os.WINDOWS, "aarch64").artifact()).isNull();
    assertThat(new Machine(Machine.Os.LINUX, "riscv64").artifact()).isNull();
    assertThat(new Machine(Machine.Os.LINUX, "x86-64", true).artifact()).isNull();
  }

  @Test
  void variablesOfShellsCountOnlyWhenAsked() throws IOException {
    Path home = installation("home", 13);
    Path venv = venv("venv", home, "3.13.5");
    Path provided = installation("provided", 14);
    provider = Optional.of(providing(provided));
    environment.put("VIRTUAL_ENV", venv.toString());

    assertThat(findDefault().home()).isEqualTo(provided);
    assertThat(find(Named.NOTHING, true).executable()).isEqualTo(venv.resolve("bin/python"));

    environment.clear();
    environment.put("CONDA_PREFIX", home.toString());
    assertThat(find(Named.NOTHING, true).home()).isEqualTo(home);
  }

  @Test
  void aVariableThatNamesNothingIsNamedInTheMessage() {
    environment.put("VIVARIUM_HOME", folder.resolve("gone").toString());
    assertThatThrownBy(this::findDefault)
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("VIVARIUM_HOME")
        .hasMessageContaining("gone does not exist");
    environment.clear();
    environment.put("VIVARIUM_PYTHON", folder.toString());
    assertThatThrownBy(this::findDefault)
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("VIVARIUM_PYTHON")
        .hasMessageContaining("is not the folder of a Python");
  }

  @Test
  void anEmptyVariableIsAsIfItWereNotThere() throws IOException {
    environment.put("VIVARIUM_PYTHON", "");
    Path provided = installation("provided", 14);
    provider = Optional.of(providing(provided));
    assertThat(findDefault().home()).isEqualTo(provided);
  }

  @Test
  void aLibraryFindsItsStandardLibraryAroundItself() throws IOException {
    Path home = installation("home", 13);
    PythonInstallation found = find(home.resolve("lib/" + libraryName(13)).toString());
    assertThat(found.home()).isEqualTo(home);
    assertThat(found.preload()).isEmpty();
    // There is no such program here, but any other would be another Python.
    assertThat(found.executable()).isEqualTo(home.resolve("bin/python3.13"));
  }

  @Test
  void aLibraryInTheHomeFolderHasItsLibffiLoadedFirst() throws IOException {
    assumeTrue(Machine.current().os() == Machine.Os.LINUX, "the name of libffi is Linux's");
    Path home = installation("home", 13);
    Path library = home.resolve(libraryName(13));
    Files.move(home.resolve("lib/" + libraryName(13)), library);
    Path ffi = Files.createFile(home.resolve("libffi.so.8"));
    Files.createFile(home.resolve("libffi.so"));

    assertThat(find(library.toString()).preload()).containsExactly(ffi);
    assertThat(find(home.toString()).preload()).containsExactly(ffi);
  }

  @Test
  void aLibraryAloneIsNotEnough() throws IOException {
    Path library = FakeLibrary.forThisMachine(folder.resolve("a/b/c/" + libraryName(13)));
    refused(library.toString()).hasMessageContaining("name its home too");
    Path home = installation("home", 12);
    assertThatThrownBy(() -> find(Named.NOTHING.withLibrary(library).withHome(home)))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("no standard library for Python 3.13");
  }

  @Test
  void aFolderWithSeveralPythonsMeansTheNewestWhole() throws IOException {
    Path home = installation("home", 12);
    installation("home", 13);
    // Without its standard library this one cannot be meant.
    FakeLibrary.forThisMachine(home.resolve("lib/" + libraryName(14)));
    assertThat(find(home.toString()).library()).isEqualTo(home.resolve("lib/" + libraryName(13)));
  }

  @Test
  void aFolderWithoutALibraryIsAskedThroughItsProgram() throws IOException {
    Path elsewhere = installation("elsewhere", 13);
    Path home = Files.createDirectories(folder.resolve("home"));
    program(home.resolve("bin/python3"), answer("3.13.5 (main)", elsewhere, "1"));
    assertThat(find(home.toString()).library())
        .isEqualTo(elsewhere.resolve("lib/" + libraryName(13)));
  }

  @Test
  void aVirtualEnvironmentKeepsItsOwnProgram() throws IOException {
    Path home = installation("home", 13);
    Path venv = venv("venv", home, "3.13.5");
    PythonInstallation found = find(venv.toString());
    assertThat(found.executable()).isEqualTo(venv.resolve("bin/python"));
    assertThat(found.home()).isNull();
    assertThat(found.library()).isEqualTo(home.resolve("lib/" + libraryName(13)));
  }

  @Test
  void brokenVirtualEnvironmentsAreExplained() throws IOException {
    Path home = installation("home", 13);
    Path venv = venv("venv", home, "3.13.5");
    Named options =
        Named.NOTHING
            .withVenv(venv)
            .withLibrary(FakeLibrary.forThisMachine(folder.resolve(libraryName(12))));
    assertThatThrownBy(() -> find(options))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("is for Python 3.13.5")
        .hasMessageContaining("is 3.12");

    Files.delete(venv.resolve("bin/python"));
    Files.createSymbolicLink(venv.resolve("bin/python"), folder.resolve("gone/python3"));
    refused(venv.toString())
        .hasMessageContaining("symbolic link to " + folder.resolve("gone/python3"))
        .hasMessageContaining("python3 -m venv --clear");

    Files.writeString(venv.resolve("pyvenv.cfg"), "version = 3.13.5\n");
    refused(venv.toString()).hasMessageContaining("no line 'home");

    Files.delete(venv.resolve("pyvenv.cfg"));
    assertThatThrownBy(() -> find(options))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("no pyvenv.cfg");
  }

  @Test
  void aVersionIsLookedUpOnThePath() throws IOException {
    Path home = installation("home", 13);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    program(bin.resolve("python3"), answer("3.11.2 (main)", home, "1"));
    program(bin.resolve("python3.13"), answer("3.13.5 (main)", home, "1"));
    environment.put("PATH", bin.toString());

    assertThat(find("3.13").executable()).isEqualTo(bin.resolve("python3.13"));
    assertThat(find("3.13.5").executable()).isEqualTo(bin.resolve("python3.13"));
    assertThat(find("python3.13").executable()).isEqualTo(bin.resolve("python3.13"));
    refused("3.13.4").hasMessageContaining("there is no Python 3.13.4 on the PATH");
    refused("3.13t").hasMessageContaining("python3.13 (3.13.5)");
    refused("3.14").hasMessageContaining("python3 (3.11.2)");
    refused("python3.14").hasMessageContaining("no 'python3.14' on the PATH");
  }

  @Test
  void pathsThatLeadNowhereAreExplained() throws IOException {
    refused(folder.resolve("gone").toString()).hasMessageContaining("gone does not exist");
    Path file = Files.writeString(folder.resolve("python3"), "#!/bin/sh\n");
    refused(file.toString()).hasMessageContaining("not a program that can be run");
  }

  @Test
  void aStaticBuildIsToldHowToBecomeAShared() throws IOException {
    Path home = Files.createDirectories(folder.resolve("home/lib"));
    Path python = program(folder.resolve("python3"), answer("3.13.5 (main)", home, "0"));
    refused(python.toString())
        .hasMessageContaining("static build")
        .hasMessageContaining("--enable-shared")
        .hasMessageContaining("PYTHON_CONFIGURE_OPTS")
        .hasMessageContaining("libpython3.X");
  }

  @Test
  void aStaticProgramWithALibraryBesideItIsFine() throws IOException {
    Path home = installation("home", 13);
    Path python = program(folder.resolve("python3"), answer("3.13.5 (main)", home, "0"));
    assertThat(find(python.toString()).library()).isEqualTo(home.resolve("lib/" + libraryName(13)));
  }

  @Test
  void aSharedBuildWhoseLibraryIsGoneSaysWhereItShouldBe() throws IOException {
    Path home = Files.createDirectories(folder.resolve("home"));
    Path python = program(folder.resolve("python3"), answer("3.13.5 (main)", home, "1"));
    refused(python.toString())
        .hasMessageContaining(libraryName(13) + " in " + home.resolve("lib"))
        .hasMessageContaining("package libpython3.13");
  }

  @Test
  void aProgramWhoseLibraryIsForAnotherProcessorIsRefused() throws IOException {
    assumeTrue(Machine.current().os() == Machine.Os.LINUX, "the library is an ELF file");
    Path home = Files.createDirectories(folder.resolve("home"));
    FakeLibrary.elf(home.resolve("lib/" + libraryName(13)), FakeLibrary.ELF_S390X, true);
    Path python = program(folder.resolve("python3"), answer("3.13.5 (main)", home, "1"));
    refused(python.toString()).hasMessageContaining("s390x");
  }

  @Test
  void tooOldIsRefusedTooNewIsTried() throws IOException {
    Path home = installation("home", 11);
    installation("home", 19);
    Path python = program(folder.resolve("python3"), answer("3.11.2 (main)", home, "1"));
    refused(python.toString()).hasMessageContaining("3.11").hasMessageContaining("too old");
    refused(home.resolve("lib/" + libraryName(11)).toString()).hasMessageContaining("too old");
    Path newer = program(folder.resolve("python9"), answer("3.19.0 (main)", home, "1"));
    assertThat(find(newer.toString()).library()).isEqualTo(home.resolve("lib/" + libraryName(19)));
  }

  @Test
  void freeThreadedBuildsHaveTheirOwnLibrary() throws IOException {
    Path home = installation("home", 13);
    Path library = FakeLibrary.forThisMachine(home.resolve("lib/" + libraryName("13t")));
    Path python =
        program(
            folder.resolve("python3t"),
            answer("3.13.5 experimental free-threading build (main)", home, "0"));
    assertThat(find(python.toString()).library()).isEqualTo(library);
  }

  @Test
  void oddAnswersAreQuoted() throws IOException {
    refused(program(folder.resolve("a"), "echo 'Unknown option: -I' >&2; exit 2").toString())
        .hasMessageContaining("status 2")
        .hasMessageContaining("Unknown option: -I");
    refused(program(folder.resolve("b"), "exit 0").toString()).hasMessageContaining("said nothing");
    refused(program(folder.resolve("c"), say("version", "four")).toString())
        .hasMessageContaining("'four'");
    refused(
            program(
                    folder.resolve("d"),
                    say("implementation", "pypy") + say("version", "3.12.1 (x)"))
                .toString())
        .hasMessageContaining("is pypy")
        .hasMessageContaining("only CPython");
    refused(program(folder.resolve("e"), "head -c 5000000 /dev/zero; exit 1").toString())
        .hasMessageContaining("status 1");
    refused(
            program(
                    folder.resolve("f"),
                    say("version", "3.13.1") + "echo vivarium-probe LIBDIR xyz")
                .toString())
        .hasMessageContaining("static build");
  }

  @Test
  void aProgramGetsNothingToReadAndLimitedTime() throws IOException {
    Path reads = program(folder.resolve("reads"), "read line && exit 3; exit 4");
    refused(reads.toString()).hasMessageContaining("status 4");
    Path sleeps = program(folder.resolve("sleeps"), "sleep 60 & sleep 60");
    long start = System.nanoTime();
    assertThatThrownBy(() -> ProgramReport.ask(sleeps, Duration.ofMillis(300)))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("did not answer");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void thePython3OfThisMachineIsFoundOrRefusedWithAReason() {
    assumeTrue(
        Arrays.stream(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, "python3"))),
        "there is no python3 on the PATH");
    environment.put("PATH", System.getenv("PATH"));
    try {
      PythonInstallation found = find("python3");
      assertThat(found.library()).isRegularFile();
      assertThat(found.executable()).isExecutable();
    } catch (PythonStartException e) {
      assertThat(e).message().containsPattern("too old|static build|not there|package");
    }
  }

  @Test
  void realAnswersAreRead() {
    String output =
        """
        some warning
        vivarium-probe version 332e31332e35202878290a
        vivarium-probe LIBDIR 2f782079
        """;
    ProgramReport report = ProgramReport.read(folder, 0, output.replace("0a\n", "\n"));
    assertThat(report.version()).isEqualTo(new PythonVersion(3, 13, 5, "final", 0, false));
    assertThat(report.value("LIBDIR")).isEqualTo("/x y");
    assertThat(report.value("LIBPL")).isEmpty();
  }

  /** A folder with a library and as much of a standard library as discovery looks at. */
  private Path installation(String name, int minor) throws IOException {
    Path home = folder.resolve(name);
    Path standardLibrary = Files.createDirectories(home.resolve("lib/python3." + minor));
    Files.writeString(standardLibrary.resolve("os.py"), "# fake\n");
    FakeLibrary.forThisMachine(home.resolve("lib/" + libraryName(minor)));
    return home;
  }

  private Path venv(String name, Path home, String version) throws IOException {
    Path venv = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        venv.resolve("pyvenv.cfg"), "home = " + home + "/bin\nversion = " + version + "\n");
    program(venv.resolve("bin/python"), answer(version + " (main)", home, "1"));
    return venv;
  }

  private static PythonProvider providing(Path home) {
    return () ->
        new PythonInstallation(
            home.resolve("lib/" + libraryName(14)), home, null, "a provider of the test");
  }

  private static String libraryName(int minor) {
    return libraryName(Integer.toString(minor));
  }

  private static String libraryName(String version) {
    return "libpython3."
        + version
        + (Machine.current().os() == Machine.Os.MACOS ? ".dylib" : ".so.1.0");
  }

  /** A script that says what a python of that version in that folder says. */
  private static String answer(String version, Path home, String shared) {
    int minor = PythonVersion.parse(version).minor();
    return say("implementation", "cpython")
        + say("version", version)
        + say("executable", null)
        + say("base_prefix", home.toString())
        + say("LIBDIR", home.resolve("lib").toString())
        + say("INSTSONAME", shared.equals("1") ? libraryName(minor) : "libpython3." + minor + ".a")
        + say("Py_ENABLE_SHARED", shared);
  }

  private static String say(String key, @Nullable String value) {
    // Null stands for the script's own path, which only the script knows.
    return value == null
        ? "echo vivarium-probe " + key + " $(printf %s \"$0\" | od -An -v -tx1 | tr -d ' \\n')\n"
        : "echo vivarium-probe "
            + key
            + " "
            + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8))
            + "\n";
  }

  private static Path program(Path file, String script) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, "#!/bin/sh\n" + script);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + " cannot be made executable");
    }
    return file;
  }
}
