package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonOptionsTest {

  @TempDir Path folder;

  @Test
  void textSaysWhatDiffersFromTheDefaults() {
    assertThat(PythonOptions.defaults()).hasToString("PythonOptions[]");
    PythonOptions options =
        PythonOptions.builder()
            .home(folder)
            .site(false)
            .exitTimeout(Duration.ofSeconds(1))
            .javaClasses(JavaClasses.none())
            .build();
    assertThat(options)
        .hasToString(
            "PythonOptions[named=[home="
                + folder
                + "], site=false, exitTimeout=PT1S, javaClasses=JavaClasses[none]]");
    assertThat(options.toBuilder().build()).hasToString(options.toString());
    assertThat(InterpreterOptions.isolated())
        .hasToString("InterpreterOptions[isolated, JavaClasses[all]]");
    assertThat(InterpreterOptions.shared())
        .hasToString("InterpreterOptions[shared, daemon threads, JavaClasses[all]]");
  }

  @Test
  void aBuilderGoesOnWithoutChangingWhatItHasBuilt() {
    PythonOptions.Builder builder = PythonOptions.builder().addPath(folder);
    PythonOptions built = builder.build();
    builder.addPath(folder.resolve("more")).site(false).argv(java.util.List.of("x"));
    assertThat(built.paths()).containsExactly(folder.toAbsolutePath());
    assertThat(built.site()).isTrue();
    assertThat(built.argv()).containsExactly("");
    assertThat(built.toBuilder().site(false).build().site()).isFalse();
    assertThat(built.site()).isTrue();
  }

  @Test
  void defaultsNameNoPython() {
    PythonOptions options = PythonOptions.defaults();
    assertThat(options.library()).isNull();
    assertThat(options.home()).isNull();
    assertThat(options.venv()).isNull();
    assertThat(options.executable()).isNull();
    assertThat(options.python()).isNull();
    assertThat(options.environment()).isNull();
    assertThat(options.paths()).isEmpty();
    assertThat(options.argv()).containsExactly("");
    assertThat(options.isolated()).isTrue();
    assertThat(options.useEnvironment()).isFalse();
    assertThat(options.site()).isTrue();
    assertThat(options.exitTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.hooksTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(options.closeAtExit()).isTrue();
    assertThat(options.virtualThreadWorkers()).isEqualTo(64);
    assertThat(options.mostVirtualThreadWorkers())
        .isEqualTo((int) Math.min(Runtime.getRuntime().maxMemory() >> 18, 32_767));
    assertThat(options.traceGuards()).isFalse();
    assertThat(options.busyLogInterval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.allowFork()).isFalse();
    assertThat(options.childMain()).isNull();
    assertThat(options.childArguments()).isEmpty();
    assertThat(options.allowProcessExit()).isFalse();
    assertThat(options.allowSignalHandlers()).isFalse();
    assertThat(options.stdout()).isNull();
    assertThat(options.stderr()).isNull();
    assertThat(options.stdin()).isNull();
  }

  @Test
  void keepsWhatWasSetAlsoThroughToBuilder() throws IOException {
    Path library = Files.createFile(folder.resolve("libpython3.14.so.1.0"));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    StringReader in = new StringReader("");
    PythonOptions options =
        PythonOptions.builder()
            .library(library)
            .home(folder)
            .addPath(Path.of("a"), Path.of("b.zip"))
            .argv(List.of("prog", "-x"))
            .isolated(false)
            .useEnvironment(true)
            .site(false)
            .exitTimeout(Duration.ZERO)
            .hooksTimeout(Duration.ofMillis(7))
            .closeAtExit(false)
            .virtualThreadWorkers(3, 40)
            .traceGuards(true)
            .busyLogInterval(Duration.ofMillis(20))
            .allowFork(true)
            .childMain(String.class, "run", "-x")
            .allowProcessExit(true)
            .allowSignalHandlers(true)
            .stdout(out)
            .stderr(err)
            .stdin(in)
            .build();
    PythonOptions again = options.toBuilder().addPath(Path.of("c")).build();

    assertThat(options.paths())
        .containsExactly(Path.of("a").toAbsolutePath(), Path.of("b.zip").toAbsolutePath());
    assertThat(again.paths()).hasSize(3);
    assertThat(again.library()).isEqualTo(library);
    assertThat(again.home()).isEqualTo(folder);
    assertThat(again.argv()).containsExactly("prog", "-x");
    assertThat(again.isolated()).isFalse();
    assertThat(again.useEnvironment()).isTrue();
    assertThat(again.site()).isFalse();
    assertThat(again.exitTimeout()).isZero();
    assertThat(again.hooksTimeout()).isEqualTo(Duration.ofMillis(7));
    assertThat(again.closeAtExit()).isFalse();
    assertThat(again.virtualThreadWorkers()).isEqualTo(3);
    assertThat(again.mostVirtualThreadWorkers()).isEqualTo(40);
    assertThat(again.traceGuards()).isTrue();
    assertThat(again.busyLogInterval()).isEqualTo(Duration.ofMillis(20));
    assertThat(again.allowFork()).isTrue();
    assertThat(again.childMain()).isEqualTo(String.class);
    assertThat(again.childArguments()).containsExactly("run", "-x");
    assertThat(again.allowProcessExit()).isTrue();
    assertThat(again.allowSignalHandlers()).isTrue();
    assertThat(again.stdout()).isSameAs(out);
    assertThat(again.stderr()).isSameAs(err);
    assertThat(again.stdin()).isSameAs(in);
  }

  @Test
  void anEnvironmentFolderAndAVirtualEnvironmentExcludeEachOther() throws IOException {
    Files.createFile(folder.resolve("requirements.txt"));
    PythonOptions.Builder both = PythonOptions.builder().environment(folder);
    assertThat(both.build().environment()).hasToString(folder.toString());
    assertThat(both.build()).hasToString("PythonOptions[environment=" + folder + "]");
    Files.createFile(folder.resolve("pyvenv.cfg"));
    both.venv(folder);
    assertThatIllegalArgumentException()
        .isThrownBy(both::build)
        .withMessage("venv and environment both say where packages are; leave out one of them");
  }

  @Test
  void aBuilderUsedAgainDoesNotChangeWhatItBuilt() {
    PythonOptions.Builder builder = PythonOptions.builder().addPath(Path.of("a"));
    PythonOptions first = builder.build();
    builder.addPath(Path.of("b"));
    assertThat(first.paths()).hasSize(1);
  }

  @Test
  void refusesPathsThatLeadNowhere() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path missing = folder.resolve("missing");
    Path broken = Files.createSymbolicLink(folder.resolve("broken"), missing);
    PythonOptions.Builder b = PythonOptions.builder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.library(missing))
        .withMessage("library: %s does not exist", missing);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.library(folder))
        .withMessageContaining("is a folder, not a file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.executable(broken))
        .withMessageContaining("symbolic link to something that does not exist");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.home(file))
        .withMessageContaining("is a file, not a folder");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.home(missing))
        .withMessageContaining("does not exist");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.venv(folder))
        .withMessageContaining("no pyvenv.cfg");
  }

  @Test
  void refusesValuesThatPythonCannotTake() {
    PythonOptions.Builder b = PythonOptions.builder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.argv(List.of("a", "b\0c")))
        .withMessageContaining("NUL");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.argv(List.of()))
        .withMessageContaining("empty string");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.python("3.\0"))
        .withMessageContaining("NUL");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.python("  "))
        .withMessageContaining("such as 3.13");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.exitTimeout(Duration.ofNanos(-1)))
        .withMessageContaining("negative");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.busyLogInterval(Duration.ZERO))
        .withMessageContaining("positive");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.virtualThreadWorkers(0))
        .withMessageContaining("from 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.virtualThreadWorkers(1 << 20))
        .withMessageContaining("1048576");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.virtualThreadWorkers(8, 7))
        .withMessageContaining("7 is not from 8");
  }

  @Test
  void refusesTwoPythonsAtOnce() throws IOException {
    Path file = Files.createFile(folder.resolve("python"));
    Path venv = Files.createDirectory(folder.resolve("venv"));
    Files.createFile(venv.resolve("pyvenv.cfg"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonOptions.builder().python("3.13").home(folder).build())
        .withMessageContaining("leave out");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonOptions.builder().venv(venv).home(folder).build())
        .withMessageContaining("leave out home");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PythonOptions.builder().venv(venv).executable(file).build())
        .withMessageContaining("leave out executable");
  }
}
