package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.InterfaceProxy;
import dev.vivarium.internal.object.Target;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The type of a parameter or field as it is declared, for what its class alone does not say: which
 * items a container has, and what a function returns.
 */
final class Declared {

  private static final Set<Class<?>> SEEN =
      Set.of(
          List.class,
          Map.class,
          Set.class,
          Collection.class,
          Iterator.class,
          Stream.class,
          CompletableFuture.class);

  // Whose items are made once, since what they are made of can be awaited once
  private static final Set<Class<?>> ONCE =
      Set.of(CompletableFuture.class, CompletionStage.class, Future.class);

  /** The class that is asked for. */
  final Class<?> type;

  private final Type written;
  private final List<Declared> arguments;
  private final @Nullable Declared component; // of an array
  private final boolean more;
  private final Plain plain;
  private final boolean untyped; // of whatever arguments it has
  private final boolean once; // what its items are made of can be awaited once

  // How items, or a mapping's keys and values, become their types where they are looked at
  private final Conversion first;
  private final Conversion last;

  // How a callable becomes the function, where that is to return something of a type
  private final @Nullable Conversion function;

  private Declared(
      Class<?> type,
      Type written,
      List<Declared> arguments,
      @Nullable Declared component,
      @Nullable Conversion function) {
    this.type = type;
    this.written = written;
    this.arguments = arguments;
    this.component = component;
    this.function = function;
    this.first = arguments.isEmpty() ? Target.ELEMENT : arguments.getFirst().asItem();
    this.last = arguments.isEmpty() ? Target.ELEMENT : arguments.getLast().asItem();
    this.plain = Plain.of(type);
    this.untyped = arguments.stream().allMatch(a -> a.type == Object.class);
    this.once = arguments.stream().anyMatch(a -> ONCE.contains(a.type));
    this.more =
        function != null
            || (component != null && component.more)
            || ((type.isInterface() || holds(type) || SEEN.contains(type) || type == Optional.class)
                && arguments.stream().anyMatch(a -> a.more || a.type != Object.class));
  }

  // What a Python list, dict or set becomes as an argument
  private static boolean holds(Class<?> type) {
    return type != Object.class
        && (type.isAssignableFrom(ArrayList.class)
            || type.isAssignableFrom(LinkedHashMap.class)
            || type.isAssignableFrom(LinkedHashSet.class));
  }

  static Declared of(Class<?> type) {
    return of(type, Bindings.NONE);
  }

  static Declared of(Type type, Bindings bindings) {
    return switch (type) {
      case Class<?> c ->
          new Declared(
              c,
              c,
              List.of(),
              c.isArray() ? of(c.getComponentType(), bindings) : null,
              c.getInterfaces().length == 0 ? null : function(c, Bindings.of(c)));
      case ParameterizedType p -> parameterized(p, bindings);
      case GenericArrayType a -> {
        Declared component = of(a.getGenericComponentType(), bindings);
        Class<?> array = Array.newInstance(component.type, 0).getClass();
        yield new Declared(array, array, List.of(), component, null);
      }
      case WildcardType w -> of(Written.bound(w), bindings);
      case TypeVariable<?> v -> {
        Type meant = bindings.of(v);
        yield meant == null || meant instanceof TypeVariable<?>
            ? of(erased(v)) // a bound may name the variable itself
            : of(meant, bindings);
      }
      default -> of(Object.class);
    };
  }

