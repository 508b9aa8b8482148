package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python code of the library's own: compiled once a process, run in each interpreter. */
public final class OwnSource {

  private final Class<?> beside;
  private final String resource;
  private volatile byte @Nullable [] compiled;

  /**
   * That of a file.
   *
   * @param beside the class that lies beside it
   */
  public OwnSource(Class<?> beside, String resource) {
    this.beside = beside;
    this.resource = resource;
  }

  /** Runs it in a namespace of its own, a new reference to which is returned. */
  public long run(Home home) {
    return run(home, Map.of());
  }

  /** Runs it in a namespace of its own, with these values; a new reference to which is returned. */
  public long run(Home home, Map<String, Object> given) {
    try (Arena arena = Arena.ofConfined()) {
      long namespace = home.checked(C.PyDict_New());
      set(home, arena, namespace, "__name__", "vivarium");
      // What is imported while its functions run is imported with its builtins
      long builtins = home.checked(C.PyImport_AddModule(arena.allocateFrom("builtins").address()));
      long key = arena.allocateFrom("__builtins__").address();
      home.checked(C.PyDict_SetItemString(namespace, key, builtins));
      given.forEach((name, value) -> set(home, arena, namespace, name, value));
      long code = code(home, arena);
      try {
        C.Py_DecRef(home.checked(C.PyEval_EvalCode(code, namespace, namespace)));
      } finally {
        C.Py_DecRef(code);
      }
      return namespace;
    }
  }

  private static void set(Home home, Arena arena, long namespace, String name, Object value) {
    long reference = ToPython.convert(home, value);
    home.checked(C.PyDict_SetItemString(namespace, arena.allocateFrom(name).address(), reference));
    C.Py_DecRef(reference);
  }

  private long code(Home home, Arena arena) {
    byte[] known = compiled;
    if (known != null) {
      long copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, known).address();
      return home.checked(C.PyMarshal_ReadObjectFromString(copy, known.length));
    }
    long code =
        C.Py_CompileString(
            arena.allocateFrom(text()).address(),
            arena.allocateFrom("<vivarium>").address(),
            Home.FILE_INPUT);
    if (code == 0) {
      throw notCompiled(home);
    }
    long marshalled = home.checked(C.PyMarshal_WriteObjectToString(code, marshalVersion(home)));
    compiled =
        Memory.getBytes(
            C.PyBytes_AsString(marshalled), Math.toIntExact(C.PyBytes_Size(marshalled)));
    C.Py_DecRef(marshalled);
    return code;
  }

  // Whoever comes here at the end of the stack has asked for no parser, and can do nothing about
  // the MemoryError that it raises there
  private RuntimeException notCompiled(Home home) {
    try {
      return home.raised();
    } catch (RuntimeException e) {
      if (String.valueOf(e.getMessage()).startsWith("MemoryError: ")) { // no text: no memory
        throw new StackOverflowError("no room on this thread's stack to compile Python code");
      }
      throw e;
    }
  }

  // Of the CPython that runs, which reads it again: older ones cannot write what its code holds
  private static int marshalVersion(Home home) {
    long module = home.importModule("marshal");
    long version = home.attribute(module, "version");
    try {
      return ToJava.toInt(home, version);
    } finally {
      C.Py_DecRef(version);
      C.Py_DecRef(module);
    }
  }

  private String text() {
    try (InputStream in = beside.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar of vivarium-core");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
