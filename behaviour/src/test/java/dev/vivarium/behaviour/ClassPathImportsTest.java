package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonOptions;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Python modules in jars and folders of the class path. */
@ExtendWith(PythonUnderTest.class)
public final class ClassPathImportsTest {

  private static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("shop/__init__.py", "from .prices import total\nfrom . import data as _data\n");
    FILES.put(
        "shop/prices.py",
        """
        RATE = 2


        def total(items):
            \"""The sum of them.\"""
            return sum(item * RATE for item in items)


        def fails():
            raise KeyError("nothing")  # this very line


        class Basket:
            def __init__(self):
                self.items = []
        """);
    FILES.put("shop/data/table.txt", "grüße\n");
    FILES.put("shop/data/deeper/more.bin", "more");
    FILES.put("shop/broken.py", "def f(:\n");
    FILES.put("shop/__main__.py", "answer = 42\n");
    FILES.put("parts/one.py", "name = 'one'\n");
    FILES.put("alone.py", "value = 7\n");
  }

  @TempDir static Path folder;

  private static Path jar;
  private static Path classes;
  private static URLClassLoader ofJar;
  private static URLClassLoader ofFolder;

  @BeforeAll
  static void write() throws IOException {
    jar = writeJar(folder.resolve("shop.jar"), FILES);
    classes = writeFolder(folder.resolve("classes"), FILES);
    ofJar = new URLClassLoader(new URL[] {jar.toUri().toURL()});
    ofFolder = new URLClassLoader(new URL[] {classes.toUri().toURL()});
  }

  @AfterAll
  static void close() throws IOException {
    ofJar.close();
    ofFolder.close();
  }

  private static Path writeFolder(Path to, Map<String, String> files) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = to.resolve("META-INF/python").resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
    return to;
  }

  static Path writeJar(Path jar, Map<String, String> files) throws IOException {
    List<String> folders = new ArrayList<>();
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        String name = "META-INF/python/" + file.getKey();
        for (int end = name.indexOf('/'); end > 0; end = name.indexOf('/', end + 1)) {
          String above = name.substring(0, end + 1);
          if (!folders.contains(above)) {
            folders.add(above);
            out.putNextEntry(new JarEntry(above));
          }
        }
        out.putNextEntry(new JarEntry(name));
        out.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  private static ClassLoader loader(String where) {
    return where.contains("jar") ? ofJar : ofFolder;
  }

  private static Interpreter interpreter(String where) {
    InterpreterOptions options =
        where.contains("own") ? InterpreterOptions.isolated() : InterpreterOptions.shared();
    return PythonUnderTest.python()
        .newInterpreter(options.javaClasses(JavaClasses.all().loadedBy(loader(where))));
  }

  private static String eval(Interpreter interpreter, String expression) {
    try (PyObject value = interpreter.eval(expression)) {
      return value.toString();
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"jar, own GIL", "folder, own GIL", "jar, shared GIL"})
  @Tag("K1")
  @DisplayName(
      "Python modules below META-INF/python/ of the class path are imported as from a folder at the"
          + " end of sys.path: packages, namespace packages, __main__, pkgutil, inspect, tracebacks"
          + " with lines, reload; in main and in every kind of interpreter.")
  void modules(String where) {
    try (Interpreter in = interpreter(where)) {
      check(in);
    }
  }

  static void check(Interpreter in) {
    in.exec("import shop, shop.prices, parts.one, alone, sys, inspect, pkgutil, importlib");
    assertThat(eval(in, "shop.total([1, 2, 3]), parts.one.name, alone.value"))
        .isEqualTo("(12, 'one', 7)");
    assertThat(eval(in, "sys.path[-1]")).isEqualTo("classpath:META-INF/python");
    assertThat(eval(in, "shop.prices.__file__"))
        .isEqualTo("classpath:META-INF/python/shop/prices.py");
    assertThat(eval(in, "shop.__path__, shop.__package__, shop.__spec__.name"))
        .isEqualTo("(['classpath:META-INF/python/shop'], 'shop', 'shop')");
    assertThat(eval(in, "inspect.getsource(shop.total)"))
        .isEqualTo(
            "def total(items):\n    \"\"\"The sum of them.\"\"\"\n"
                + "    return sum(item * RATE for item in items)\n");
    assertThat(eval(in, "inspect.getsource(shop.prices.Basket).count('items')")).isEqualTo("1");
    assertThat(eval(in, "inspect.getdoc(shop.total)")).isEqualTo("The sum of them.");
    assertThat(eval(in, "[(m.name, m.ispkg) for m in pkgutil.iter_modules(shop.__path__)]"))
        .isEqualTo("[('__main__', False), ('broken', False), ('prices', False)]");
    assertThat(eval(in, "[m.name for m in pkgutil.iter_modules() if m.name in ('shop', 'alone')]"))
        .isEqualTo("['alone', 'shop']");
    assertThat(eval(in, "pkgutil.get_data('shop', 'data/table.txt').decode()"))
        .isEqualTo("grüße\n");
    assertThat(eval(in, "__import__('runpy').run_module('shop')['answer']")).isEqualTo("42");
    assertThat(eval(in, "importlib.reload(shop.prices) is shop.prices")).isEqualTo("True");
    assertThatThrownBy(() -> in.eval("shop.prices.fails()"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("nothing");
    in.exec(
        """
        import traceback
        try:
            shop.prices.fails()
        except KeyError:
            told = traceback.format_exc()
        """);
    assertThat(eval(in, "told"))
        .contains("File \"classpath:META-INF/python/shop/prices.py\", line 10, in fails")
        .contains("raise KeyError(\"nothing\")  # this very line");
    assertThatThrownBy(() -> in.importModule("shop.broken"))
        .isInstanceOf(PythonException.class)
        .hasMessageContaining("SyntaxError")
        .hasMessageContaining("broken.py");
    for (String absent : List.of("shop.absent", "absent", "shop.data.absent")) {
      assertThatThrownBy(() -> in.importModule(absent))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("ModuleNotFoundError: No module named '" + absent);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"jar, own GIL", "folder, own GIL", "jar, shared GIL"})
  @Tag("K2")
  @DisplayName(
      "Data files beside modules of the class path are read by importlib.resources; what C code"
          + " opens, as_file and extension modules, is unpacked once into the cache.")
  void resources(String where) {
    try (Interpreter in = interpreter(where)) {
      in.exec("import importlib.resources as resources, shop");
      assertThat(eval(in, "resources.files('shop').joinpath('data/table.txt').read_text('utf-8')"))
          .isEqualTo("grüße\n");
      assertThat(
              eval(in, "(resources.files('shop') / 'data' / 'deeper' / 'more.bin').read_bytes()"))
          .isEqualTo("b'more'");
      assertThat(eval(in, "sorted(p.name for p in resources.files('shop').iterdir())"))
          .isEqualTo("['__init__.py', '__main__.py', 'broken.py', 'data', 'prices.py']");
      assertThat(eval(in, "resources.files('shop.data').joinpath('table.txt').is_file()"))
          .isEqualTo("True");
      assertThat(eval(in, "[p.is_dir() for p in (resources.files('shop') / 'data').iterdir()]"))
          .isIn("[True, False]", "[False, True]");
      assertThat(eval(in, "(resources.files('shop') / 'data' / 'absent').is_file()"))
          .isEqualTo("False");
      assertThatThrownBy(() -> in.eval("(resources.files('shop') / 'absent').read_bytes()"))
          .hasMessageContaining("FileNotFoundError");
      assertThatThrownBy(
              () -> in.eval("(resources.files('shop') / '../../MANIFEST.MF').read_bytes()"))
          .hasMessageContaining("FileNotFoundError");
      in.exec(
          """
          with resources.as_file(resources.files('shop') / 'data' / 'table.txt') as one:
              text = open(one, encoding='utf-8').read()
          with resources.as_file(resources.files('shop') / 'data' / 'table.txt') as other:
              pass
          with resources.as_file(resources.files('shop') / 'data') as all:
              deeper = (all / 'deeper' / 'more.bin').read_bytes()
          """);
      assertThat(eval(in, "text, deeper")).isEqualTo("('grüße\\n', b'more')");
      assertThat(eval(in, "one == other and one.is_file() and one.name")).isEqualTo("table.txt");
    }
  }

  @Test
  @Tag("K2")
  @DisplayName("Extension modules on the class path: unpacked, and loaded from there")
  void extensionModules() throws IOException {
    String file =
        eval(
            PythonUnderTest.main(),
            "next(s.origin for s in map(__import__('importlib.util').util.find_spec,"
                + " ('_json', '_csv', '_bisect', '_heapq', '_queue', 'math', '_elementtree'))"
                + " if s and s.has_location)");
    Path original = Path.of(file);
    String name = original.getFileName().toString();
    String module = name.substring(0, name.indexOf('.'));
    Path there = folder.resolve("extension");
    Files.createDirectories(there.resolve("META-INF/python/native"));
    Files.copy(original, there.resolve("META-INF/python/native").resolve(name));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {there.toUri().toURL()});
        Interpreter in =
            PythonUnderTest.python()
                .newInterpreter(
                    InterpreterOptions.isolated()
                        .javaClasses(JavaClasses.all().loadedBy(loader)))) {
      in.exec("import native." + module + " as made");
      Path unpacked = Path.of(eval(in, "made.__file__"));
      assertThat(unpacked.getFileName()).hasToString(name);
      assertThat(unpacked).hasSameBinaryContentAs(original).isNotEqualTo(original);
    }
  }

  @Test
  @Tag("K1")
  @DisplayName("Many threads and interpreters import at once")
  void manyThreadsAndInterpretersAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8);
        Interpreter one = interpreter("jar, own");
        Interpreter other = interpreter("jar, own")) {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        Interpreter in = i % 2 == 0 ? one : other;
        all.add(
            threads.submit(() -> eval(in, "__import__('shop.prices').total([1]) + len('abc')")));
      }
      for (Future<String> each : all) {
        assertThat(each.get()).isEqualTo("5");
      }
    }
  }

  @Test
  @Tag("K4")
  @DisplayName(
      "What a source of the class path was compiled to is kept in the cache for later starts: by"
          + " its text, so that a changed one is compiled anew, and what is damaged there is too.")
  void compiledCode() throws Exception {
    Path cache = folder.resolve("cache");
    Path there = writeFolder(folder.resolve("changing"), Map.of("changing.py", "value = 1\n"));
    assertThat(changing(cache, there)).isEqualTo("1");
    assertThat(codes(cache)).hasSize(1);
    assertThat(changing(cache, there)).isEqualTo("1");
    assertThat(codes(cache)).hasSize(1);

    writeFolder(there, Map.of("changing.py", "value = 2\n"));
    assertThat(changing(cache, there)).isEqualTo("2");
    assertThat(codes(cache)).hasSize(2);

    for (Path code : codes(cache)) {
      byte[] bytes = Files.readAllBytes(code);
      bytes[bytes.length / 2] ^= 1;
      Files.write(code, bytes);
    }
    assertThat(changing(cache, there)).isEqualTo("2");
    for (Path code : codes(cache)) {
      Files.write(code, new byte[0]);
    }
    assertThat(changing(cache, there)).isEqualTo("2");

    Path file = Files.writeString(folder.resolve("in-the-way"), "");
    assertThat(changing(file, there)).isEqualTo("2");
  }

  private static List<Path> codes(Path cache) throws IOException {
    try (Stream<Path> all = Files.walk(cache.resolve("modules"))) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static String changing(Path cache, Path inFront) {
    ChildJvm.Ended ended =
        ChildJvm.start(
                Await.LIMIT,
                Map.of("VIVARIUM_CACHE", cache.toString()),
                List.of(),
                inFront,
                Changing.class)
            .await()
            .expect(0);
    return ended.out().strip();
  }

  /** Imports one module, and again. */
  public static final class Changing implements Scenario {
    @Override
    public void run(String... arguments) {
      try (Python python = PythonUnderTest.start()) {
        python.main().exec("import sys; sys.dont_write_bytecode = False; import changing");
        System.out.println(eval(python.main(), "changing.value"));
        python.main().exec("import importlib; importlib.reload(changing)");
      }
    }
  }

  @Test
  @Tag("K1")
  @DisplayName("A changed file in a folder is what reload reads")
  void aFolderIsReadAnewWhenReloaded() throws Exception {
    Path there = writeFolder(folder.resolve("reload"), Map.of("fresh.py", "value = 1\n"));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {there.toUri().toURL()});
        Interpreter in =
            PythonUnderTest.python()
                .newInterpreter(
                    InterpreterOptions.isolated()
                        .javaClasses(JavaClasses.all().loadedBy(loader)))) {
      in.exec("import fresh, importlib");
      writeFolder(there, Map.of("fresh.py", "value = 2\n"));
      assertThat(eval(in, "importlib.reload(fresh).value")).isEqualTo("2");
    }
  }

  @Test
  @Tag("K3")
  @DisplayName(
      "Modules of the class path are those of the class loader that JavaClasses.loadedBy names,"
          + " else of the context class loader at Python's start; without any, and with"
          + " classPathPackages(false), sys.path is as it was.")
  void whichClassLoader() {
    ChildJvm.start(Await.LIMIT, List.of(), jar, InMain.class, "found").await().expect(0);
    ChildJvm.start(Await.LIMIT, List.of(), jar, InMain.class, "off").await().expect(0);
    ChildJvm.start(Await.LIMIT, List.of(), InMain.class, "context", classes.toString())
        .await()
        .expect(0);
    ChildJvm.start(Await.LIMIT, List.of(), InMain.class, "none").await().expect(0);
  }

  /** All of the class path, in main and in interpreters of both kinds. */
  public static final class InMain implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      String what = arguments[0];
      if (what.equals("context")) {
        Thread.currentThread()
            .setContextClassLoader(
                new URLClassLoader(new URL[] {Path.of(arguments[1]).toUri().toURL()}));
      }
      PythonOptions options =
          PythonUnderTest.options().classPathPackages(!what.equals("off")).build();
      try (Python python = PythonUnderTest.start(options)) {
        if (what.equals("none") || what.equals("off")) {
          assertThat(eval(python.main(), "[p for p in __import__('sys').path if ':' in p]"))
              .isEqualTo("[]");
          return;
        }
        Thread.currentThread().setContextClassLoader(ClassLoader.getSystemClassLoader());
        check(python.main());
        try (Interpreter shared = python.newInterpreter(InterpreterOptions.shared());
            Interpreter own = python.newInterpreter()) {
          check(shared);
          check(own);
        }
      }
    }
  }
}
