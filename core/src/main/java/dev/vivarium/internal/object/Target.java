package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.Complex;
import dev.vivarium.ConversionException;
import dev.vivarium.internal.capi.Types;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The Java types that a Python object can become, beyond the plain ones of {@link ToJava}. */
public final class Target {

  /** As {@code Object}, but for containers, which are seen and not copied. */
  public static final Conversion ELEMENT = Target::element;

  private static final Set<Class<?>> VIEWS =
      Set.of(List.class, Collection.class, Set.class, Map.class, Iterator.class, Stream.class);

  private static final Set<Class<?>> FUTURES =
      Set.of(CompletableFuture.class, CompletionStage.class, Future.class);

  private static final ClassValue<Conversion> CONVERSIONS =
      new ClassValue<>() {
        @Override
        protected Conversion computeValue(Class<?> type) {
          return choose(type, false);
        }
      };

  private static final ClassValue<Conversion> GIVEN =
      new ClassValue<>() {
        @Override
        protected Conversion computeValue(Class<?> type) {
          return choose(type, true);
        }
      };

  private Target() {}

  /** How an object becomes an instance of a class. */
  static Conversion of(Class<?> type) {
    return CONVERSIONS.get(type);
  }

  /** The same, for what Python code gives to Java code. */
  static Conversion given(Class<?> type) {
    return GIVEN.get(type);
  }

  private static Conversion choose(Class<?> type, boolean given) {
    Conversion value = Values.toJava(type);
    if (value != null) {
      return value;
    } else if (type == Complex.class) {
      return ToJava::complex;
    } else if (VIEWS.contains(type)) {
      return view(type, ELEMENT, ELEMENT);
    } else if (FUTURES.contains(type)) {
      return future(type, ToJava::natural);
    } else if (type == Flow.Publisher.class) {
      return publisher(ToJava::natural, InterfaceProxy.of(type, given));
    } else if (type.isArray()) {
      return Containers.array(type.getComponentType(), of((Type) type.getComponentType(), false));
    } else if (type == Optional.class) {
      return (home, object) -> Optional.ofNullable(ToJava.natural(home, object));
    } else if (type.isEnum()) {
      return (home, object) -> constant(home, object, type);
    } else if (type.isRecord()) {
      return new RecordTarget(type);
    } else if (type.isInterface()) {
      return InterfaceProxy.of(type, given);
    }
    return (home, object) ->
        type == home.surface().wrapper()
            ? ToJava.wrapped(home, object)
            : ToJava.instance(home, object, type);
  }

  /**
   * How an object becomes a type as it is declared, with its arguments.
   *
   * @param copy whether containers are copied and not seen, for what holds them as data
   */
  public static Conversion of(Type type, boolean copy) {
    return switch (type) {
      case Class<?> c when copy && VIEWS.contains(c) -> container(c, new Type[0], true);
      case Class<?> c -> (home, object) -> ToJava.convert(home, object, c);
      case ParameterizedType p when p.getRawType() == Optional.class ->
          container(Optional.class, p.getActualTypeArguments(), copy);
      case ParameterizedType p -> {
        Class<?> raw = (Class<?>) p.getRawType();
        Conversion container = orNull(container(raw, p.getActualTypeArguments(), copy));
        yield (home, object) -> {
          Object java = ToJava.javaObject(home, object, raw);
          return java != null ? java : container.convert(home, object);
        };
      }
      case GenericArrayType a -> orNull(genericArray(a, copy));
      case WildcardType w -> of(w.getUpperBounds()[0], copy);
      case TypeVariable<?> v -> of(v.getBounds()[0], copy);
      default -> throw new IllegalArgumentException("a type of another kind: " + type);
    };
  }

  private static Conversion orNull(Conversion conversion) {
    return (home, object) -> object == Types.NONE ? null : conversion.convert(home, object);
  }

  private static Conversion genericArray(GenericArrayType type, boolean copy) {
    Class<?> component = erased(type.getGenericComponentType());
    return Containers.array(component, of(type.getGenericComponentType(), copy));
  }

  private static Conversion container(Class<?> raw, Type[] arguments, boolean copy) {
    if (raw == Optional.class) {
      Conversion value = of(arguments[0], copy);
      return (home, object) ->
          object == Types.NONE
              ? Optional.empty()
              : Optional.ofNullable(value.convert(home, object));
    }
    if (FUTURES.contains(raw)) {
      return future(raw, of(arguments[0], copy));
    } else if (raw == Flow.Publisher.class) {
      return publisher(of(arguments[0], copy), InterfaceProxy.of(raw, false));
    }
    if (!VIEWS.contains(raw)) {
      return (home, object) -> ToJava.convert(home, object, raw);
    }
    Conversion first = argument(arguments, 0, copy);
    Conversion second = argument(arguments, 1, copy);
    if (copy && (raw == List.class || raw == Collection.class)) {
      return Containers.list(first);
    } else if (copy && raw == Set.class) {
      return Containers.set(first);
    } else if (copy && raw == Map.class) {
      return Containers.map(first, second);
    }
    return view(raw, first, second);
  }

