package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin as the guide has it, in a project with Python code, packages and tests. */
@DisplayName("vivarium-maven-plugin")
class MavenPluginTest {

  private static final Path PACKAGES = Path.of("..", "docs", "guide", "packages.md");

  private static final String HELLO =
      """
      package hello;

      import dev.vivarium.Python;

      public class Hello {
        public static int rate() {
          return 3;
        }

        public static void main(String[] args) {
          try (Python python = Python.start()) {
            System.out.println(python.main().eval("__import__('shop').total(1, 2)").asString());
          }
        }
      }
      """;

  private static final String[] TESTS = {
    "import unittest",
    "import shop",
    "from hello import Hello",
    "class ShopTest(unittest.TestCase):",
    "    def test_total(self):",
    "        self.assertEqual(shop.total(1), f'{Hello.rate()} by report 1')",
    "    def test_parts(self):",
    "        for i in range(2):",
    "            with self.subTest(i=i):",
    "                self.assertEqual(shop.total(i), f'{3 * i} by report 1')",
    "    @unittest.skip('not now')",
    "    def test_later(self):",
    "        pass"
  };

  @TempDir Path folder;
  private Projects projects;
  private Path project;

  @BeforeEach
  void create() throws Exception {
    projects = new Projects(folder);
    wheel("report", "1", Map.of("report.py", "NAME = 'report 1'\n", "report.pth", "report\n"));
    wheel("report", "2", Map.of("report.py", "NAME = 'report 2'\n"));
    wheel("heavy", "1", Map.of("heavy/__init__.py", "", "heavy.libs/libheavy.so.3", ""));
    project = project("first");
  }

  private Path project(String name) throws Exception {
    Path made = projects.project(name, Projects.code(PACKAGES, "xml").getLast(), HELLO);
    Path pom = made.resolve("pom.xml");
    Files.writeString(
        pom,
        Files.readString(pom)
            .replace(
                "<properties>",
                "<properties><project.build.outputTimestamp>2026-01-01T00:00:00Z"
                    + "</project.build.outputTimestamp>"));
    write(
        made,
        "src/main/python/shop/__init__.py",
        "import report",
        "from importlib.resources import files",
        "RATE = int((files('shop') / 'rate.txt').read_text())",
        "def total(*items):",
        "    return f'{sum(items) * RATE} by {report.NAME}'");
    write(made, "src/main/python/shop/rate.txt", "3");
    write(made, "src/test/python/test_shop.py", TESTS);
    write(made, "python-env/requirements.txt", "report<2");
    return made;
  }

