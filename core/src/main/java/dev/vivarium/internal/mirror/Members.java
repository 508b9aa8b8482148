package dev.vivarium.internal.mirror;

import dev.vivarium.internal.bridge.Detachment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The public members of a class that is visible, by the name that Python code uses. Found once a
 * process; what calls them is made when they are first asked for.
 */
final class Members {

  // Names that Python code cannot write after a point: with an underscore at the end
  private static final Set<String> KEYWORDS =
      Set.of(
          "False",
          "None",
          "True",
          "and",
          "as",
          "async",
          "await",
          "def",
          "del",
          "elif",
          "except",
          "from",
          "global",
          "in",
          "is",
          "lambda",
          "nonlocal",
          "not",
          "or",
          "pass",
          "raise",
          "with",
          "yield");

  private static final ClassValue<Members> ALL =
      new ClassValue<>() {
        @Override
        protected Members computeValue(Class<?> type) {
          return new Members(type);
        }
      };

  private final Class<?> type;
  private final Bindings bindings;
  private final Map<String, List<Method>> methods = new LinkedHashMap<>();
  private final Map<String, Field> fields = new LinkedHashMap<>();
  private final Map<String, Class<?>> nested = new LinkedHashMap<>();
  private final Map<String, Group> groups = new ConcurrentHashMap<>();
  private final Map<String, StaticField> staticFields = new ConcurrentHashMap<>();
  private @Nullable Group constructors;

  /** How a static field is read, and written if it is not final. */
  record StaticField(Group read, @Nullable Group write) {}