  private static Conversion argument(Type[] arguments, int index, boolean copy) {
    if (index >= arguments.length || erased(arguments[index]) == Object.class) {
      return copy ? ToJava::natural : ELEMENT;
    }
    return of(arguments[index], copy);
  }

  private static Class<?> erased(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p -> (Class<?>) p.getRawType();
      case GenericArrayType a ->
          Array.newInstance(erased(a.getGenericComponentType()), 0).getClass();
      case WildcardType w -> erased(w.getUpperBounds()[0]);
      case TypeVariable<?> v -> erased(v.getBounds()[0]);
      default -> Object.class;
    };
  }

  /** A live view, whose items, or keys and values, are converted as those types. */
  public static Object view(
      Home home, long object, Class<?> type, Class<?> first, Class<?> second) {
    Conversion view =
        view(
            type,
            first == Object.class ? ELEMENT : of((Type) first, false),
            second == Object.class ? ELEMENT : of((Type) second, false));
    return java.util.Objects.requireNonNull(view.convert(home, object));
  }

  private static Conversion view(Class<?> type, Conversion first, Conversion second) {
    String name = type.getSimpleName();
    return (home, object) -> {
      boolean fits =
          switch (name) {
            case "List" -> Containers.isSequence(home, object);
            case "Set" -> Containers.isSet(home, object);
            case "Map" -> Containers.isMapping(home, object);
            case "Collection" ->
                Containers.isSequence(home, object) || Containers.isSet(home, object);
            default -> true; // what cannot be iterated over says so itself
          };
      if (!fits) {
        return ToJava.instance(home, object, type);
      }
      return home.surface().view(home, object, type, first, second);
    };
  }

  private static Conversion future(Class<?> type, Conversion result) {
    return (home, object) -> {
      if (!isAwaitable(home, object)) {
        return ToJava.instance(home, object, type);
      }
      return home.surface().future(home, object, result);
    };
  }

  private static boolean isAwaitable(Home home, long object) {
    return C.PyObject_HasAttr(Types.typeOf(object), home.name("__await__")) != 0;
  }

  /**
   * Refuses what {@code await} does not await.
   *
   * @throws ConversionException if it is that
   */
  public static void requireAwaitable(Home home, long object) {
    if (!isAwaitable(home, object)) {
      throw ToJava.cannot(home, object, "an awaitable");
    }
  }

  /** A publisher of what {@code async for} goes through; else something that has its methods. */
  private static Conversion publisher(Conversion items, Conversion otherwise) {
    return (home, object) ->
        isAsyncIterable(home, object)
            ? home.surface().view(home, object, Flow.Publisher.class, items, items)
            : otherwise.convert(home, object);
  }

  /** Whether {@code async for} goes through it. */
  public static boolean isAsyncIterable(Home home, long object) {
    return C.PyObject_HasAttr(Types.typeOf(object), home.name("__aiter__")) != 0;
  }

  /** As {@code Flow.Publisher}, of items of that type. */
  public static Object publisher(Home home, long object, Class<?> items) {
    if (!isAsyncIterable(home, object)) {
      throw ToJava.cannot(home, object, "a Flow.Publisher: async for does not go through it");
    }
    return home.surface()
        .view(home, object, Flow.Publisher.class, of((Type) items, false), ELEMENT);
  }

  private static @Nullable Object element(Home home, long object) {
    long type = Types.typeOf(object);
    Class<?> seen =
        type == Types.LIST || type == Types.TUPLE
            ? List.class
            : type == Types.DICT
                ? Map.class
                : type == Types.SET || type == Types.FROZENSET ? Set.class : null;
    return seen == null
        ? ToJava.natural(home, object)
        : home.surface().view(home, object, seen, ELEMENT, ELEMENT);
  }

  // By name: that of a member of a Python Enum, or text
  private static Object constant(Home home, long object, Class<?> type) {
    String name = constantName(home, object, type);
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name)) {
        return constant;
      }
    }
    throw new ConversionException(
        type.getName()
            + " has no constant "
            + name
            + " but "
            + Arrays.toString(type.getEnumConstants()));
  }

  private static String constantName(Home home, long object, Class<?> type) {
    if (Types.isInstance(object, Types.STR)) {
      return Text.toJava(home, object);
    }
    if (C.PyObject_HasAttr(Types.typeOf(object), home.name("__members__")) == 0) {
      throw ToJava.cannot(home, object, "a " + type.getName());
    }
    long name = home.attribute(object, "name");
    try {
      return ToJava.toText(home, name);
    } finally {
      C.Py_DecRef(name);
    }
  }
}
