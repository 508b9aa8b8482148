package dev.vivarium.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.JavaClasses;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.PythonStartException;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Python exceptions in Java, and bad input that leaves everything usable. */
@ExtendWith(PythonUnderTest.class)
public final class ErrorsTest {

  private final Interpreter main = PythonUnderTest.main();

  @AfterEach
  void isUsable() {
    assertThat(main.eval("1 + 1").asInt()).isEqualTo(2);
  }

  private PythonException raisedBy(String code) {
    return catchThrowableOfType(PythonException.class, () -> main.exec(code, "given.py"));
  }

  @Test
  @DisplayName("type, message, bases and frames are there, and stay after the interpreter's end")
  void parts() {
    PythonException raised;
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      raised =
          catchThrowableOfType(
              PythonException.class,
              () -> sub.exec("def f():\n  open('/nonexistent/x')\nf()", "given.py"));
      assertThat(raised.traceback())
          .startsWith("Traceback (most recent call last):")
          .contains("File \"given.py\", line 2, in f")
          .contains("FileNotFoundError: [Errno 2]");
    }
    assertThat(raised.typeName()).isEqualTo("FileNotFoundError");
    assertThat(raised).hasMessageStartingWith("FileNotFoundError: [Errno 2]");
    assertThat(raised.pythonMessage()).startsWith("[Errno 2]");
    assertThat(raised.isInstance("OSError")).isTrue();
    assertThat(raised.isInstance("ValueError")).isFalse();
    assertThat(raised.pythonFrames().getFirst().getMethodName()).isEqualTo("f");
    assertThat(raised.getStackTrace()[1].getFileName()).isEqualTo("given.py");
    assertThat(raised.getStackTrace()).anyMatch(e -> e.getClassName().contains("ErrorsTest"));
    assertThat(raised.traceback()).contains("File \"given.py\", line 2, in f");
  }

  @Test
  @DisplayName("cause and context are chained")
  void chain() {
    PythonException raised =
        raisedBy("try:\n  1/0\nexcept Exception as e:\n  raise ValueError('x') from e");
    assertThat(raised.getCause()).isInstanceOf(PythonException.class).hasMessageContaining("zero");
    PythonException during = raisedBy("try:\n  1/0\nexcept Exception:\n  {}['k']");
    assertThat(during.getCause()).isNull();
    assertThat(during.context()).get().asString().contains("ZeroDivisionError");
    assertThat(during.traceback()).contains("During handling of the above exception");
  }

  private PythonException raisedInF() {
    return raisedBy("def f():\n  1/0\nf()");
  }

  private static String printed(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  @DisplayName("printed alone, Python's frames come first, then Java's")
  void printedAlone() {
    PythonException raised = raisedInF();
    String text = printed(raised);
    assertThat(text)
        .startsWith(
            """
            dev.vivarium.PythonException: ZeroDivisionError: division by zero
            \tat <python>.f(given.py:2)
            \tat <python>.<module>(given.py:3)
            \tat\
            """)
        .contains("ErrorsTest.raisedInF")
        .doesNotContain("Caused by");
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    raisedInF().printStackTrace(new PrintStream(stream, true, UTF_8));
    assertThat(stream.toString(UTF_8)).contains("<python>.f", "ErrorsTest.raisedInF");
    assertThat(printed(raised)).isEqualTo(text);
  }

  @Test
  @DisplayName("printed as the cause of another exception, both stacks are there")
  void printedAsCause() {
    PythonException raised = raisedInF();
    for (Throwable wrapper :
        List.of(
            new IllegalStateException("why", raised),
            new IllegalStateException(new RuntimeException("two", raised)))) {
      assertThat(printed(wrapper)).contains("<python>.f(given.py:2)", "ErrorsTest.raisedInF");
    }
    assertThat(raised.getCause()).isNull();
    IllegalStateException suppressing = new IllegalStateException("why");
    suppressing.addSuppressed(raisedInF());
    assertThat(printed(suppressing)).contains("<python>.f(given.py:2)", "ErrorsTest.raisedInF");
  }

  @Test
  @DisplayName("printed as the cause of another exception, its own causes are there too")
  void printedWithCauses() {
    PythonException raised =
        raisedBy("try:\n  1/0\nexcept Exception as e:\n  raise ValueError('x') from e");
    String text = printed(new IllegalStateException("why", raised));
    assertThat(text.indexOf("ValueError: x"))
        .isPositive()
        .isLessThan(text.indexOf("ZeroDivisionError"));
    assertThat(raised.getCause()).isInstanceOf(PythonException.class);
    assertThat(text).contains("ErrorsTest.raisedBy");
    assertThat(raised.getStackTrace()[0].getFileName()).isEqualTo("given.py");
    assertThat(printed(new IllegalStateException("why", raised))).contains("ZeroDivisionError");
  }

  @Test
  @DisplayName("both stacks go through a stream, and what Java code sets or takes down anew holds")
  void stackTraces() throws Exception {
    PythonException raised = raisedInF();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new IllegalStateException("why", raised));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      Throwable read = ((Throwable) in.readObject()).getCause();
      assertThat(read.getStackTrace()).isEqualTo(raised.getStackTrace());
      assertThat(printed(read)).isEqualTo(printed(raised));
    }

    PythonException set = raisedInF();
    set.setStackTrace(new StackTraceElement[0]);
    assertThat(set.getStackTrace()).isEmpty();
    PythonException anew = raisedInF();
    assertThat(anew.fillInStackTrace()).isSameAs(anew);
    assertThat(anew.getStackTrace()[0].getMethodName()).isEqualTo("f");
    assertThat(anew.getStackTrace())
        .anyMatch(e -> e.getMethodName().equals("stackTraces"))
        .noneMatch(e -> e.getMethodName().equals("raisedInF"));
  }

  @Test
  @DisplayName("an exception whose cause is itself, and one that cannot be printed, are no trap")
  void oddities() {
    assertThat(raisedBy("e = ValueError('loop')\ne.__cause__ = e\nraise e").getMessage())
        .isEqualTo("ValueError: loop");
    assertThat(
            raisedBy(
                    "class Odd(Exception):\n  def __str__(self): raise RuntimeError('no')\nraise Odd()")
                .typeName())
        .isEqualTo("Odd");
  }

  @Test
  @DisplayName("syntax errors, missing modules and names say what Python says")
  void pythonErrors() {
    assertThat(raisedBy("def (").getMessage()).startsWith("SyntaxError: ");
    assertThat(raisedBy("def (").traceback()).contains("given.py").contains("def (");
    assertThatThrownBy(() -> main.importModule("no.such"))
        .hasMessage("ModuleNotFoundError: No module named 'no'");
    assertThatThrownBy(() -> main.eval("nope")).hasMessageStartingWith("NameError: ");
    assertThatThrownBy(() -> main.eval("1").attr("nope"))
        .hasMessageStartingWith("AttributeError: ");
    assertThatThrownBy(() -> main.eval("'x'").item("y")).hasMessageStartingWith("TypeError: ");
    assertThatThrownBy(() -> main.eval("1").call()).hasMessageContaining("not callable");
  }

  @Test
  @DisplayName("source with a NUL or a lone surrogate is refused with its place")
  void badSource() {
    assertThatThrownBy(() -> main.exec("x = 1\0"))
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining("offset 5");
    assertThatThrownBy(() -> main.eval("'\ud800'"))
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining("offset 1");
  }

  @Test
  @DisplayName("a file that is not UTF-8 is a SyntaxError that names it")
  void notUtf8(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve("latin.py"), new byte[] {'x', '=', '\'', (byte) 0xE9, '\''});
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      sub.importModule("sys").attr("path").callMethod("insert", 0, folder.toString());
      assertThatThrownBy(() -> sub.importModule("latin"))
          .hasMessageStartingWith("SyntaxError: ")
          .hasMessageContaining("latin.py");
      assertThat(sub.eval("1").asInt()).isOne();
    }
  }

  @Test
  @DisplayName("an object that was closed says so")
  void closedObject() {
    PyObject list = main.eval("[]");
    list.close();
    list.close();
    assertThatThrownBy(list::len)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> main.eval("len").call(list)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("Python's exception raised again by Java is the same object to Python")
  void raisedAgain() {
    main.exec("class Own(Exception): pass\nown = Own('same')\ndef thrower(): raise own");
    Runnable again = () -> main.eval("thrower").call();
    main.importModule("__main__").setAttr("again", again);
    main.exec("try:\n  again()\nexcept Own as e:\n  assert e is own\nelse:\n  assert False");
  }

  @Test
  @DisplayName("a virtual thread is told to use view.call")
  void virtualThread() throws InterruptedException {
    Throwable[] thrown = new Throwable[1];
    Thread.ofVirtual()
        .start(() -> thrown[0] = catchThrowable(() -> ThreadState.ensure(main.view())))
        .join();
    assertThat(thrown[0])
        .isInstanceOf(WrongThreadException.class)
        .hasMessageContaining("view.call");
  }

  @Test
  @DisplayName("a start that fails says why, and another may follow")
  void badStart() {
    ChildJvm.run(Duration.ofSeconds(60), BadStart.class)
        .expect(0)
        .expectOut("refused: true")
        .expectOut("then: 42");
  }

  /** Starts with a home that has no Python in it, and then with the right one. */
  static final class BadStart implements Scenario {
    @Override
    public void run(String... arguments) throws IOException {
      Path home = Files.createTempDirectory("no-python");
      try {
        PythonUnderTest.start(PythonUnderTest.options().home(home).build());
        System.out.println("started");
      } catch (PythonStartException e) {
        System.out.println("refused: " + e.getMessage().contains(home.toString()));
      }
      PythonUnderTest.start();
      System.out.println("then: " + PythonUnderTest.main().eval("6 * 7").asInt());
    }
  }

  @Test
  @DisplayName("None, where a value is wanted, is told, and asNullable gives null for it")
  void none() {
    try (PyObject none = main.eval("None")) {
      for (Class<?> type :
          new Class<?>[] {String.class, Object.class, Integer.class, Runnable.class}) {
        assertThatThrownBy(() -> none.as(type))
            .isInstanceOf(ConversionException.class)
            .hasMessageContaining(type.getName())
            .hasMessageContaining("asNullable");
        assertThat((Object) none.asNullable(type)).isNull();
      }
      assertThat(none.as(java.util.Optional.class)).isEmpty();
      assertThatObject(none.as(PyObject.class)).isSameAs(none);
      assertThatThrownBy(() -> none.as(int.class)).isInstanceOf(ConversionException.class);
    }
  }

  @Test
  @DisplayName("null in place of all arguments says how None is passed")
  void nullArguments() {
    try (PyObject repr = main.eval("repr")) {
      assertThatThrownBy(() -> repr.call((Object[]) null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(Object) null");
      assertThatThrownBy(() -> main.eval("[]").callMethod("append", (Object[]) null))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(repr.call((Object) null).asString()).isEqualTo("None");
    }
  }

  @Test
  @DisplayName("a class in no package is shown by its name alone")
  void noPackage(@TempDir Path folder) throws Exception {
    GuidePage.compile(folder, List.of(), "", List.of());
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()});
        Interpreter in =
            PythonUnderTest.python()
                .newInterpreter(
                    InterpreterOptions.isolated()
                        .javaClasses(JavaClasses.all().loadedBy(loader)))) {
      in.exec(
          """
          import vivarium
          Guide = vivarium.jclass('Guide')
          assert repr(Guide) == '<Java class Guide>' and repr(Guide()).startswith('<Guide Guide@'), repr(Guide())
          try:
              vivarium.array(Guide, [5])
          except TypeError as e:
              assert str(e) == 'a Python int cannot be used as a Guide', e
          else:
              raise AssertionError
          """);
    }
  }

  /** Has one method of two parameters. */
  public static double half(double[] values, int at) {
    return values[at] / 2;
  }

  @Test
  @DisplayName(
      "a Python class of exceptions says what its __init__ passes on, where Java has no message")
  void textsOfOwnExceptions() {
    JavaInPythonTest.holds(
        """
        from java.lang import RuntimeException
        class Coded(RuntimeException):
            def __init__(self, code):
                super().__init__('code %d' % code)
                self.code = code
        class Five(RuntimeException):
            def __init__(self):
                super().__init__('five')
        class Plain(RuntimeException): pass
        for made, text in (Coded(5), 'code 5'), (Five(), 'five'), (Plain('why'), 'why'), (Plain(), ''):
            assert str(made) == text and repr(text) in repr(made), (str(made), repr(made))
            try:
                raise made
            except RuntimeException as e:
                assert e is made and str(e) == text
        assert Coded(5).code == 5 and Plain('why').getMessage() == 'why' and str(RuntimeException()) == ''
        """);
  }

  @Test
  @DisplayName("messages and reprs say Java's names as Java code has them, and no internals")
  void words() {
    JavaInPythonTest.holds(
        """
        import vivarium
        from java.lang import String
        from java.util import ArrayList, Collections
        from dev.vivarium.behaviour import ErrorsTest as T
        import java.util
        a = vivarium.array('double', [1.5, 2])
        strings = vivarium.array(String, ['a'])
        CASES = (
            (lambda: T.half('a', 1), TypeError, 'a Python str cannot be used as a double[]'),
            (lambda: T.half([1.5], 'a'), TypeError, 'a Python str cannot be used as an int'),
            (lambda: T.half(vivarium.array('int', 1), 0), TypeError, 'a int[] cannot be used as a double[]'),
            (lambda: T.half([1.5, 'a'], 0), TypeError, 'a Python str cannot be used as a double'),
            (lambda: a.__setitem__(0, 'x'), TypeError, 'a Python str cannot be used as a double'),
            (lambda: a.__setitem__(5, 1), IndexError, 'array index out of range'),
            (lambda: strings.__setitem__(0, 5), TypeError, 'a Python int cannot be used as a String'),
            (lambda: a.nothing, AttributeError, "'double[]' object has no attribute"),
            (lambda: vivarium.array('foo', 1), TypeError, 'foo is no primitive type of Java'),
            (lambda: ArrayList().append(), TypeError, 'List.append() missing'),
            (lambda: Collections.sort(5), TypeError, 'a Python int cannot be used as a java.util.List'),
            (lambda: java.util.arrayList, AttributeError, 'did you mean ArrayList?'),
            (lambda: java.util.JumboEnumSet, AttributeError, 'no public class'),
            (lambda: vivarium.jclass('no.Such[]'), ImportError, 'no Java class no.Such'),
        )
        for call, kind, said in CASES:
            try:
                call()
            except kind as e:
                text = str(e)
                assert said in text, text
                for internal in ('[D', '[L', '[I', 'Argument', 'setElement', 'lambda', 'native', 'did you mean Jumbo'):
                    assert internal not in text, text
            else:
                raise AssertionError(said)
        assert repr(a) == '<double[] [1.5, 2.0]>' and str(a) == '[1.5, 2.0]' and repr(type(a)) == '<Java class double[]>'
        assert repr(strings) == "<java.lang.String[] ['a']>" and repr(type(strings)) == '<Java class java.lang.String[]>'
        assert str(vivarium.array('int', 200)).endswith('0, ...]')
        """);
  }

  @Test
  @DisplayName("toString throws nothing, whatever __str__ does; str throws what it raises")
  void text() {
    main.exec(
        """
        class Bad:
            def __init__(self, how): self.how = how
            def __str__(self): return self.how()
        def fails(): raise ValueError('not today')
        """);
    try (PyObject raises = main.eval("Bad(fails)");
        PyObject noText = main.eval("Bad(lambda: 5)");
        PyObject exits = main.eval("Bad(exit)");
        PyObject java = main.eval("Bad")) {
      assertThatThrownBy(raises::str).isInstanceOf(PythonException.class);
      assertThat(raises.toString()).contains("the main interpreter", "ValueError: not today");
      assertThat(noText.toString()).contains("TypeError");
      assertThat(exits.toString()).contains("sys.exit");
      Runnable failing =
          () -> {
            throw new IllegalStateException("of Java's");
          };
      try (PyObject throwing = java.call(failing)) {
        assertThatThrownBy(throwing::str)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("of Java's");
        assertThat(throwing.toString()).contains("of Java's");
      }
    }
    try (PyObject text = main.eval("'text'")) {
      assertThat(text.str()).isEqualTo("text");
      assertThatObject(text).hasToString("text");
    }
  }

  @Test
  @DisplayName("a JVM that lets no native code be called names the option that is missing")
  void nativeAccess() {
    ChildJvm.start(
            Duration.ofSeconds(60),
            java.util.List.of("--illegal-native-access=deny"),
            NoNativeAccess.class)
        .await()
        .expect(0)
        .expectOut("told");
  }

  /** Starts Python from a copy of the library that may not call native code. */
  static final class NoNativeAccess implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Path classes =
          Path.of(
              dev.vivarium.Python.class
                  .getProtectionDomain()
                  .getCodeSource()
                  .getLocation()
                  .toURI());
      ModuleLayer layer = layer(classes);
      Class<?> python = layer.findLoader("dev.vivarium").loadClass("dev.vivarium.Python");
      assertThatThrownBy(() -> python.getMethod("start").invoke(null))
          .cause()
          .hasMessageContaining("--enable-native-access=dev.vivarium");
      System.out.println("told");
    }

    // In a module of its own, since the class path's has the access
    private static ModuleLayer layer(Path classes) {
      java.lang.module.Configuration configuration =
          ModuleLayer.boot()
              .configuration()
              .resolve(
                  java.lang.module.ModuleFinder.of(classes),
                  java.lang.module.ModuleFinder.of(),
                  java.util.Set.of("dev.vivarium"));
      return ModuleLayer.defineModulesWithOneLoader(
              configuration,
              java.util.List.of(ModuleLayer.boot()),
              ClassLoader.getSystemClassLoader())
          .layer();
    }
  }

  @Test
  @DisplayName("an exception whose class says odd things of itself is thrown like any other")
  void oddClasses() {
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), sub)) {
        for (String said : List.of("__mro__ = 5", "__mro__ = (5, 'x')", "__name__ = 5")) {
          in.exec(
              "class Odd(type):\n    "
                  + said
                  + "\nclass Raised(Exception, metaclass=Odd): pass\nraised = Raised('odd')");
          assertThatThrownBy(() -> in.exec("raise raised")).hasMessageContaining("odd");
          assertThatThrownBy(() -> in.eval("raised").asInt())
              .isInstanceOf(ConversionException.class);
          assertThat(in.eval("1 + 1").asInt()).isEqualTo(2);
        }
      }
    }
  }
}