  private static Class<?> erased(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p -> (Class<?>) p.getRawType();
      case GenericArrayType a -> erased(a.getGenericComponentType()).arrayType();
      case WildcardType w -> erased(Written.bound(w));
      case TypeVariable<?> v -> erased(Written.bound(v));
      default -> Object.class;
    };
  }

  private static Declared parameterized(ParameterizedType type, Bindings bindings) {
    Class<?> raw = (Class<?>) type.getRawType();
    List<Declared> arguments =
        Arrays.stream(type.getActualTypeArguments()).map(a -> of(a, bindings)).toList();
    List<Type> written = arguments.stream().map(a -> a.written).toList();
    Parameterized resolved = new Parameterized(raw, written);
    return new Declared(raw, resolved, arguments, null, function(raw, Bindings.of(resolved)));
  }

  // Where the interface's own method says less of its result. Resolved when it is wanted: a
  // function may return functions of its own type
  private static @Nullable Conversion function(Class<?> raw, Bindings bindings) {
    Method method = FunctionType.methodOf(raw);
    if (method == null || Written.result(method) instanceof Class<?>) {
      return null;
    }
    Type meant = Written.result(method);
    if (meant instanceof TypeVariable<?> variable) {
      Type bound = bindings.of(variable);
      if (bound == null || bound instanceof TypeVariable<?>) {
        return null;
      }
      meant = bound;
    }
    Class<?> erased = erased(meant);
    if (erased == Object.class || !method.getReturnType().isAssignableFrom(erased)) {
      return null;
    }
    Type result = meant;
    AtomicReference<@Nullable Declared> resolved = new AtomicReference<>();
    return InterfaceProxy.returning(
        raw,
        (home, object) -> {
          Declared declared = resolved.get();
          if (declared == null) {
            declared = of(result, bindings);
            resolved.set(declared);
          }
          try {
            return declared.convert(home, object);
          } catch (Mismatch e) { // which is told to Python code: here Java code asks
            throw new ConversionException(String.valueOf(e.getMessage()));
          }
        });
  }

  /** A type with its arguments, all variables replaced. */
  private record Parameterized(Class<?> raw, List<Type> arguments) implements ParameterizedType {

    @Override
    public Type[] getActualTypeArguments() {
      return arguments.toArray(Type[]::new);
    }

    @Override
    public Type getRawType() {
      return raw;
    }

    @Override
    public @Nullable Type getOwnerType() {
      return raw.getDeclaringClass();
    }
  }

  /** Whether it says more than its class. */
  boolean saysMore() {
    return more;
  }

  /** That of the components, of an array. */
  Declared component() {
    return component == null ? of(Object.class) : component;
  }

  /**
   * The object as that type.
   *
   * @throws Mismatch if it is none, or would lose something
   */
  @Nullable Object convert(Home home, long object) {
    if (!more || object == Types.NONE) {
      return Arguments.convert(home, object, type);
    }
    long of = Types.typeOf(object);
    if (isSeenAsItIs(of) && home.converters().isEmpty()) {
      checkItems(home, object);
      return home.surface().view(home, object, type, first, last);
    }
    if (home.converters().ofPython(of, type) != null) {
      return Arguments.convert(home, object, type);
    }
    Mirror mirror = Mirror.of(home);
    Object java =
        written instanceof ParameterizedType asked && mirror.isImplementation(object)
            ? Implementation.of(home, object, asked)
            : mirror.java(object, of, type);
    if (java != null) {
      return Arguments.fitting(java, type);
    }
    if (home.converters().toJava(type) != null) {
      return Arguments.convert(home, object, type);
    }
    try {
      return ofPython(home, object);
    } catch (ConversionException e) {
      throw new Mismatch(String.valueOf(e.getMessage()));
    }
  }

  // A list or a dict of Python's own, which nothing else can be meant by
  private boolean isSeenAsItIs(long of) {
    return !once
        && !arguments.isEmpty()
        && ((of == Types.DICT && type == Map.class) || (of == Types.LIST && type == List.class));
  }

  private @Nullable Object ofPython(Home home, long object) {
    if (function != null) {
      Object same =
          Types.typeOf(object) == Types.FUNCTION ? Mirror.of(home).function(object) : null;
      if (type.isInstance(same)) {
        return same;
      } else if (C.PyCallable_Check(object) != 0) {
        return function.convert(home, object);
      }
    }
    if (type == Optional.class) {
      return Optional.ofNullable(arguments.getFirst().convert(home, object));
    }
    Object container = ofContainer(home, object);
    if (container != null) {
      return container;
    }
    return SEEN.contains(type)
            || (type == Flow.Publisher.class && Target.isAsyncIterable(home, object))
        ? Target.of(written, false).convert(home, object)
        : Arguments.convert(home, object, type);
  }

  private @Nullable Object ofContainer(Home home, long object) {
    long of = Types.typeOf(object);
    boolean sequence = of == Types.LIST || of == Types.TUPLE;
    if (sequence && component != null) {
      List<@Nullable Object> items = new ArrayList<>();
      items(home, object, component, items);
      Object array = Array.newInstance(component.type, items.size());
      for (int i = 0; i < items.size(); i++) {
        Array.set(array, i, items.get(i));
      }
      return array;
    }
    if (arguments.isEmpty()) {
      return null;
    }
    if (!once && PythonContainers.takes(home, object, type)) {
      checkItems(home, object);
      return PythonContainers.of(home, object, type, first, last);
    }
    if (sequence && type.isAssignableFrom(ArrayList.class)) {
      List<@Nullable Object> list = new ArrayList<>();
      items(home, object, arguments.getFirst(), list);
      return list;
    } else if ((of == Types.SET || of == Types.FROZENSET)
        && type.isAssignableFrom(LinkedHashSet.class)) {
      Set<@Nullable Object> set = new LinkedHashSet<>();
      items(home, object, arguments.getFirst(), set);
      return set;
    } else if (of == Types.DICT && type.isAssignableFrom(LinkedHashMap.class)) {
      return map(home, object);
    }
    return null;
  }

  /** How what is in a container becomes it, each time that Java looks. */
  private Conversion asItem() {
    if (type == Object.class) {
      return Target.ELEMENT;
    }
    return (home, object) -> {
      try {
        return convert(home, object);
      } catch (Mismatch e) { // which is told to Python code: here Java code asks
        throw new ConversionException(String.valueOf(e.getMessage()));
      }
    };
  }

  // What is in it when it is passed is looked at then: the call is refused, and not what Java does
  // with it some day
  private void checkItems(Home home, long object) {
    if (untyped || areClear(home, object)) {
      return;
    }
    long of = Types.typeOf(object);
    if (of == Types.DICT) {
      checkMap(home, object);
    } else if (of == Types.LIST || of == Types.SET) {
      items(home, object, arguments.getFirst(), null);
    }
  }

  private void checkMap(Home home, long dict) {
    long copy = home.checked(C.PyDict_Copy(dict)); // which nobody else changes
    try (Arena arena = Arena.ofConfined()) {
      long position = arena.allocate(24, 8).address();
      while (C.PyDict_Next(copy, position, position + 8, position + 16) != 0) {
        long key = Memory.getLong(position + 8);
        try {
          arguments.getFirst().check(home, key);
        } catch (Mismatch e) {
          throw new Mismatch("a key of the dict: " + e.getMessage());
        }
        try {
          arguments.getLast().check(home, Memory.getLong(position + 16));
        } catch (Mismatch e) {
          Object converted = arguments.getFirst().convert(home, key);
          throw new Mismatch("the value of " + converted + ": " + e.getMessage());
        }
      }
    } finally {
      C.Py_DecRef(copy);
    }
  }

  /** Refuses what cannot be converted; what plainly can is not. */
  private void check(Home home, long object) {
    if (!isClear(home, object)) {
      Object ignored = convert(home, object);
    }
  }

  /** Whether a look that runs no code and makes nothing tells that it can be converted. */
  private boolean isClear(Home home, long object) {
    return switch (plain) {
      case OBJECT -> true;
      case INT -> Types.isCompactInt(object);
      case TEXT -> Types.typeOf(object) == Types.STR;
      case DOUBLE -> Types.typeOf(object) == Types.FLOAT;
      case BOOLEAN -> Types.typeOf(object) == Types.BOOL;
      case FUNCTION -> C.PyCallable_Check(object) != 0;
      case OTHER -> isClearContainer(home, object);
    };
  }

  private boolean isClearContainer(Home home, long object) {
    long of = Types.typeOf(object);
    return (of == Types.LIST || of == Types.DICT)
        && !arguments.isEmpty()
        && function == null
        && !once
        && home.converters().ofPython(of, type) == null
        && home.converters().toJava(type) == null
        && PythonContainers.takes(home, object, type)
        && areClear(home, object);
  }

  // Where there is no GIL, others may change it meanwhile
  private boolean areClear(Home home, long container) {
    long of = Types.typeOf(container);
    if (!Types.hasGil()) {
      return false;
    } else if (of == Types.LIST) {
      Declared item = arguments.getFirst();
      long count = C.PyList_Size(container);
      for (long i = 0; i < count; i++) {
        if (!item.isClear(home, C.PyList_GetItem(container, i))) {
          return false;
        }
      }
      return true;
    }
    return of == Types.DICT && isClearDict(home, container);
  }

  private boolean isClearDict(Home home, long dict) {
    JavaThread thread = JavaThread.current();
    long position = thread.scratch(24);
    if (position == 0) {
      return false;
    }
    try {
      Memory.putLong(position, 0);
      while (C.PyDict_Next(dict, position, position + 8, position + 16) != 0) {
        if (!arguments.getFirst().isClear(home, Memory.getLong(position + 8))
            || !arguments.getLast().isClear(home, Memory.getLong(position + 16))) {
          return false;
        }
      }
      return true;
    } finally {
      thread.scratchFree(position);
    }
  }

  /** Types of which a look tells whether an object is one, that runs no code and makes nothing. */
  private enum Plain {
    OBJECT,
    INT,
    TEXT,
    DOUBLE,
    BOOLEAN,
    FUNCTION,
    OTHER;

    static Plain of(Class<?> type) {
      return switch (type.getName()) {
        case "java.lang.Object" -> OBJECT;
        case "java.lang.Integer", "java.lang.Long" -> INT;
        case "java.lang.String", "java.lang.CharSequence" -> TEXT;
        case "java.lang.Double" -> DOUBLE;
        case "java.lang.Boolean" -> BOOLEAN;
        default -> FunctionType.methodOf(type) != null ? FUNCTION : OTHER;
      };
    }
  }

  // Over a copy, since Python code that a conversion runs may change the object
  private static void items(
      Home home, long object, Declared item, @Nullable Collection<@Nullable Object> into) {
    long items = home.checked(C.PySequence_Tuple(object));
    try {
      long count = C.PyTuple_Size(items);
      for (long i = 0; i < count; i++) {
        try {
          long one = C.PyTuple_GetItem(items, i);
          if (into != null) {
            into.add(item.convert(home, one));
          } else {
            item.check(home, one);
          }
        } catch (Mismatch e) {
          String of = ToJava.typeName(home, object);
          throw new Mismatch("item " + i + " of the " + of + ": " + e.getMessage());
        }
      }
    } finally {
      C.Py_DecRef(items);
    }
  }

  private Map<@Nullable Object, @Nullable Object> map(Home home, long dict) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    long copy = home.checked(C.PyDict_Copy(dict));
    try {
      long keys = home.checked(C.PySequence_Tuple(copy));
      try {
        long count = C.PyTuple_Size(keys);
        for (long i = 0; i < count; i++) {
          put(home, copy, C.PyTuple_GetItem(keys, i), map);
        }
      } finally {
        C.Py_DecRef(keys);
      }
      return map;
    } finally {
      C.Py_DecRef(copy);
    }
  }

  private void put(Home home, long dict, long key, Map<@Nullable Object, @Nullable Object> into) {
    Object converted;
    try {
      converted = arguments.getFirst().convert(home, key);
    } catch (Mismatch e) {
      throw new Mismatch("a key of the dict: " + e.getMessage());
    }
    long value = home.checked(C.PyObject_GetItem(dict, key));
    try {
      into.put(converted, arguments.getLast().convert(home, value));
    } catch (Mismatch e) {
      throw new Mismatch("the value of " + converted + ": " + e.getMessage());
    } finally {
      C.Py_DecRef(value);
    }
  }

  /** What tells it from another: its class, or that with its arguments where these are known. */
  static Object signature(Class<?> parameter, Type written, Bindings bindings) {
    if (bindings == Bindings.NONE || written instanceof Class<?>) {
      return parameter;
    }
    String bound = of(written, bindings).text();
    return bound.equals(of(written, Bindings.NONE).text()) ? parameter : bound;
  }

  private String text() {
    return component != null
        ? component.text() + "[]"
        : type.getTypeName() + arguments.stream().map(Declared::text).toList();
  }
}
