package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.Python;
import dev.vivarium.PythonEnvironment;
import dev.vivarium.PythonOptions;
import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Environment folders; how they are made, the module cli tests. */
@ExtendWith(PythonUnderTest.class)
final class EnvironmentFolderTest {

  @TempDir private Path folder;
  private PythonVersion version;

  @BeforeEach
  void write() throws IOException {
    version = PythonUnderTest.python().version();
    Files.writeString(folder.resolve(PythonEnvironment.REQUIREMENTS), "shop\n");
    PythonEnvironment environment = PythonEnvironment.of(folder);
    Path packages = Files.createDirectories(environment.packages(version));
    Files.writeString(packages.resolve("shop.py"), "NAME = 'of the environment'\n");
    Files.writeString(packages.resolve("more.pth"), "more\n");
    Files.writeString(
        Files.createDirectory(packages.resolve("more")).resolve("deep.py"), "NAME = 'deep'\n");
    Files.writeString(packages.resolve(PythonEnvironment.INSTALLED), "shop==1\n");
    Files.writeString(environment.lock(version), "shop==1\n");
  }

  private String run(Class<? extends Scenario> scenario) {
    return ChildJvm.start(Await.LIMIT, List.of(), scenario, folder.toString())
        .await()
        .expect(0)
        .out();
  }

  private static PythonOptions options(String folder) {
    return PythonUnderTest.options().environment(Path.of(folder)).build();
  }

  @Test
  @Tag("K5")
  @DisplayName(
      "Packages of an environment folder are imported in main and in every kind of interpreter,"
          + " before those of Python's own `site-packages`, with what `.pth` files add; one for"
          + " another CPython, or not as its lock file says, is refused before Python starts.")
  void imports() {
    assertThat(run(Imports.class).lines())
        .containsExactly(
            "of the environment deep True",
            "of the environment deep True",
            "of the environment deep True");
  }

  @Test
  @Tag("K5")
  @DisplayName("What does not fit is refused, and Python can still be started without it")
  void refuses() throws IOException {
    PythonEnvironment environment = PythonEnvironment.of(folder);
    Files.writeString(environment.lock(version), "shop==2\n");
    assertThat(run(Refuses.class))
        .contains("does not have what " + environment.lock(version).getFileName() + " says")
        .endsWith("started\n");
    Files.delete(environment.packages(version).resolve(PythonEnvironment.INSTALLED));
    assertThat(run(Refuses.class)).contains("is not whole").endsWith("started\n");
    Files.move(environment.packages(version), folder.resolve("cpython-3.11-linux-x86_64"));
    assertThat(run(Refuses.class))
        .contains("has no packages for Python " + version, "'vivarium env sync " + folder + "'")
        .endsWith("started\n");
  }

  @Test
  @Tag("K5")
  @DisplayName("Children of multiprocessing that are JVMs are started with it")
  void children() throws IOException {
    Path packages = PythonEnvironment.of(folder).packages(version);
    Files.writeString(packages.resolve("marks.pth"), "import marks\n");
    Files.writeString(packages.resolve("marks.py"), "import sys\nsys.marked = 'at the start'\n");
    Files.writeString(
        packages.resolve("works.py"),
        """
        import sys
        from java.util import ArrayList
        import shop

        def work(x):
            return ArrayList([x]).size(), shop.NAME, sys.marked
        """);
    assertThat(run(Children.class)).isEqualTo("[(1, 'of the environment', 'at the start')]\n");
  }

  /** Prints what a child finds. */
  public static final class Children implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start(options(arguments[0]))) {
        python
            .main()
            .exec(
                """
                import multiprocessing, works
                with multiprocessing.get_context('spawn').Pool(1) as pool:
                    print(pool.map(works.work, [1]), flush=True)
                """);
      }
    }
  }

  /** Prints what each kind of interpreter finds. */
  public static final class Imports implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start(options(arguments[0]));
          Interpreter own = python.newInterpreter();
          Interpreter shared = python.newInterpreter(InterpreterOptions.shared())) {
        for (Interpreter one : List.of(python.main(), own, shared)) {
          one.exec(
              """
              import os, sys
              import shop, deep
              at = [os.path.basename(path) for path in sys.path]
              own = [i for i, name in enumerate(at) if name in ("site-packages", "dist-packages")]
              mine = sys.path.index(os.path.dirname(shop.__file__))
              first = mine < min(own, default=len(at)) and mine > at.index("lib-dynload")
              print(shop.NAME, deep.NAME, first, flush=True)
              """);
        }
      }
    }
  }

  /** Prints why Python does not start, and starts it. */
  public static final class Refuses implements Scenario {
    @Override
    public void run(String... arguments) {
      assertThatThrownBy(() -> PythonUnderTest.start(options(arguments[0])))
          .isInstanceOf(PythonStartException.class)
          .satisfies(thrown -> System.out.println(thrown.getMessage()));
      try (Python python = PythonUnderTest.start()) {
        assertThat(python.main().eval("1 + 1").asInt()).isEqualTo(2);
        System.out.println("started");
      }
    }
  }
}