  private Members(Class<?> type) {
    this.type = type;
    this.bindings = Bindings.of(type);
    findMethods();
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers())) {
        fields.putIfAbsent(fieldName(field), field);
      }
    }
    addInheritedFields();
    for (Class<?> inner : type.getDeclaredClasses()) {
      if (Modifier.isPublic(inner.getModifiers())) {
        nested.put(named(inner.getSimpleName()), inner);
      }
    }
  }

  static Members of(Class<?> type) {
    return ALL.get(type);
  }

  /** As Python code writes a name. */
  static String named(String name) {
    return KEYWORDS.contains(name) ? name + "_" : name;
  }

  // That of a field with the name of a method has an underscore at the end
  private String fieldName(Field field) {
    String name = named(field.getName());
    return methods.containsKey(name) ? name + "_" : name;
  }

  // Those of whose type this class says more, T value in Gen<T>, or that a method of it hides
  private void addInheritedFields() {
    for (Field field : type.getFields()) {
      Class<?> declaring = field.getDeclaringClass();
      if (declaring == type || !Caller.sees(declaring)) {
        continue;
      }
      boolean hidden = methods.containsKey(named(field.getName()));
      boolean bound =
          bindings != Bindings.NONE
              && !Modifier.isStatic(field.getModifiers())
              && Declared.signature(field.getType(), Written.type(field), bindings)
                  != field.getType();
      if (hidden || bound) {
        fields.putIfAbsent(fieldName(field), field);
      }
    }
  }

  private void findMethods() {
    Map<List<Object>, Method> bySignature = new LinkedHashMap<>();
    for (Method method : type.getMethods()) {
      List<Object> signature = List.of(method.getName(), List.of(method.getParameterTypes()));
      bySignature.merge(signature, method, Members::better);
    }
    Set<Method> found = new HashSet<>(bySignature.values());
    for (Method method : bySignature.values()) {
      if (!method.isBridge() || found.stream().noneMatch(other -> isBridgeTo(method, other))) {
        methods.computeIfAbsent(named(method.getName()), n -> new ArrayList<>()).add(method);
      }
    }
  }

  // Of two with the same parameters: the one that says more of its result
  private static Method better(Method one, Method other) {
    if (one.isBridge() != other.isBridge()) {
      return one.isBridge() ? other : one;
    }
    return one.getReturnType().isAssignableFrom(other.getReturnType()) ? other : one;
  }

  private static boolean isBridgeTo(Method bridge, Method other) {
    Class<?>[] general = bridge.getParameterTypes();
    Class<?>[] special = other.getParameterTypes();
    if (other.isBridge()
        || !bridge.getName().equals(other.getName())
        || general.length != special.length) {
      return false;
    }
    for (int i = 0; i < general.length; i++) {
      if (!general[i].isAssignableFrom(special[i])) {
        return false;
      }
    }
    return true;
  }

  Set<String> methodNames() {
    return methods.keySet();
  }

  /**
   * The name of the property that a method of that name gets, or sets where nothing gets it; null
   * if there is none.
   */
  @Nullable String property(String method) {
    boolean sets = method.startsWith("set");
    int prefix = sets || method.startsWith("get") ? 3 : method.startsWith("is") ? 2 : 0;
    if (prefix == 0 || method.length() == prefix || !isUpper(method, prefix)) {
      return null;
    }
    boolean gets =
        methods.getOrDefault(method, List.of()).stream()
            .anyMatch(m ->
                sets ? isSetter(m) : isGetter(m, prefix == 2 ? boolean.class : m.getReturnType()));
    // As the JDK's Introspector names them, without the module that it is in
    String name = method.substring(prefix);
    String property =
        isUpper(name, 1) ? name : Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return gets && !property.equals("class") ? named(property) : null;
  }

  private static boolean isUpper(String text, int at) {
    return at < text.length() && Character.isUpperCase(text.charAt(at));
  }

  private static boolean isGetter(Method method, Class<?> type) {
    return method.getParameterCount() == 0
        && method.getReturnType() == type
        && type != void.class
        && !Modifier.isStatic(method.getModifiers());
  }

  private static boolean isSetter(Method method) {
    return method.getParameterCount() == 1 && !Modifier.isStatic(method.getModifiers());
  }

  Map<String, Field> fields() {
    return fields;
  }

  Map<String, Class<?>> nested() {
    return nested;
  }

  /** The signatures of a name's methods, for a comparison with another class's. */
  Set<Object> signatures(String name) {
    Set<Object> signatures = new HashSet<>();
    for (Method method : methods.getOrDefault(name, List.of())) {
      Class<?>[] parameters = method.getParameterTypes();
      Type[] written = Written.parameters(method);
      List<Object> declared = new ArrayList<>();
      for (int i = 0; i < parameters.length; i++) {
        declared.add(Declared.signature(parameters[i], written[i], bindings));
      }
      signatures.add(List.of(Modifier.isStatic(method.getModifiers()), declared));
    }
    return signatures;
  }

  Group group(String name) {
    return groups.computeIfAbsent(name, n -> new Group(type, n, kind(), overloads(n, m -> true)));
  }

  /** Some of a name's methods, or null if there is none. */
  @Nullable Group group(String name, Predicate<Method> some) {
    List<Overload> overloads = overloads(name, some);
    return overloads.isEmpty() ? null : new Group(type, name, kind(), overloads);
  }

  private Group.Kind kind() {
    return Throwable.class.isAssignableFrom(type) ? Group.Kind.OF_THROWABLE : Group.Kind.METHODS;
  }

  private List<Overload> overloads(String name, Predicate<Method> some) {
    List<Overload> overloads = new ArrayList<>();
    for (Method method : methods.getOrDefault(name, List.of())) {
      MethodHandle handle = some.test(method) ? handle(method) : null;
      if (handle != null) {
        boolean receives = !Modifier.isStatic(method.getModifiers());
        Defaults defaults = Defaults.of(method);
        MethodHandle twin = defaults == null ? null : handle((Method) defaults.twin);
        overloads.add(
            Overload.of(
                method,
                handle,
                receives,
                Detachment.of(method),
                bindings,
                twin == null ? null : defaults,
                twin));
      }
    }
    return overloads;
  }

  FieldAccess fieldAccess(String name, Field field) {
    return FieldAccess.of(type, name, field, bindings);
  }

  StaticField staticField(String name, Field field) {
    return staticFields.computeIfAbsent(
        name, n -> staticField(type, n, field, Caller.LOOKUP, bindings));
  }

  /** One of a class, as who has that lookup sees it. */
  static StaticField staticField(
      Class<?> owner, String name, Field field, MethodHandles.Lookup lookup, Bindings bindings) {
    try {
      Detachment detachment = Detachment.ofStaticField(field.getDeclaringClass());
      Overload read =
          Overload.of(name, lookup.unreflectGetter(field), false, detachment, field, bindings);
      Overload write =
          Modifier.isFinal(field.getModifiers())
              ? null
              : Overload.of(
                  name, lookup.unreflectSetter(field), false, detachment, field, bindings);
      return new StaticField(
          new Group(owner, name, Group.Kind.METHODS, List.of(read)),
          write == null ? null : new Group(owner, name, Group.Kind.METHODS, List.of(write)));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " is not accessible", e);
    }
  }

  synchronized Group constructors() {
    Group made = constructors;
    if (made == null) {
      List<Overload> overloads = Modifier.isAbstract(type.getModifiers()) ? List.of() : creating();
      made = new Group(type, "__new__", Group.Kind.CONSTRUCTORS, overloads);
      constructors = made;
    }
    return made;
  }

  private List<Overload> creating() {
    Map<Constructor<?>, Defaults> defaults = new LinkedHashMap<>();
    Set<Object> twins = new HashSet<>(); // which are no constructors that anyone has written
    for (Constructor<?> constructor : type.getConstructors()) {
      Defaults its = Defaults.of(constructor);
      if (its != null) {
        defaults.put(constructor, its);
        twins.add(its.twin);
      }
    }
    List<Overload> overloads = new ArrayList<>();
    for (Constructor<?> constructor : type.getConstructors()) {
      if (twins.contains(constructor)) {
        continue;
      }
      try {
        Defaults its = defaults.get(constructor);
        overloads.add(
            Overload.of(
                constructor,
                Caller.LOOKUP.unreflectConstructor(constructor),
                false,
                Detachment.of(constructor),
                bindings,
                its,
                its == null
                    ? null
                    : Caller.LOOKUP.unreflectConstructor((Constructor<?>) its.twin)));
      } catch (IllegalAccessException e) {
        // Then Python code cannot call it either
      }
    }
    return overloads;
  }

  // Through this class, since the one that declares the method need not be public
  private @Nullable MethodHandle handle(Method method) {
    MethodType signature =
        MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    try {
      if (Caller.sees(method.getDeclaringClass())) {
        return Caller.LOOKUP.unreflect(method);
      }
      return Modifier.isStatic(method.getModifiers())
          ? Caller.LOOKUP.findStatic(type, method.getName(), signature)
          : Caller.LOOKUP.findVirtual(type, method.getName(), signature);
    } catch (IllegalAccessException | NoSuchMethodException e) {
      return null;
    }
  }
}
