package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Converter;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.behaviour.plugin.Application;
import dev.vivarium.behaviour.plugin.Plugin;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That what an application brings along can go with it: its classes and their loaders. */
final class LoadersTest {

  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int LOADERS = 20;
  private static final String PLUGIN = Plugin.class.getName();

  /** Loads classes named as the plugin's anew, as a redeployed application does. */
  private static final class PluginLoader extends ClassLoader {

    private final String anew;

    PluginLoader() {
      this(PLUGIN);
    }

    PluginLoader(String anew) {
      super("plugin", LoadersTest.class.getClassLoader());
      this.anew = anew;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(anew) && !name.startsWith(anew + "$")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known != null ? known : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] code = in == null ? new byte[0] : in.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static final String USE =
      """
      from dev.vivarium.behaviour.plugin import Plugin

      plugin = Plugin('a')
      for i in range(100):
          assert plugin.name() == 'a' and Plugin.twice(i) == 2 * i
          plugin.count = i
          assert plugin.count == i and Plugin.shared is not None
      assert plugin.asked(lambda n: n + 1) == 42
      assert Plugin.adder()(1, 2) == 3
      assert given(20, 22) == 42
      try:
          plugin.fail()
      except Plugin.Failure as e:
          kept = e
      assert Plugin.Colour.RED.name() == 'RED' and Plugin.Pair(1, 2).left() == 1

      class Asked(Plugin.Question):
          def ask(self, n):
              return n * 2

      assert plugin.asked(Asked()) == 82
      class Own(Plugin):
          def name(self):
              return 'own ' + super().name()

      own = Own('b')
      assert own.name() == 'own b' and isinstance(own, Plugin)
      assert Plugin.builder().build() is not None
      stays = [plugin, plugin.name, given, own, own.name]
      """;

  private static List<Object> use(Python python, InterpreterOptions options) throws Exception {
    ClassLoader loader = new PluginLoader();
    List<Object> kept = new ArrayList<>(); // and held until the loader is to be gone
    try (Interpreter in =
        python.newInterpreter(options.javaClasses(JavaClasses.all().loadedBy(loader)))) {
      Class<?> plugin = loader.loadClass(PLUGIN);
      assertThat(plugin.getClassLoader()).isSameAs(loader);
      PythonUnderTest.define(in, "given", plugin.getMethod("adder").invoke(null));
      register(in, loader.loadClass(PLUGIN + "$Pair"));
      in.exec(USE);
      PyObject question = in.eval("Asked()");
      Class<?> asked = loader.loadClass(PLUGIN + "$Question");
      assertThat(question.as(asked)).isInstanceOf(asked);
      assertThat(in.eval("plugin").as(Object.class).getClass()).isSameAs(plugin);
      kept.add(question);
      kept.add(in.eval("Plugin"));
      kept.add(in);
      kept.add(in.view());
      kept.add(in.eval("[1]").as(List.class));
    }
    kept.add(new WeakReference<>(loader));
    return kept;
  }

  private static <T> void register(Interpreter in, Class<T> type) {
    in.register(
        type,
        new Converter<T>() {
          @Override
          public Object toPython(T value, Interpreter interpreter) {
            return value.toString();
          }

          @Override
          public T toJava(PyObject object) {
            throw new UnsupportedOperationException();
          }
        });
  }

  private static long alive(List<List<Object>> uses) {
    return uses.stream()
        .map(List::getLast)
        .filter(last -> ((WeakReference<?>) last).get() != null)
        .count();
  }

  @Test
  @Tag("O4")
  @DisplayName("no class loader is kept by interpreters that have ended, whatever was used of it")
  void isolated() {
    use("own GIL");
  }

  @Test
  @Tag("O4")
  @DisplayName("… nor by interpreters that share main's GIL")
  void shared() {
    use("shared GIL");
  }

  // The JDK itself holds a type or two by soft references
  private static void use(String gil) {
    ChildJvm.start(LIMIT, List.of("-XX:SoftRefLRUPolicyMSPerMB=0"), Uses.class, gil)
        .await()
        .expect(0)
        .expectOut("all gone");
  }

  /** Applications that come and go, each with an interpreter. */
  static final class Uses implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      try (Python python = PythonUnderTest.start()) {
        InterpreterOptions options =
            arguments[0].equals("own GIL")
                ? InterpreterOptions.isolated()
                : InterpreterOptions.shared();
        List<List<Object>> uses = new ArrayList<>();
        for (int i = 0; i < LOADERS; i++) {
          uses.add(use(python, options));
        }
        Await.until(
            () -> alive(uses) + " of " + LOADERS + " loaders alive",
            () -> {
              System.gc();
              return alive(uses) == 0;
            });
      }
      System.out.println("all gone");
    }
  }

  @Test
  @DisplayName(
      "Where nobody names a class loader, Java's classes are those of the context class loader of"
          + " the thread that starts Python, or of the caller's where that one does not see the"
          + " library: in main, in interpreters of both kinds, and in those that Python code makes.")
  void whoseClasses() {
    for (String which : List.of("context", "caller", "caller without a context")) {
      ChildJvm.run(LIMIT, Starts.class, which).expect(0).expectOut("its classes");
    }
  }

  /** An application that is not on the class path starts Python. */
  static final class Starts implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      ClassLoader application = new PluginLoader(Application.class.getName());
      Thread.currentThread()
          .setContextClassLoader(
              switch (arguments[0]) {
                case "context" -> application;
                case "caller" -> ClassLoader.getPlatformClassLoader();
                default -> null;
              });
      Class<?> caller =
          arguments[0].equals("context")
              ? Application.class
              : application.loadClass(Application.class.getName());
      Python python =
          (Python)
              caller
                  .getMethod("start", PythonOptions.class)
                  .invoke(null, PythonUnderTest.options().build());
      check(python.main(), application);
      try (Interpreter own = python.newInterpreter();
          Interpreter shared = python.newInterpreter(InterpreterOptions.shared())) {
        check(own, application);
        check(shared, application);
      }
      PythonUnderTest.define(python.main(), "application", application);
      python.main().exec(MADE_BY_PYTHON);
      python.close();
      System.out.println("its classes");
    }

    private static void check(Interpreter in, ClassLoader application) {
      in.exec("from dev.vivarium.behaviour.plugin import Application");
      assertThat(in.eval("Application").as(Class.class).getClassLoader()).isSameAs(application);
      in.exec("from java.lang import Class");
      assertThat(in.eval("Class.forName('" + PLUGIN + "')").as(Class.class).getClassLoader())
          .isSameAs(LoadersTest.class.getClassLoader());
    }
  }

  private static final String MADE_BY_PYTHON =
      """
      try:
          import _interpreters as interpreters
      except ImportError:
          import _xxsubinterpreters as interpreters
      made = interpreters.create()
      code = '''
      from dev.vivarium.behaviour.plugin import Application
      assert Application.class_.getClassLoader().getName() == 'plugin'
      '''
      assert application.getName() == 'plugin'
      failure = interpreters.run_string(made, code)
      assert failure is None, failure
      interpreters.destroy(made)
      """;
}
