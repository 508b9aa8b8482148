package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is read of a Python exception, with its interpreter attached, to make a Java one of it. */
record RaisedException(
    String typeName,
    String message,
    List<String> typeNames,
    List<StackTraceElement> frames,
    @Nullable Throwable cause,
    @Nullable Throwable context) {

  private static final int LONGEST_CHAIN = 16;
  private static final long SYSTEM_EXIT = LibPython.pointer("PyExc_SystemExit");

  // Of types that are C variables: the same in every interpreter, and never another
  private static final Map<Long, String> STATIC_NAMES = new ConcurrentHashMap<>();
  private static final Map<Long, List<String>> STATIC_BASES = new ConcurrentHashMap<>();
  private static final long HEAP_TYPE = 1L << 9;

  /** The Java exception for a Python one, whose reference this takes over. */
  static Throwable toJava(Home home, long exception) {
    return toJava(home, exception, LONGEST_CHAIN);
  }

  private static Throwable toJava(Home home, long exception, int chain) {
    if (C.PyErr_GivenExceptionMatches(exception, SYSTEM_EXIT) != 0) {
      return exit(home, exception);
    }
    PyObject value = PyObject.take(home, exception);
    Throwable carried = Mirror.of(home).carried(exception);
    if (carried == null) {
      return new PythonException(read(home, exception, chain), value);
    }
    if (!passedThroughPython(carried, value)) {
      // The same object comes back, with the Python stack that it went through
      carried.addSuppressed(
          new PythonException(read(home, exception, 0), new Passage(carried, home, value)));
    }
    return carried;
  }

  // Through several callbacks it passes several times, as the same Python exception
  private static boolean passedThroughPython(Throwable carried, PyObject value) {
    PyObject before = lastPassage(carried);
    return before != null && before.isSame(value);
  }

  /**
   * The Python exception as which a Java one has come through Python last, or null if there is none
   * or Java knows it no longer.
   */
  @SuppressWarnings("ReferenceEquality") // that very exception
  static @Nullable PyObject lastPassage(Throwable thrown) {
    Throwable[] suppressed = thrown.getSuppressed();
    Passage passage =
        suppressed.length > 0 && suppressed[suppressed.length - 1] instanceof PythonException last
            ? last.passage()
            : null;
    return passage != null && passage.carried == thrown ? passage.known() : null;
  }

  private static RaisedException read(Home home, long exception, int chain) {
    long type = Types.typeOf(exception);
    return new RaisedException(
        qualifiedName(home, type),
        text(home, exception),
        baseNames(home, type),
        frames(home, exception),
        chained(home, C.PyException_GetCause(exception), chain),
        chained(home, C.PyException_GetContext(exception), chain));
  }

  private static @Nullable Throwable chained(Home home, long exception, int chain) {
    if (exception == 0) {
      return null;
    }
    if (chain == 0) {
      C.Py_DecRef(exception);
      return null;
    }
    return toJava(home, exception, chain - 1);
  }

  private static String text(Home home, long exception) {
    long text = C.PyObject_Str(exception);
    if (text == 0) {
      C.PyErr_Clear();
      return "<its __str__ fails>";
    }
    try {
      return ToJava.toText(home, text);
    } finally {
      C.Py_DecRef(text);
    }
  }

  private static List<String> baseNames(Home home, long type) {
    if (isHeapType(type)) {
      return readBaseNames(home, type);
    }
    List<String> known = STATIC_BASES.get(type);
    if (known == null) {
      known = readBaseNames(home, type);
      if (!known.isEmpty()) { // else there was no memory, and will be again
        STATIC_BASES.put(type, known);
      }
    }
    return known;
  }

  private static List<String> readBaseNames(Home home, long type) {
    long bases = C.PyObject_GetAttr(type, home.name("__mro__"));
    if (bases == 0) {
      C.PyErr_Clear();
      return List.of();
    }
    try {
      List<String> names = new ArrayList<>();
      long count = Types.typeOf(bases) == Types.TUPLE ? C.PyTuple_Size(bases) : 0;
      for (long i = 0; i < count; i++) {
        long base = C.PyTuple_GetItem(bases, i);
        if (Types.isInstance(base, Types.TYPE)) { // a metaclass may say anything
          names.add(qualifiedName(home, base));
        }
      }
      return names;
    } finally {
      C.Py_DecRef(bases);
    }
  }

  private static String qualifiedName(Home home, long type) {
    if (isHeapType(type)) {
      return readName(home, type);
    }
    String known = STATIC_NAMES.get(type);
    if (known == null) {
      known = readName(home, type);
      STATIC_NAMES.put(type, known);
    }
    return known;
  }

  private static boolean isHeapType(long type) {
    return (C.PyType_GetFlags(type) & HEAP_TYPE) != 0;
  }

  private static String readName(Home home, long type) {
    String module = home.textAttribute(type, "__module__");
    String name = home.textAttribute(type, "__qualname__");
    return module.isEmpty() || module.equals("builtins") || module.equals("__main__")
        ? name
        : module + "." + name;
  }

  private static List<StackTraceElement> frames(Home home, long exception) {
    long traceback = C.PyException_GetTraceback(exception);
    if (traceback == 0) {
      return List.of();
    }
    C.Py_DecRef(traceback);
    try (Call call = Call.of(home)) {
      long entries = call.addBorrowed(exception).callFunction(home.support("frames"));
      if (entries == 0) {
        C.PyErr_Clear();
        return List.of();
      }
      try {
        List<StackTraceElement> frames = new ArrayList<>();
        for (long i = C.PyList_Size(entries) - 3; i >= 0; i -= 3) {
          frames.add(frame(home, entries, i));
        }
        return frames;
      } finally {
        C.Py_DecRef(entries);
      }
    }
  }

  /** The frames from one on outwards, whose reference this takes over; attached. */
  static List<StackTraceElement> stack(Home home, long innermost) {
    try (Call call = Call.of(home)) {
      long entries = home.checked(call.addBorrowed(innermost).callFunction(home.support("stack")));
      try {
        return stackOf(home, entries);
      } finally {
        C.Py_DecRef(entries);
      }
    } finally {
      C.Py_DecRef(innermost);
    }
  }

  /** What {@code stack} of our own Python code has given; attached. */
  static List<StackTraceElement> stackOf(Home home, long entries) {
    List<StackTraceElement> frames = new ArrayList<>();
    for (long i = 0; i < C.PyList_Size(entries); i += 3) {
      frames.add(frame(home, entries, i));
    }
    return frames;
  }

  private static StackTraceElement frame(Home home, long entries, long first) {
    String file = ToJava.toText(home, C.PyList_GetItem(entries, first));
    int line = ToJava.toInt(home, C.PyList_GetItem(entries, first + 1));
    String function = ToJava.toText(home, C.PyList_GetItem(entries, first + 2));
    return new StackTraceElement("<python>", function, file, line);
  }

  // As CPython's own handling of SystemExit: None is 0, an int its low byte, other things 1 and
  // text
  private static PythonExit exit(Home home, long exception) {
    PyObject value = PyObject.take(home, exception);
    long code = C.PyObject_GetAttr(exception, home.name("code"));
    if (code == 0) {
      C.PyErr_Clear();
      return new PythonExit(1, "", value);
    }
    try {
      if (code == Types.NONE) {
        return new PythonExit(0, "", value);
      }
      if (Types.isInstance(code, Types.INT)) {
        return new PythonExit(ToJava.toBigInteger(home, code).intValue() & 0xFF, "", value);
      }
      return new PythonExit(1, text(home, code), value);
    } finally {
      C.Py_DecRef(code);
    }
  }
}
