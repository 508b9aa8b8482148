package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.ToLongFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A package of 20 modules is imported from a jar, and from a folder that has its {@code .pyc}. */
@SuppressWarnings("NullAway.Init") // see prepare()
public class ImportPackage extends PythonBenchmark {

  private static final int MODULES = 20;

  private static final String IMPORT =
      """
      import importlib, sys

      def anew(package):
          for name in [name for name in sys.modules if name.partition(".")[0] == package]:
              del sys.modules[name]
          return importlib.import_module(package).total
      """;

  private Path folder;
  private URLClassLoader loader;
  private Interpreter interpreter;
  private ToLongFunction<Object> anew;

  /** What else imports them. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Beside {
    /** From the file system, where they have been compiled before. */
    public double files;

    /** The other side. */
    @TearDown(Level.Iteration)
    public void measure(ImportPackage benchmark) {
      files = nanoseconds(1, () -> benchmark.importAnew("of_files"));
    }
  }

  @Override
  void prepare() throws IOException {
    folder = Files.createTempDirectory("vivarium-bench");
    Path jar = folder.resolve("modules.jar");
    Files.createDirectories(folder.resolve("of_files"));
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String above : new String[] {"", "python/", "python/of_jar/"}) {
        out.putNextEntry(new JarEntry("META-INF/" + above));
      }
      for (int i = 0; i < MODULES; i++) {
        write(out, "module" + i + ".py", module(i));
      }
      write(out, "__init__.py", packageSource());
    }
    loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
    interpreter =
        python.newInterpreter(
            InterpreterOptions.isolated().javaClasses(JavaClasses.all().loadedBy(loader)));
    interpreter.exec(IMPORT);
    interpreter.exec("sys.path.append(" + '"' + folder + '"' + ")");
    @SuppressWarnings("unchecked")
    ToLongFunction<Object> function = function(interpreter, "anew", ToLongFunction.class);
    anew = function;
  }

  private void write(JarOutputStream out, String name, String source) throws IOException {
    byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("of_files").resolve(name), bytes);
    out.putNextEntry(new JarEntry("META-INF/python/of_jar/" + name));
    out.write(bytes);
  }

  private static String packageSource() {
    StringBuilder source = new StringBuilder("total = 0\n");
    for (int i = 0; i < MODULES; i++) {
      source.append("from . import module").append(i).append('\n');
      source.append("total += module").append(i).append(".number\n");
    }
    return source.toString();
  }

  private static String module(int i) {
    StringBuilder source = new StringBuilder("\"\"\"Module " + i + ".\"\"\"\n\nnumber = 1\n");
    for (int f = 0; f < 30; f++) {
      source.append(
          """


          def function%d(first, second=None, *more):
              \"""Something with %d.\"""
              result = []
              for item in more:
                  if item is not second and first > %d:
                      result.append((item, first + %d))
              return result or [second]
          """
              .formatted(f, f, f, f));
    }
    return source.toString();
  }

  @Override
  void finish() {
    interpreter.close();
    try (Stream<Path> all = Files.walk(folder)) {
      loader.close();
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Java side. */
  @Benchmark
  public void ofJar(Beside beside) {
    importAnew("of_jar");
  }

  private void importAnew(String name) {
    if (anew.applyAsLong(name) != MODULES) {
      throw new IllegalStateException("not all modules of " + name);
    }
  }
}
