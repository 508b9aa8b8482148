package dev.vivarium.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code vivarium env} on the embedded CPython, whose pip takes wheels from a folder. */
class EnvCommandTest {

  @TempDir Path folder;
  private Cli cli;
  private Wheels wheels;
  private Path environment;

  @BeforeEach
  void start() throws IOException {
    cli = new Cli(folder);
    wheels = Wheels.some(folder.resolve("wheels"));
    environment = folder.resolve("app-env");
  }

  private Cli.Ended env(String command, String... more) throws Exception {
    List<String> words = new ArrayList<>(List.of("env", command, "app-env"));
    words.addAll(List.of(more));
    words.addAll(wheels.arguments());
    return cli.run(words.toArray(String[]::new));
  }

  private void works(String command, String... more) throws Exception {
    Cli.Ended ended = env(command, more);
    assertThat(ended.status()).describedAs(ended.err()).isZero();
  }

  private List<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Path tagged(String ending) throws IOException {
    try (Stream<Path> files = Files.list(environment)) {
      return files
          .filter(file -> file.getFileName().toString().matches("cpython-3.14-[^.]*" + ending))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void createInstallsLocksAndListsWhatIsAskedFor() throws Exception {
    Cli.Ended created = env("create", "report", "Table<2");
    assertThat(created.status()).describedAs(created.err()).isZero();
    assertThat(created.out().lines())
        .singleElement()
        .asString()
        .contains("app-env has 2 packages for Python 3.14");
    assertThat(tagged(".lock"))
        .content()
        .containsPattern("report==1.0 \\\\\n    --hash=sha256:[0-9a-f]{64}\n    # via requirements")
        .containsPattern("table==1.0 \\\\\n    --hash=sha256:[0-9a-f]{64}\n    # via requirements");
    assertThat(cli.run("env", "list", "app-env").lines())
        .containsExactly("report  1.0  requirements.txt", "table   1.0  requirements.txt, report");
    Cli.Ended ran =
        cli.run("run", "--environment", "app-env", "-c", "import report; print(report.TEXT)");
    assertThat(ran.out()).describedAs(ran.err()).isEqualTo("table 1\n");
    assertThat(names(folder)).contains("app-env").noneMatch(name -> name.startsWith("."));
    assertThat(names(environment))
        .containsExactly(
            ".gitignore",
            tagged("").getFileName().toString(),
            tagged(".lock").getFileName().toString(),
            "requirements.txt");
  }

  @Test
  void anEmptyFolderIsFilledAndStaysTheFolderThatItIs() throws Exception {
    Path real = Files.createDirectory(folder.resolve("volume"));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx-----x"));
    Files.createSymbolicLink(environment, real);
    Object key = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
    assertThat(env("create", "absent-from-everywhere").status()).isNotZero();
    assertThat(names(real)).isSubsetOf(".lock");
    Cli.Ended missing = env("create", "-r", "no-such-file.txt");
    assertThat(missing.err()).contains("cannot read 'no-such-file.txt'");
    assertThat(names(real)).isSubsetOf(".lock");
    try (FileChannel channel =
            FileChannel.open(
                real.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      assertThat(env("create", "report").err()).contains("another vivarium env is changing");
    }
    works("create", "report");
    assertThat(Files.isSymbolicLink(environment)).isTrue();
    assertThat(Files.readAttributes(real, BasicFileAttributes.class).fileKey()).isEqualTo(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rwx-----x");
    Cli.Ended ran =
        cli.run("run", "--environment", "app-env", "-c", "import report; print(report.TEXT)");
    assertThat(ran.out()).describedAs(ran.err()).isEqualTo("table 2\n");
    assertThat(env("create").err()).contains("exists already");
    assertThat(names(folder)).noneMatch(name -> name.startsWith("."));
  }

  @Test
  void addKeepsWhatIsLockedWhereThatFits() throws Exception {
    works("create", "report", "table==1.0");
    cli.write("app-env/requirements.txt", "report", "# the bound was for the lock");
    wheels.add("other", "1.0", "");
    works("add", "other>=1");
    assertThat(cli.run("env", "list", "app-env").lines())
        .containsExactly(
            "other   1.0  requirements.txt",
            "report  1.0  requirements.txt",
            "table   1.0  report");
    works("add", "shop>=2"); // which wants another table
    assertThat(cli.run("env", "list", "app-env").lines())
        .contains("shop    2.0  requirements.txt", "table   2.0  report, shop");
    works("add", "shop<2");
    assertThat(environment.resolve("requirements.txt"))
        .content()
        .isEqualTo("report\n# the bound was for the lock\nother>=1\nshop<2\n");
  }

  @Test
  void whatDoesNotFitEndsWithPipsMessageAndStatusAndChangesNothing() throws Exception {
    works("create", "old");
    List<String> before = names(environment);
    String requirements = Files.readString(environment.resolve("requirements.txt"));
    Cli.Ended conflict = env("add", "shop>=2");
    assertThat(conflict.status()).isEqualTo(1);
    assertThat(conflict.err())
        .contains("ResolutionImpossible", "old 1.0 depends on table<2")
        .endsWith("vivarium: pip ended with status 1; nothing has been changed\n");
    assertThat(environment.resolve("requirements.txt")).content().isEqualTo(requirements);
    assertThat(names(environment)).containsAll(before).hasSize(before.size() + 1); // .lock
    Cli.Ended absent = cli.run("env", "create", "other-env", "nowhere", "--wheels", "wheels");
    assertThat(absent.status()).isEqualTo(1);
    assertThat(absent.err()).contains("No matching distribution found for nowhere");
    assertThat(names(folder)).doesNotContain("other-env").noneMatch(name -> name.startsWith("."));
  }

  @Test
  void syncInstallsWhatTheLockSaysAndTakesAwayTheRest() throws Exception {
    works("create", "report", "shop");
    Path packages = tagged("");
    assertThat(names(packages)).contains("shop.py", "table.py");
    cli.write("app-env/requirements.txt", "table<2");
    Cli.Ended stale = env("sync");
    assertThat(stale.status()).isEqualTo(2);
    assertThat(stale.err()).contains("the requirements have changed", "vivarium env lock");
    works("lock");
    Cli.Ended unsynced = cli.run("run", "--environment", "app-env", "-c", "0");
    assertThat(unsynced.status()).isEqualTo(2);
    assertThat(unsynced.err()).contains("does not have what", "vivarium env sync");
    Files.createDirectories(environment.resolve(".making/half")); // of a process that was killed
    works("sync");
    assertThat(names(packages)).contains("table.py").doesNotContain("shop.py", "report.py");
    assertThat(names(environment)).doesNotContain(".making", ".old", ".new", ".new.lock");
    assertThat(env("sync").out()).contains("has 1 package for", "as before");
  }

  @Test
  void syncRefusesAWheelThatIsNotTheOneThatWasLocked() throws Exception {
    works("create", "shop==1.0");
    Change.delete(tagged(""));
    wheels.add("shop", "1.0", "VERSION = 'another'\n");
    Cli.Ended refused = env("sync");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains("DO NOT MATCH THE HASHES");
    assertThat(names(environment)).noneMatch(name -> name.matches("cpython-[^.]*\\.[^.]*"));
    Cli.Ended without = cli.run("run", "--environment", "app-env", "-c", "0");
    assertThat(without.status()).isEqualTo(2);
    assertThat(without.err()).contains("has no packages for Python 3.14", "vivarium env sync");
  }

  @Test
  void anotherCPythonsVersionsAreKeptWhereItHasNoLockYet() throws Exception {
    works("create", "report", "table<2");
    Path lock = tagged(".lock");
    Files.move(lock, lock.resolveSibling(lock.getFileName().toString().replace("3.14", "3.13")));
    Change.delete(tagged(""));
    wheels.add("report", "1.5", "");
    works("sync");
    assertThat(tagged(".lock")).content().contains("report==1.0", "table==1.0");
    works("lock");
    assertThat(tagged(".lock")).content().contains("report==1.5", "table==1.0");
  }

  @Test
  void syncMakesTheLockFileThatIsNotThere() throws Exception {
    works("create", "table<2");
    Files.delete(tagged("\\.lock"));

    Cli.Ended listed = cli.run("env", "list", "app-env");
    assertThat(listed.status()).isNotZero();
    assertThat(listed.err()).contains("and no cpython-3.14-").contains("vivarium env sync");

    works("sync");
    assertThat(Files.readString(tagged("\\.lock"))).contains("table==1");
  }

  @Test
  void whatProjectsSayOfOtherThingsDoesNotCount() throws Exception {
    Path project = folder.resolve("pyproject.toml");
    Files.writeString(project, "[project]\nname = 'x'\ndependencies = ['table<2']\n");
    works("create", "-r", "pyproject.toml");
    Files.writeString(
        project, "[project]\nname = 'x'\nversion = '2'\ndependencies = ['table<2']\n");
    works("sync");
    Files.writeString(project, "[project]\nname = 'x'\ndependencies = ['table']\n");
    Cli.Ended ended = env("sync");
    assertThat(ended.status()).isNotZero();
    assertThat(ended.err()).contains("the requirements have changed");
    Files.delete(project);
    assertThat(env("sync").err()).contains("which is not there");
  }

  @Test
  void requirementsMayLieInTheProjectsOwnFiles() throws Exception {
    cli.write("base.txt", "table==1.0");
    cli.write("requirements.txt", "-r base.txt");
    cli.write("pyproject.toml", "[project]", "name = 'mine'", "dependencies = ['shop<2']");
    works("create", "-r", "requirements.txt", "-r", "pyproject.toml");
    assertThat(environment.resolve("requirements.txt"))
        .content()
        .endsWith("-r ../requirements.txt\n-r ../pyproject.toml\n");
    assertThat(tagged(".lock")).content().contains("shop==1.0", "table==1.0");
    cli.write("pyproject.toml", "[project]", "name = 'mine'", "dependencies = ['shop<3']");
    assertThat(env("sync").err()).contains("the requirements have changed");
    works("lock");
    cli.write("base.txt", "table==2.0");
    assertThat(env("sync").err()).contains("the requirements have changed");
    cli.write("pyproject.toml", "[project]", "name = 'mine'", "dynamic = ['dependencies']");
    Cli.Ended dynamic = env("lock");
    assertThat(dynamic.status()).isEqualTo(2);
    assertThat(dynamic.err().lines()).singleElement().asString().contains("are dynamic");
  }

  @Test
  void refusesInOneLineWhatIsNoEnvironment() throws Exception {
    works("create");
    assertThat(env("create").err().lines()).singleElement().asString().contains("exists already");
    Cli.Ended none = cli.run("env", "sync", "wheels");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err().lines())
        .singleElement()
        .asString()
        .contains("it has no requirements.txt; 'vivarium env create wheels' makes");
    assertThat(cli.run("run", "--environment", "absent", "-c", "0").err().lines())
        .singleElement()
        .asString()
        .contains("--environment: ", "absent does not exist", "vivarium env create");
    assertThat(env("add", "-e.").status()).isEqualTo(2);
    try (FileChannel channel =
            FileChannel.open(
                environment.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      assertThat(env("lock").err()).contains("another vivarium env is changing");
    }
  }

  @Test
  void aFolderOfWheelsIsAllThereIs() throws Exception {
    Wheels others = new Wheels(folder.resolve("others"));
    others.add("elsewhere", "1.0", "");
    Path settings =
        cli.write("pip.conf", "[global]", "find-links = " + others.folder(), "no-index = true");
    Cli configured =
        cli.with("PIP_CONFIG_FILE", settings.toString())
            .with("PIP_FIND_LINKS", others.folder().toString());
    Cli.Ended bySettings = configured.run("env", "create", "by-settings", "elsewhere");
    assertThat(bySettings.status()).describedAs(bySettings.err()).isZero();
    Cli.Ended alone = configured.run("env", "create", "app-env", "elsewhere", "--wheels", "wheels");
    assertThat(alone.status()).isEqualTo(1);
    assertThat(alone.err()).contains("No matching distribution found for elsewhere");
  }

  @Test
  void aPythonWithoutPipSaysWhatToDo() throws Exception {
    Cli rooted = Cli.withPyarrow(folder); // Debian's has none
    Cli.Ended ended = rooted.run("env", "create", "app-env", "--python", "/usr/bin/python3");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines())
        .singleElement()
        .asString()
        .contains("(/usr/bin/python3) has no pip: install it there, or leave out --python");
    assertThat(environment).doesNotExist();
  }

  @Test
  void doctorNamesWhatTheEnvironmentHas() throws Exception {
    works("create", "report", "table==1.0");
    Cli.Ended ended = cli.run("doctor", "--environment", "app-env");
    assertThat(ended.out()).contains("app-env: report 1.0, table 1.0").contains("pip ");
    assertThat(ended.status()).isZero();
  }
}
