package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.JavaFunctions;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.BaseStream;
import org.jspecify.annotations.Nullable;

/**
 * What Python's protocols ask of Java objects, as functions for {@code java.py} under their own
 * names.
 */
@SuppressWarnings("unused") // through method handles
final class Protocols {

  // Few first, since a loop may stop early, or change what it runs over
  private static final int FIRST_CHUNK = 16;
  private static final int LONGEST_CHUNK = 1024;

  private static final Map<Method, Group> GROUPS = new ConcurrentHashMap<>();

  private Protocols() {}

  static Group group(Method method) {
    return GROUPS.computeIfAbsent(
        method,
        m -> {
          try {
            return new Group(
                m.getName(),
                Group.Kind.METHODS,
                List.of(Overload.of(m, MethodHandles.lookup().unreflect(m), false, false)));
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  // Every object. Null: an object of a Python class, which is itself alone

  static boolean equal(Argument one, Argument other) {
    if (one.object() == other.object()) {
      return true;
    }
    Object a = Mirror.behind(one.home(), one.object());
    return a != null && a.equals(Mirror.behind(other.home(), other.object()));
  }

  static @Nullable Object hash(Argument of) {
    Object object = Mirror.behind(of.home(), of.object());
    return object == null ? null : (Object) object.hashCode();
  }

  static @Nullable String text(Argument of) {
    Object object = Mirror.behind(of.home(), of.object());
    return object == null ? null : String.valueOf(object);
  }

  static int compare(Comparable<Object> one, Object other) {
    return one.compareTo(other);
  }

  static void close(AutoCloseable closed) throws Exception {
    closed.close();
  }

  // Exceptions

  static String message(Argument exception) {
    Throwable thrown = Mirror.of(exception.home()).carried(exception.object());
    String message = thrown == null ? null : thrown.getLocalizedMessage();
    return message == null ? "" : message;
  }

  /**
   * The Java stack as far as the call from Python, without the cause, which Python shows itself.
   */
  static String stack(Argument exception) {
    Throwable thrown = Mirror.of(exception.home()).carried(exception.object());
    if (thrown == null) {
      return "";
    }
    StringWriter text = new StringWriter();
    try (PrintWriter lines = new PrintWriter(text)) {
      for (StackTraceElement frame : thrown.getStackTrace()) {
        if (frame.getClassName().startsWith("dev.vivarium.internal.")) {
          break;
        }
        lines.println("  at " + frame);
      }
    }
    return text.toString().stripTrailing();
  }

  // Iteration

  /** A function that gives the next items as a list, and at the end None. */
  static Passed chunks(Argument of) {
    Object object = Mirror.object(of);
    int most = object instanceof Collection ? LONGEST_CHUNK : 1; // nobody sees it read ahead
    Iterator<?> items =
        switch (object) {
          case Iterable<?> iterable -> iterable.iterator();
          case BaseStream<?, ?> stream -> stream.iterator();
          case null, default -> throw new Mismatch("not iterable");
        };
    return supplier(of.home(), new Chunks(of.home(), items, most, false));
  }

  static Passed keys(Argument map) {
    return inMap(map, false);
  }

  static Passed entries(Argument map) {
    return inMap(map, true);
  }

  private static Passed inMap(Argument of, boolean pairs) {
    if (!(Mirror.object(of) instanceof Map<?, ?> map)) {
      throw new Mismatch("not a map");
    }
    Iterator<?> items = pairs ? map.entrySet().iterator() : map.keySet().iterator();
    return supplier(of.home(), new Chunks(of.home(), items, LONGEST_CHUNK, pairs));
  }

  static Passed elements(Argument array) {
    Object object = Mirror.object(array);
    if (object == null) {
      throw new Mismatch("not an array");
    }
    return supplier(
        array.home(), new Chunks(array.home(), new Elements(object), LONGEST_CHUNK, false));
  }

  private static Passed supplier(Home home, Supplier<@Nullable Object> chunks) {
    return new Passed.Made(JavaFunctions.create(home, chunks));
  }

  /** An array's elements, looked at when they are asked for. */
  private static final class Elements implements Iterator<@Nullable Object> {

    private final Object array;
    private int next;

    Elements(Object array) {
      this.array = array;
    }

    @Override
    public boolean hasNext() {
      return next < Array.getLength(array);
    }

    @Override
    public @Nullable Object next() {
      return Array.get(array, next++);
    }
  }

  /** A Java iterator, read so many items at a time. */
  private static final class Chunks implements Supplier<@Nullable Object> {

    private final Home home;
    private final Iterator<?> items;
    private final int most;
    private final boolean pairs;
    private int size;

    Chunks(Home home, Iterator<?> items, int most, boolean pairs) {
      this.home = home;
      this.items = items;
      this.most = most;
      this.pairs = pairs;
      this.size = Math.min(most, FIRST_CHUNK);
    }

    @Override
    public @Nullable Object get() {
      @Nullable Object[] read = new Object[size];
      int count = 0;
      while (count < size && items.hasNext()) {
        read[count++] = items.next();
      }
      size = Math.min(most, 2 * size);
      return count == 0 ? null : new Passed.Made(list(read, count));
    }

    private long list(@Nullable Object[] read, int count) {
      long list = home.checked(C.PyList_New(count));
      try {
        for (int i = 0; i < count; i++) {
          home.checked(C.PyList_SetItem(list, i, home.checked(item(read[i]))));
        }
        return list;
      } catch (RuntimeException | Error e) {
        C.Py_DecRef(list);
        throw e;
      }
    }

    private long item(@Nullable Object item) {
      return pairs && item instanceof Map.Entry<?, ?> entry
          ? ToPython.tuple(
              home,
              new Passed.ByReference(entry.getKey()),
              new Passed.ByReference(entry.getValue()))
          : Results.of(home, item);
    }
  }

  /** The next item in a list, or null. */
  static @Nullable Passed step(Argument of) {
    Object object = Mirror.object(of);
    return switch (object) {
      case Iterator<?> iterator -> iterator.hasNext() ? single(of.home(), iterator.next()) : null;
      case Enumeration<?> enumeration ->
          enumeration.hasMoreElements() ? single(of.home(), enumeration.nextElement()) : null;
      case null, default -> throw new Mismatch("not an iterator");
    };
  }

  private static Passed single(Home home, @Nullable Object item) {
    return new Passed.Made(ToPython.tuple(home, new Passed.ByReference(item)));
  }

  // Collections

  static int size(Collection<?> collection) {
    return collection.size();
  }

  static boolean contains(Argument collection, Argument value) {
    return receiver(collection, Collection.class) instanceof Collection<?> all
        && Keys.of(value).anyMatch(key -> holds(all, key.value()));
  }

  private static boolean holds(Collection<?> all, @Nullable Object key) {
    try {
      return all.contains(key);
    } catch (ClassCastException | NullPointerException e) {
      return false; // it could not hold such a thing, which Python says with False
    }
  }

  private static Object receiver(Argument argument, Class<?> type) {
    Object object = Mirror.object(argument);
    if (object == null || !type.isInstance(object)) {
      throw new Mismatch("not a " + type.getName());
    }
    return object;
  }

  static @Nullable Object get(List<?> list, int index) {
    return list.get(index);
  }

  static void set(List<Object> list, int index, @Nullable Object value) {
    Object ignored = list.set(index, value);
  }

  static void add(List<Object> list, int index, @Nullable Object value) {
    list.add(index, value);
  }

  static void remove(List<?> list, int index) {
    Object ignored = list.remove(index);
  }

  // Maps

  static int entryCount(Map<?, ?> map) {
    return map.size();
  }

  static @Nullable Passed lookUp(Argument of, Argument key) {
    Map<?, ?> map = (Map<?, ?>) receiver(of, Map.class);
    return Keys.of(key)
        .filter(k -> hasKey(map, k))
        .findFirst()
        .map(k -> single(of.home(), map.get(k.value())))
        .orElse(null);
  }

  static boolean has(Argument of, Argument key) {
    Map<?, ?> map = (Map<?, ?>) receiver(of, Map.class);
    return Keys.of(key).anyMatch(k -> hasKey(map, k));
  }

  static boolean delete(Argument of, Argument key) {
    Map<?, ?> map = (Map<?, ?>) receiver(of, Map.class);
    return Keys.of(key)
        .filter(k -> hasKey(map, k))
        .findFirst()
        .map(k -> {
          Object ignored = map.remove(k.value());
          return true;
        })
        .orElse(false);
  }

  private static boolean hasKey(Map<?, ?> map, Keys.Key key) {
    try {
      return map.containsKey(key.value());
    } catch (ClassCastException | NullPointerException e) {
      return false;
    }
  }

  static void put(Map<Object, Object> map, @Nullable Object key, @Nullable Object value) {
    Object ignored = map.put(key, value);
  }

  // Arrays

  static int length(Object array) {
    return Array.getLength(array);
  }

  static @Nullable Object element(Object array, int index) {
    return Array.get(array, index);
  }

  static void setElement(Object array, int index, Argument value) {
    Array.set(
        array,
        index,
        Arguments.convert(value.home(), value.object(), array.getClass().getComponentType()));
  }

  static Object newArray(Argument component, int length) {
    if (length < 0) {
      throw new Mismatch("an array's length is not negative: " + length);
    }
    return Array.newInstance(componentType(component), length);
  }

  private static Class<?> componentType(Argument component) {
    if (Types.isInstance(component.object(), Types.STR)) {
      String name = ToJava.toText(component.home(), component.object());
      return switch (name) {
        case "boolean" -> boolean.class;
        case "byte" -> byte.class;
        case "short" -> short.class;
        case "char" -> char.class;
        case "int" -> int.class;
        case "long" -> long.class;
        case "float" -> float.class;
        case "double" -> double.class;
        default -> throw new Mismatch(name + " is no primitive type of Java");
      };
    }
    Object type = Arguments.convert(component.home(), component.object(), Class.class);
    if (type instanceof Class<?> known) {
      return known;
    }
    throw new Mismatch("not a Java class");
  }

  // Text, numbers and what may be absent

  static int textLength(CharSequence text) {
    return text.length();
  }

  static String textPart(CharSequence text, int from, int to) {
    return text.subSequence(from, to).toString();
  }

  static Passed whole(Argument of) {
    Number number = (Number) receiver(of, Number.class);
    return new Passed.Made(ToPython.convert(of.home(), truncated(number)));
  }

  private static BigInteger truncated(Number number) {
    return switch (number) {
      case BigInteger big -> big;
      case BigDecimal decimal -> decimal.toBigInteger();
      case Double d -> new BigDecimal(d).toBigInteger();
      case Float f -> new BigDecimal(f).toBigInteger();
      default -> BigInteger.valueOf(number.longValue());
    };
  }

  static double real(Number number) {
    return number.doubleValue();
  }

  static boolean truth(Boolean value) {
    return value;
  }

  static boolean isPresent(Optional<?> optional) {
    return optional.isPresent();
  }

  static Passed optional(Argument of) {
    Optional<?> optional = (Optional<?>) receiver(of, Optional.class);
    return optional.isPresent()
        ? single(of.home(), optional.get())
        : new Passed.Made(ToPython.tuple(of.home()));
  }

  // Waiting

  @SuppressWarnings("FutureReturnValueIgnored") // what the function throws has no one to take it
  static void whenDone(CompletionStage<?> stage, Argument function) {
    if (!(Arguments.convert(function.home(), function.object(), BiConsumer.class)
        instanceof BiConsumer<?, ?> told)) {
      throw new Mismatch("wants a function of a result and a failure");
    }
    @SuppressWarnings("unchecked")
    BiConsumer<Object, @Nullable Object> tell = (BiConsumer<Object, @Nullable Object>) told;
    stage.whenComplete((value, failure) ->
        tell.accept(new Passed.ByReference(value), failure == null ? null : unwrapped(failure)));
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** Calls a Java method, given as Python has it, with other threads running Python meanwhile. */
  static @Nullable Object detached(Argument method, Argument... arguments) throws Throwable {
    Home home = method.home();
    Group group =
        Types.typeOf(method.object()) == Types.FUNCTION
            ? Group.of(C.PyCFunction_GetFunction(method.object()))
            : null;
    if (group == null || group.kind == Group.Kind.CONSTRUCTORS) {
      throw new Mismatch("wants a method of a Java object or class, and then its arguments");
    }
    long[] pointers = new long[arguments.length];
    for (int i = 0; i < pointers.length; i++) {
      pointers[i] = arguments[i].object();
    }
    long self = C.PyCFunction_GetSelf(method.object());
    Object receiver =
        group.kind == Group.Kind.OF_THROWABLE
            ? Mirror.of(home).thrown(self)
            : Mirror.receiver(home, self);
    return group.choose(home, receiver, pointers, pointers.length, 0, true);
  }
}
