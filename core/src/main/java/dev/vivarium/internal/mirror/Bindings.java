package dev.vivarium.internal.mirror;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the type variables of a class's ancestors stand for in it: {@code T} in {@code Gen<T>}. */
final class Bindings {

  /** Where nothing is known of any. */
  static final Bindings NONE = new Bindings(Map.of());

  private final Map<TypeVariable<?>, Type> known;

  private Bindings(Map<TypeVariable<?>, Type> known) {
    this.known = known;
  }

  /** Those of all that a class extends and implements. */
  static Bindings of(Class<?> type) {
    Map<TypeVariable<?>, Type> known = new HashMap<>();
    collect(type, known);
    return known.isEmpty() ? NONE : new Bindings(known);
  }

  /** Those of a type as it is written, too: {@code Supplier<Integer>}. */
  static Bindings of(ParameterizedType type) {
    Map<TypeVariable<?>, Type> known = new HashMap<>();
    collect(type, known);
    return new Bindings(known);
  }

  /** Those of a type as it is written, and of a class that implements it. */
  static Bindings of(ParameterizedType type, Class<?> implementing) {
    Map<TypeVariable<?>, Type> known = new HashMap<>();
    collect(type, known);
    collect(implementing, known);
    return new Bindings(known);
  }

  private static void collect(@Nullable Type type, Map<TypeVariable<?>, Type> known) {
    if (type instanceof ParameterizedType p) {
      TypeVariable<?>[] variables = ((Class<?>) p.getRawType()).getTypeParameters();
      Type[] arguments = p.getActualTypeArguments();
      for (int i = 0; i < variables.length; i++) {
        known.putIfAbsent(variables[i], arguments[i]);
      }
      collect(p.getRawType(), known);
    } else if (type instanceof Class<?> c) {
      collect(Written.superclass(c), known);
      for (Type above : Written.interfaces(c)) {
        collect(above, known);
      }
    }
  }

  /** What a variable stands for, or null. */
  @Nullable Type of(TypeVariable<?> variable) {
    Type meant = known.get(variable);
    while (meant instanceof TypeVariable<?> another && known.containsKey(another)) {
      meant = known.get(another);
    }
    return meant;
  }
}