  private static void write(Path project, String name, String... lines) throws IOException {
    Path file = project.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, List.of(lines));
  }

  private void wheel(String name, String version, Map<String, String> files) throws IOException {
    String info = name + "-" + version + ".dist-info/";
    Map<String, String> all = new TreeMap<>(files);
    all.put(
        info + "METADATA",
        "Metadata-Version: 2.1\nName: %s\nVersion: %s\n".formatted(name, version));
    all.put(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    all.put(info + "RECORD", String.join(",,\n", all.keySet()) + ",,\n" + info + "RECORD,,\n");
    Path wheels = Files.createDirectories(folder.resolve("wheels"));
    Path wheel = wheels.resolve(name + "-" + version + "-py3-none-any.whl");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
      for (Map.Entry<String, String> file : all.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private Projects.Ended build(Path in, String... arguments) throws Exception {
    return projects.maven(
        in,
        Stream.concat(
                Stream.of("-Dvivarium.wheels=" + folder.resolve("wheels")), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private static Path jar(Path of) {
    return of.resolve("target/hello-1.jar");
  }

  @Test
  @Way("a jar with Python code and locked packages inside (vivarium-maven-plugin)")
  @DisplayName("packages code and locked packages, tests them, and the jar runs")
  void packagesAndTests() throws Exception {
    build(project, "package", "dependency:build-classpath", "-Dmdep.outputFile=class-path.txt")
        .well();
    String all = jar(project) + ":" + Files.readString(project.resolve("class-path.txt")).strip();
    List<String> command =
        List.of(
            Projects.tool("java"), "--enable-native-access=ALL-UNNAMED", "-cp", all, "hello.Hello");
    assertThat(Projects.run(project, command).well()).isEqualTo("9 by report 1\n");

    try (ZipFile jar = new ZipFile(jar(project).toFile())) {
      assertThat(jar.stream().map(ZipEntry::getName))
          .filteredOn(name -> name.startsWith("META-INF/python/") && !name.endsWith("/"))
          .containsExactlyInAnyOrder(
              "META-INF/python/report.py",
              "META-INF/python/report-1.dist-info/METADATA",
              "META-INF/python/report-1.dist-info/WHEEL",
              "META-INF/python/shop/__init__.py",
              "META-INF/python/shop/rate.txt");
    }
    assertThat(project.resolve("target/vivarium/reports/TEST-unittest.xml"))
        .content()
        .contains("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"1\"")
        .contains("classname=\"test_shop.ShopTest\" name=\"test_total\"")
        .contains("<skipped>not now</skipped>");

    // Another folder, with the lock file of the first, and a newer report in the index
    Path second = project("second");
    write(project, "python-env/requirements.txt", "report");
    write(second, "python-env/requirements.txt", "report");
    assertThat(build(project, "package", "-DskipTests").printed())
        .contains("the requirements have changed", "vivarium-maven-plugin:lock");
    build(project, "dev.vivarium:vivarium-maven-plugin:" + Staging.VERSION + ":lock").well();
    build(project, "package", "-DskipTests").well();
    try (Stream<Path> files = Files.list(project.resolve("python-env"))) {
      for (Path lock : files.filter(file -> file.toString().endsWith(".lock")).toList()) {
        if (!lock.endsWith(".lock")) {
          Files.copy(lock, second.resolve("python-env").resolve(lock.getFileName()));
        }
      }
    }
    build(second, "package", "-DskipTests").well();
    assertThat(Files.mismatch(jar(project), jar(second))).isEqualTo(-1);
    try (ZipFile jar = new ZipFile(jar(second).toFile())) { // the older one is gone
      assertThat(jar.getEntry("META-INF/python/report-1.dist-info/METADATA")).isNull();
      assertThat(jar.getEntry("META-INF/python/report-2.dist-info/METADATA")).isNotNull();
    }
  }

  @Test
  @DisplayName(
      "fails where a test fails, code does not compile, or a package cannot work from a jar")
  void failures() throws Exception {
    write(
        project,
        "src/test/python/test_shop.py",
        "import unittest",
        "class ShopTest(unittest.TestCase):",
        "    def test_fails(self):",
        "        self.assertEqual(1, 2)");
    Projects.Ended failed = build(project, "test");
    assertThat(failed.status()).isNotZero();
    assertThat(failed.printed()).contains("AssertionError: 1 != 2", "Python tests have failed");
    assertThat(project.resolve("target/vivarium/reports/TEST-unittest.xml"))
        .content()
        .contains("tests=\"1\" failures=\"1\"", "<failure>Traceback", "1 != 2");
    write(project, "src/test/python/test_shop.py", "");
    assertThat(build(project, "test").printed()).contains("there are no tests in ");

    write(project, "src/main/python/shop/broken.py", "def f(:");
    Projects.Ended broken = build(project, "compile");
    assertThat(broken.status()).isNotZero();
    assertThat(broken.printed()).contains("broken.py\", line 1", "SyntaxError", "does not compile");
    Files.delete(project.resolve("src/main/python/shop/broken.py"));

    write(project, "src/main/python/report.py", "NAME = 'mine'");
    assertThat(build(project, "compile").printed()).contains("report.py comes from elsewhere too");
    Files.delete(project.resolve("src/main/python/report.py"));

    write(project, "python-env/requirements.txt", "heavy");
    build(project, "dev.vivarium:vivarium-maven-plugin:" + Staging.VERSION + ":lock").well();
    Projects.Ended heavy = build(project, "compile");
    assertThat(heavy.status()).isNotZero();
    assertThat(heavy.printed()).contains("heavy.libs/libheavy.so.3 is a library that");
  }

  @Test
  @DisplayName("each execution has its own files, and what has no source any more is gone")
  void executions() throws Exception {
    String byHand = "dev.vivarium:vivarium-maven-plugin:" + Staging.VERSION + ":package-python";
    build(project, "compile").well();
    write(project, "src/main/python/shop/rate.txt", "4");
    build(project, byHand).well();
    Path pom = project.resolve("pom.xml");
    Files.writeString(
        pom,
        Files.readString(pom)
            .replace(
                "<goal>test</goal>",
                """
                  </goals>
                </execution>
                <execution>
                  <id>more</id>
                  <configuration>
                    <sources>${project.basedir}/src/more/python</sources>
                    <environment>${project.basedir}/more-env</environment>
                  </configuration>
                  <goals>
                    <goal>package-python</goal>
                    <goal>resolve</goal>
                """));
    write(project, "src/more/python/cart.py", "NAME = 'cart'");
    write(project, "more-env/requirements.txt", "extra");
    wheel("extra", "1", Map.of("extra.py", "NAME = 'extra 1'\n"));
    build(project, "compile").well();
    build(project, "compile").well();
    Path modules = project.resolve("target/classes/META-INF/python");
    for (String name : List.of("shop/__init__.py", "report.py", "cart.py", "extra.py")) {
      assertThat(modules.resolve(name)).exists();
    }
    assertThat(modules.resolve("shop/rate.txt")).hasContent("4");
    Files.writeString(pom, Files.readString(pom).replace("<id>more</id>", "<id>renamed</id>"));
    Files.move(
        project.resolve("src/more/python/cart.py"), project.resolve("src/more/python/basket.py"));
    build(project, "compile").well();
    assertThat(modules.resolve("cart.py")).doesNotExist();
    for (String name : List.of("shop/__init__.py", "report.py", "basket.py", "extra.py")) {
      assertThat(modules.resolve(name)).exists();
    }
    Files.delete(project.resolve("src/more/python/basket.py"));
    Files.delete(project.resolve("src/more/python"));
    Files.delete(project.resolve("more-env/requirements.txt"));
    build(project, "compile").well();
    assertThat(modules.resolve("basket.py")).doesNotExist();
    assertThat(modules.resolve("extra.py")).doesNotExist();
    assertThat(modules.resolve("report.py")).exists();
    assertThat(modules.resolve("shop/__init__.py")).exists();
  }

  @Test
  @DisplayName("runs pytest where it is installed")
  void pytest() throws Exception {
    String pytest = System.getProperty("vivarium.pytest", "none");
    assumeThat(pytest)
        .as("skipped: pytest is not there; ./verify prepares it")
        .isNotEqualTo("none");
    Path packages = Path.of(pytest);
    Map<String, String> files = new TreeMap<>();
    // Where it lies it has no wheels: the folder is named to Python by a module that is one
    files.put("from_there.py", "import sys\nsys.path.append(" + quoted(packages) + ")\n");
    files.put("from_there.pth", "import from_there\n");
    wheel("from_there", "1", files);
    write(project, "python-env/requirements.txt", "report<2", "from_there");
    write(
        project,
        "src/test/python/test_shop.py",
        "import pytest, shop",
        "@pytest.mark.parametrize('i', range(3))",
        "def test_total(i):",
        "    assert shop.total(i) == f'{3 * i} by report 1'");
    build(project, "test").well();
    assertThat(project.resolve("target/vivarium/reports/TEST-pytest.xml"))
        .content()
        .contains("tests=\"3\"", "failures=\"0\"", "test_total[2]");
    write(project, "src/test/python/test_shop.py", "def test_fails():", "    assert 1 == 2");
    assertThat(build(project, "test").printed())
        .contains("assert 1 == 2", "Python tests have failed, with status 1");
  }

  private static String quoted(Path path) {
    return "'" + path.toString().replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
