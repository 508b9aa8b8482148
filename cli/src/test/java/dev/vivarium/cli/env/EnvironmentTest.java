package dev.vivarium.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import dev.vivarium.cli.JavaRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code PythonOptions.environment} of a Java program. */
class EnvironmentTest {

  private static final String PROGRAM =
      """
      import dev.vivarium.*;
      import java.nio.file.Path;

      public class Uses {
        public static void main(String[] words) {
          PythonOptions options = PythonOptions.builder().environment(Path.of(words[0])).build();
          try (Python python = Python.start(options);
              Interpreter sub = python.newInterpreter()) {
            for (Interpreter one : new Interpreter[] {python.main(), sub}) {
              for (int i = 1; i < words.length; i++) {
                System.out.println(one.eval(words[i]).asString());
              }
            }
          } catch (PythonStartException e) {
            System.out.println(e.getMessage());
          }
        }
      }
      """;

  private static final String EXTENSION =
      "(lambda m: m.__name__ + ' ' + str(m._normal_dist_inv_cdf(0.5, 3.0, 1.0)))"
          + "(__import__('importlib').import_module('fast._statistics'))";

  @TempDir Path folder;
  private Path environment;
  private Path program;

  @BeforeEach
  void create() throws Exception {
    environment = folder.resolve("app-env");
    program = Files.writeString(folder.resolve("Uses.java"), PROGRAM);
    Wheels wheels = Wheels.some(folder.resolve("wheels"));
    Cli cli = new Cli(folder);
    // One of CPython's own extension modules, in a package
    String library =
        cli.run("run", "-c", "import _statistics; print(_statistics.__file__)").out().strip();
    wheels.add(
        "fast",
        "1.0",
        "cp314-cp314-linux_x86_64",
        Map.of(
            "fast/__init__.py",
            new byte[0],
            "fast/" + Path.of(library).getFileName(),
            Files.readAllBytes(Path.of(library)),
            "fast.pth",
            "sub\n".getBytes(StandardCharsets.UTF_8),
            "sub/json5.py",
            "NAME = 'by a .pth file'\n".getBytes(StandardCharsets.UTF_8),
            "pip/__init__.py",
            "NAME = 'before site-packages'\n".getBytes(StandardCharsets.UTF_8)));
    Cli.Ended made = cli.run("env", "create", "app-env", "report", "fast", "--wheels", "wheels");
    assertThat(made.status()).describedAs(made.err()).isZero();
  }

  @Test
  void packagesAreImportedInMainAndInOthers() throws Exception {
    JavaRun run =
        JavaRun.of(
            program,
            environment.toString(),
            "__import__('report').TEXT",
            "__import__('json5').NAME",
            "__import__('pip').NAME",
            EXTENSION);
    String once = "table 2\nby a .pth file\nbefore site-packages\nfast._statistics 3.0\n";
    assertThat(run.printed()).isEqualTo(once + once);
    assertThat(run.status()).isZero();
  }

  @Test
  void anEnvironmentMayBeMoved() throws Exception {
    Path moved = Files.move(environment, folder.resolve("moved"));
    JavaRun run = JavaRun.of(program, moved.toString(), "__import__('report').TEXT");
    assertThat(run.printed()).isEqualTo("table 2\ntable 2\n");
  }

  @Test
  void whatIsBrokenSaysWhatToDo() throws Exception {
    Path packages;
    try (var files = Files.newDirectoryStream(environment, "cpython-3.14-*[!k]")) {
      packages = files.iterator().next();
    }
    Files.delete(packages.resolve("installed.lock"));
    assertThat(JavaRun.of(program, environment.toString(), "'x'").printed())
        .contains("is not whole: it has no installed.lock: 'vivarium env sync " + environment);
    Change.delete(packages);
    assertThat(JavaRun.of(program, environment.toString(), "'x'").printed())
        .contains("has no packages for Python 3.14", "'vivarium env sync " + environment);
    JavaRun none = JavaRun.of(program, folder.toString(), "'x'");
    assertThat(none.printed())
        .contains("IllegalArgumentException: environment: ", "it has no requirements.txt");
  }

  @Test
  void childrenOfMultiprocessingHaveItToo() throws Exception {
    Cli cli = new Cli(folder);
    cli.write(
        "program.py",
        "import multiprocessing, report",
        "def text(x):",
        "    import json5",
        "    return report.TEXT + ' ' + json5.NAME",
        "if __name__ == '__main__':",
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:",
        "        print(pool.map(text, [1]))");
    Cli.Ended ended = cli.run("run", "--environment", "app-env", "program.py");
    assertThat(ended.out()).describedAs(ended.err()).isEqualTo("['table 2 by a .pth file']\n");
  }
}
