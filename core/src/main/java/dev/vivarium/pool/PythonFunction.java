package dev.vivarium.pool;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Python function by what it is made of, so that any interpreter can have it: an attribute of a
 * module, source text, or a pickle. Interpreters share no objects; each makes the function once,
 * when it is called there for the first time.
 */
public final class PythonFunction implements Serializable {

  @Serial private static final long serialVersionUID = 1;

  private enum Kind {
    ATTRIBUTE,
    SOURCE,
    PICKLE
  }

  private final Kind kind;

  /** The module or the source. */
  private final String text;

  private final String name;
  private final byte[] pickle;
  private transient int hash; // 0: not computed yet

  private PythonFunction(Kind kind, String text, String name, byte[] pickle) {
    this.kind = kind;
    this.text = Objects.requireNonNull(text);
    this.name = Objects.requireNonNull(name);
    this.pickle = pickle;
  }

  /**
   * A function of a module, which is imported: {@code attribute("json", "loads")}.
   *
   * @param name with dots for what is in a class: {@code "JSONDecoder.decode"}
   */
  public static PythonFunction attribute(String module, String name) {
    return new PythonFunction(Kind.ATTRIBUTE, module, name, new byte[0]);
  }

  /**
   * A function that source text defines, in a namespace of its own.
   *
   * @param name of the function
   */
  public static PythonFunction source(String source, String name) {
    return new PythonFunction(Kind.SOURCE, source, name, new byte[0]);
  }

  /**
   * What {@code pickle.dumps} or {@code cloudpickle.dumps} has made of it. Unpickling runs code.
   */
  public static PythonFunction pickled(byte[] pickle) {
    return new PythonFunction(Kind.PICKLE, "", "a pickled function", pickle.clone());
  }

  /**
   * The function itself, made anew.
   *
   * @throws dev.vivarium.PythonException what importing, running or unpickling raises
   * @throws IllegalArgumentException if it is not callable
   */
  public PyObject in(Interpreter interpreter) {
    return interpreter.call(in -> {
      PyObject made =
          switch (kind) {
            case ATTRIBUTE -> attribute(in);
            case SOURCE -> defined(in);
            case PICKLE -> unpickled(in);
          };
      if (!made.hasAttr("__call__")) {
        try (made) {
          throw new IllegalArgumentException(this + " is not callable: " + made.repr());
        }
      }
      return made;
    });
  }

  private PyObject attribute(Interpreter in) {
    PyObject found = in.importModule(text);
    for (String each : name.split("\\.", -1)) {
      try (PyObject owner = found) {
        found = owner.attr(each);
      }
    }
    return found;
  }

  private PyObject defined(Interpreter in) {
    try (PyObject names = in.toPython(Map.of("__name__", "__vivarium_function__"))) {
      in.exec(text, names);
      return names.item(name);
    }
  }

  private PyObject unpickled(Interpreter in) {
    try (PyObject module = in.importModule("pickle")) {
      return module.callMethod("loads", (Object) pickle);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PythonFunction that
        && kind == that.kind
        && text.equals(that.text)
        && name.equals(that.name)
        && Arrays.equals(pickle, that.pickle);
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = Arrays.hashCode(new Object[] {kind.name(), text, name, Arrays.hashCode(pickle)});
      hash = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return kind == Kind.ATTRIBUTE ? text + "." + name : name;
  }
}
