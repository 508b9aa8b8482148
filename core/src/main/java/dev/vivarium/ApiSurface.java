package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;
import static java.util.Map.entry;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.memory.Formats;
import dev.vivarium.internal.memory.Lending;
import dev.vivarium.internal.mirror.Access;
import dev.vivarium.internal.mirror.Implementation;
import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.mirror.Passed;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Containers;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Surface;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.Beginning;
import dev.vivarium.internal.thread.Door;
import dev.vivarium.internal.thread.InterpreterState;
import dev.vivarium.internal.thread.Interpreters;
import dev.vivarium.internal.thread.KeepAlive;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The public classes, as the inner rooms know them. */
final class ApiSurface implements Surface {

  // 3.12's threading waits at the end for the thread that has imported it first
  private static final boolean IMPORT_THREADING = LibPython.versionText().startsWith("3.12.");

  private final Access access;
  private final ClassLoader starters;
  private final PythonOptions options;
  private final boolean hosted;

  /**
   * That of a process.
   *
   * @param options whose Java classes Python code may see in interpreters of which nobody says
   *     otherwise
   * @param starters the class loader where nobody names one
   * @param hosted whether the process is a Python program's
   */
  ApiSurface(PythonOptions options, ClassLoader starters, boolean hosted) {
    this.access = options.javaClasses().access();
    this.starters = starters;
    this.options = options;
    this.hosted = hosted;
  }

  @Override
  public Class<?> wrapper() {
    return PyObject.class;
  }

  @Override
  public Object wrap(Home home, long newReference) {
    return PyObject.take(home, newReference);
  }

  @Override
  public long unwrap(Home home, Object value) {
    return switch (value) {
      case PyObject object -> object.referenceIn(home);
      case Seen view -> view.python().referenceIn(home);
      case Passed.Made made -> made.reference();
      case Passed.ByReference passed -> Mirror.of(home).result(passed.value());
      default -> Implementation.behind(home, value);
    };
  }

  @Override
  public boolean isOfPython(Object value) {
    return value instanceof PyObject || value instanceof Seen;
  }

  @Override
  public boolean isSeenElsewhere(Home home, Object value) {
    return value instanceof Seen view && view.python().home() != home;
  }

  @Override
  public RuntimeException raised(Home home, long exception) {
    throw sneaky(RaisedException.toJava(home, exception));
  }

  @Override
  public Throwable throwable(Home home, long exception) {
    return RaisedException.toJava(home, exception);
  }

  @Override
  public long lend(Home home, Buffer buffer) {
    return Lending.lend(home, MemorySegment.ofBuffer(buffer), 0, Formats.of(buffer));
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // it goes to the user, as an Object
  public Object future(Home home, long awaitable, Conversion result) {
    return EventLoop.of(home).await(awaitable, result);
  }

  @Override
  public Object view(Home home, long object, Class<?> type, Conversion first, Conversion second) {
    C.Py_IncRef(object);
    PyObject python = PyObject.take(home, object);
    if (type == List.class) {
      return new ListView(python, first);
    } else if (type == Map.class) {
      return new MapView(python, first, second);
    }
    return switch (type.getSimpleName()) {
      case "Set" -> new SetView(python, first);
      case "Iterable" -> new IterableView(python, first);
      case "Iterator" -> python.elements(first);
      case "Stream" -> python.elements(first).stream();
      case "Publisher" -> new PublisherView<>(python, first);
      case "Collection" ->
          Containers.isSequence(home, object)
              ? new ListView(python, first)
              : new SetView(python, first);
      default -> new ListView(python, first);
    };
  }

  @Override
  public long pythonException(Home home, Throwable exception) {
    PyObject original =
        switch (exception) {
          case PythonException raised -> raised.value();
          case PythonExit exit -> exit.value();
          default -> RaisedException.lastPassage(exception);
        };
    return original == null ? 0 : original.referenceIfIn(home);
  }

  @Override
  public void begin(Home home) {
    if (IMPORT_THREADING) {
      importThreading(home);
    }
    Runnable door = () -> Door.shut(home.state());
    Mirror mirror = Mirror.begin(home, access, starters);
    LongConsumer met = id -> met(id, mirror.access());
    Function<String, @Nullable Object> java = mirror::find;
    boolean main = home.state().isMain();
    boolean late = main && !home.state().isOurs();
    Beginning.Making making = Beginning::making;
    LongPredicate ours = Interpreters::isOurs;
    Runnable started = () -> KeepAlive.threadStarted(home.state());
    Supplier<String> child = () -> ChildProcess.command(options, mirror.access());
    home.runBegin(
        Map.ofEntries(
            entry("door", door),
            entry("met", met),
            entry("making", making),
            entry("ours", ours),
            entry("main", main),
            entry("late", late),
            entry("java", java),
            entry("started", started),
            entry("hosted", hosted),
            entry("forks", options.allowFork()),
            entry("child", child)));
  }

  // Python code gets round nothing by making an interpreter
  private static void met(long id, Access access) {
    Beginning.met(id);
    InterpreterState made = Interpreters.known(id);
    if (made != null && !made.isOurs()) {
      Mirror.of(Home.of(made)).setAccess(access);
    }
  }

  private static void importThreading(Home home) {
    if (home.state().isOurs()) {
      C.Py_DecRef(home.importModule("threading"));
    } else if (!home.state().isMain()) { // whose program has imported it
      try (Call call = Call.of(home)) {
        C.Py_DecRef(home.checked(call.callFunction(home.support("import_threading_for_others"))));
      }
    }
  }

  /** As {@code traceback.format_exception} gives it. */
  static String formatException(PyObject exception) {
    Home home = exception.home();
    return exception.within(pointer -> {
      try (Call call = Call.of(home)) {
        long text =
            home.checked(call.addBorrowed(pointer).callFunction(home.support("format_exception")));
        try {
          return ToJava.toText(home, text);
        } finally {
          C.Py_DecRef(text);
        }
      }
    });
  }

  // Java exceptions pass through Python as they are, checked ones too
  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }
}
