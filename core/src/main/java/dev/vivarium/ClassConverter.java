package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import java.util.Objects;
import java.util.function.Function;

/** A user's converter of the objects of a Python class, as the inner rooms call it. */
record ClassConverter<T>(Class<T> type, Function<? super PyObject, ? extends T> converter)
    implements Conversion {

  ClassConverter {
    Objects.requireNonNull(converter, "converter");
    if (type.isPrimitive()) {
      throw new IllegalArgumentException("a converter gives objects: a box in place of " + type);
    }
  }

  /** Takes over a new reference to the class; attached. */
  void register(Home home, long pythonClass) {
    boolean first = false;
    try {
      if (!Types.isInstance(pythonClass, Types.TYPE)) {
        throw new IllegalArgumentException(
            "a " + ToJava.typeName(home, pythonClass) + " is no class: register one of yours");
      }
      if (Mirror.of(home).isJava(pythonClass)) {
        throw new IllegalArgumentException(
            "that is a Java class: its objects come back to Java as they are");
      }
      long module = home.attribute(pythonClass, "__module__");
      try {
        if (ToJava.toText(home, module).equals("builtins")) {
          throw new IllegalArgumentException(
              "the conversion of Python's built-in classes is fixed: register one of yours");
        }
      } finally {
        C.Py_DecRef(module);
      }
      first = home.converters().register(new Converters.OfPython(pythonClass, type, this));
    } finally {
      if (first) {
        home.own(pythonClass);
      } else {
        C.Py_DecRef(pythonClass);
      }
    }
  }

  @Override
  public T convert(Home home, long object) {
    T made = RegisteredConverter.made(home, object, type, converter);
    if (made == null) {
      throw new ConversionException("the converter for a Python class gave null");
    }
    return made;
  }
}
