package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.bridge.JavaFunctions;
import dev.vivarium.internal.capi.JniMonitors;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.VirtualThreads;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Entry;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PythonMemory;
import dev.vivarium.internal.object.Target;
import dev.vivarium.internal.object.Text;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
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

  private static final Detachment EQUALS = Detachment.of(Object.class, "equals", Object.class);
  private static final Detachment HASH_CODE = Detachment.of(Object.class, "hashCode");
  private static final Detachment TO_STRING = Detachment.of(Object.class, "toString");
  private static final Detachment MESSAGE = Detachment.of(Throwable.class, "getLocalizedMessage");
  private static final Detachment MAP_GET = Detachment.of(Map.class, "get", Object.class);
  private static final Detachment MAP_PUT =
      Detachment.of(Map.class, "put", Object.class, Object.class);
  private static final Detachment CONTAINS =
      Detachment.of(Collection.class, "contains", Object.class);

  private static final Map<Method, Group> GROUPS = new ConcurrentHashMap<>();

  // Not a value of any map
  private static final Object MISSING = new Object();
  private static final long KEY_ERROR = LibPython.pointer("PyExc_KeyError");

  private Protocols() {}

  static Group group(Method method) {
    return group(method, method.getName(), false, detachment(method));
  }

  // One that receives has the object as its first argument, as a method of it
  private static Group group(Method method, String name, boolean receives, Detachment detachment) {
    return GROUPS.computeIfAbsent(
        method,
        m -> {
          try {
            return new Group(
                Protocols.class,
                name,
                Group.Kind.METHODS,
                List.of(
                    Overload.of(
                        m,
                        MethodHandles.lookup().unreflect(m),
                        receives,
                        detachment,
                        Bindings.NONE)));
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  // What takes Python objects as they are detaches by itself, where it calls Java
  private static Detachment detachment(Method method) {
    return List.of(method.getParameterTypes()).contains(Argument.class)
        ? Detachment.never()
        : Detachment.ofFirst(method);
  }

  /** What a body gives that calls methods of an object, detached unless these may keep the GIL. */
  private static <T extends @Nullable Object> T of(
      Home home, boolean keeps, Home.Body<T, RuntimeException> body) {
    return keeps ? body.run() : home.detached(body);
  }

  // Every object. Null: an object of a Python class, which is itself alone

  static boolean equal(Argument one, Argument other) {
    if (one.object() == other.object()) {
      return true;
    }
    Home home = one.home();
    Object a = Mirror.behind(home, one.object());
    Object b = Mirror.behind(home, other.object());
    return a != null && of(home, EQUALS.keeps(home, a, b), () -> a.equals(b));
  }

  static @Nullable Object hash(Argument of) {
    Home home = of.home();
    Object object = Mirror.behind(home, of.object());
    return object == null
        ? null
        : of(home, HASH_CODE.keeps(home, object), () -> (Object) object.hashCode());
  }

  static @Nullable String text(Argument of) {
    Home home = of.home();
    Object object = Mirror.behind(home, of.object());
    return object == null
        ? null
        : of(home, TO_STRING.keeps(home, object), () -> String.valueOf(object));
  }

  // Classes

  /** The Python type that a class object is of, or null for one that is not to be seen. */
  static @Nullable Passed shown(Argument of) {
    Class<?> type = (Class<?>) receiver(of, Class.class);
    return Mirror.of(of.home()).python().typeObject(type);
  }

  /**
   * The class of that full name that a class loader finds, by default the interpreter's, or null.
   */
  static @Nullable Passed named(Argument name, @Nullable ClassLoader loader) {
    Home home = name.home();
    Mirror mirror = Mirror.of(home);
    String text = ToJava.toText(home, name.object());
    ClassLoader from = loader == null ? mirror.classLoader() : loader;
    Class<?> found =
        home.<@Nullable Class<?>, RuntimeException>detached(() -> Packages.find(from, text));
    return found == null ? null : mirror.python().typeObject(found);
  }

  /** What {@code Class.forName} of one name gives, by the interpreter's class loader. */
  static Class<?> forName(Argument name) throws Throwable {
    Home home = name.home();
    String text = ToJava.toText(home, name.object());
    ClassLoader loader = Mirror.of(home).classLoader();
    return home.<Class<?>, ClassNotFoundException>detached(() -> Class.forName(text, true, loader));
  }

  /** Has a new Python class that extends a Java class lead Java's calls to what it defines. */
  static Passed route(Argument type, List<String> defined) {
    Routes routes = Mirror.of(type.home()).python().route(type.object(), defined);
    return new Passed.ByReference(routes);
  }

  /** Has the finalizer of such a class be its own again, after {@code __del__} was set. */
  static void keepFinalizer(Argument type) {
    PythonSide.setFinalizer(type.object());
  }

  /** Whether an object has no Java half yet. */
  static boolean unconstructed(Argument of) {
    return Mirror.isUnconstructed(of.home(), of.object());
  }

  /** The class object of a Python type. */
  static Passed classOf(Argument type) {
    Object meant = Arguments.convert(type.home(), type.object(), Class.class);
    return new Passed.Made(Results.ofClass(type.home(), meant));
  }

  /** What Python has for it. */
  static Passed counterpart(Argument of) {
    Object value = Mirror.object(of);
    return new Passed.Made(ToPython.convert(of.home(), value));
  }

  /** Whether it is one of the JDK's collections that never change. */
  static boolean isImmutable(Object collection) {
    if (collection.getClass().getConstructors().length > 0) {
      return false; // and nothing of it need be copied to see that
    }
    try {
      return switch (collection) {
        case List<?> list -> isSame(List.copyOf(list), list);
        case Set<?> set -> isSame(Set.copyOf(set), set);
        case Map<?, ?> map -> isSame(Map.copyOf(map), map);
        default -> false;
      };
    } catch (NullPointerException e) {
      return false; // these hold no null
    }
  }

  @SuppressWarnings("ReferenceEquality") // copyOf gives these themselves
  private static boolean isSame(Object one, Object other) {
    return one == other;
  }

  /** Whether there is a Java object behind: there is none behind one of a Python class. */
  static boolean isJava(Argument of) {
    return Mirror.behind(of.home(), of.object()) != null;
  }

  /** Its bytes, for pickle. */
  static Passed pickled(Argument of) {
    byte[] bytes = Serial.pickled(of.home(), receiver(of, Object.class));
    return new Passed.Made(of.home().checked(ToPython.convert(of.home(), bytes)));
  }

  static Passed unpickled(Argument bytes) {
    Object given = Arguments.convert(bytes.home(), bytes.object(), byte[].class);
    if (!(given instanceof byte[] content)) {
      throw new Mismatch("wants the bytes of a Java object");
    }
    return reference(bytes.home(), Serial.unpickled(bytes.home(), content));
  }

  /** A copy of all that an object holds; a function copies the Python objects among it. */
  static Passed deeplyCopied(Argument of, Argument copy) {
    Home home = of.home();
    Object copied =
        Serial.copied(
            home,
            receiver(of, Object.class),
            object -> {
              try (Call call = Call.of(home)) {
                long made = home.checked(call.add(object).callFunction(copy.object()));
                try {
                  return Target.ELEMENT.convert(home, made);
                } finally {
                  C.Py_DecRef(made);
                }
              }
            });
    return reference(home, copied);
  }

  private static Passed reference(Home home, @Nullable Object value) {
    return value == null
        ? new Passed.ByReference(null)
        : new Passed.Made(Mirror.of(home).reference(value));
  }

  static int compare(Comparable<Object> one, Object other) {
    return one.compareTo(other);
  }

  static void close(AutoCloseable closed) throws Exception {
    closed.close();
  }

  // Exceptions

  static String message(Argument exception) {
    Home home = exception.home();
    Throwable thrown = Mirror.of(home).carried(exception.object());
    String message =
        thrown == null
            ? null
            : Protocols.<@Nullable String>of(
                home, MESSAGE.keeps(home, thrown), thrown::getLocalizedMessage);
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
      for (StackTraceElement frame : exception.home().detached(thrown::getStackTrace)) {
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
    Home home = of.home();
    Object object = Mirror.object(of);
    int most = object instanceof Collection ? LONGEST_CHUNK : 1; // nobody sees it read ahead
    Home.Body<Iterator<?>, RuntimeException> items =
        switch (object) {
          case Iterable<?> iterable -> iterable::iterator;
          case BaseStream<?, ?> stream -> stream::iterator;
          case null, default -> throw new Mismatch("not iterable");
        };
    return supplier(home, new Chunks(home, home.detached(items), most, false));
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
    Iterator<?> items =
        of.home()
            .<Iterator<?>, RuntimeException>detached(
                () -> pairs ? map.entrySet().iterator() : map.keySet().iterator());
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
      @Nullable Object[] read = home.<@Nullable Object[], RuntimeException>detached(this::read);
      return read.length == 0 ? null : new Passed.Made(list(read));
    }

    // Two threads may read at once, where Python code shares the iterator: what Java's then does is
    // Java's, so each has a part of its own
    private @Nullable Object[] read() {
      int wanted = size;
      @Nullable Object[] read = new Object[pairs ? 2 * wanted : wanted];
      int count = 0;
      for (int i = 0; i < wanted && items.hasNext(); i++) {
        Object item = items.next();
        if (pairs) {
          Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
          read[count++] = entry.getKey();
          read[count++] = entry.getValue();
        } else {
          read[count++] = item;
        }
      }
      size = Math.min(most, 4 * wanted);
      return count == read.length ? read : Arrays.copyOf(read, count);
    }

    private long list(@Nullable Object[] read) {
      int count = pairs ? read.length / 2 : read.length;
      long list = home.checked(C.PyList_New(count));
      try {
        for (int i = 0; i < count; i++) {
          long item = pairs ? pair(read[2 * i], read[2 * i + 1]) : Results.of(home, read[i]);
          home.checked(C.PyList_SetItem(list, i, home.checked(item)));
        }
        return list;
      } catch (RuntimeException | Error e) {
        C.Py_DecRef(list);
        throw e;
      }
    }

    private long pair(@Nullable Object key, @Nullable Object value) {
      return ToPython.tuple(home, new Passed.ByReference(key), new Passed.ByReference(value));
    }
  }

  /** The next item in a list, or null. */
  static @Nullable Passed step(Argument of) {
    Object object = Mirror.object(of);
    Found next =
        of.home()
            .<@Nullable Found, RuntimeException>detached(() ->
                switch (object) {
                  case Iterator<?> items -> items.hasNext() ? new Found(items.next()) : null;
                  case Enumeration<?> items ->
                      items.hasMoreElements() ? new Found(items.nextElement()) : null;
                  case null, default -> throw new Mismatch("not an iterator");
                });
    return next == null ? null : single(of.home(), next.item);
  }

  /** Something, which may be null. */
  private record Found(@Nullable Object item) {}

  private static Passed single(Home home, @Nullable Object item) {
    long tuple = home.checked(C.PyTuple_New(1));
    try {
      home.checked(C.PyTuple_SetItem(tuple, 0, home.checked(Results.of(home, item))));
      return new Passed.Made(tuple);
    } catch (RuntimeException | Error e) {
      C.Py_DecRef(tuple);
      throw e;
    }
  }

  // Collections

  static int size(Collection<?> collection) {
    return collection.size();
  }

  static boolean contains(Argument collection, Argument value) {
    Collection<?> all = (Collection<?>) receiver(collection, Collection.class);
    List<@Nullable Object> keys = Keys.of(value);
    return of(value.home(), keeps(CONTAINS, value.home(), all, keys), () -> Keys.isIn(all, keys));
  }

  /** Whether a list has Python objects in it, of whose {@code ==} Java knows nothing. */
  static boolean holdsPython(Argument of) {
    List<?> list = (List<?>) receiver(of, List.class);
    Class<?> python = of.home().surface().wrapper();
    Object[] items = of.home().<Object[], RuntimeException>detached(list::toArray);
    return Arrays.stream(items).anyMatch(python::isInstance);
  }

  /** Removes the element that Python's {@code ==} finds; whether there was one. */
  static boolean discard(Argument collection, Argument value) {
    Collection<?> all = (Collection<?>) receiver(collection, Collection.class);
    List<@Nullable Object> keys = Keys.of(value);
    return value.home().<Boolean, RuntimeException>detached(() -> Keys.remove(all, keys));
  }

  private static boolean keeps(
      Detachment method, Home home, Object receiver, List<@Nullable Object> keys) {
    return method.keeps(home, receiver, keys.getFirst()); // if one is plain, all are
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

  static void reverse(List<?> list) {
    Collections.reverse(list);
  }

  static void sortBy(List<Object> list, @Nullable Comparator<Object> comparator) {
    list.sort(comparator);
  }

  /** Puts the elements into the order of their indices before. */
  static void permute(List<Object> list, int[] order) {
    Object[] before = list.toArray();
    if (before.length != order.length) {
      throw new ConcurrentModificationException("the list has been changed while it was sorted");
    }
    for (int i = 0; i < order.length; i++) {
      Object ignored = list.set(i, before[order[i]]);
    }
  }

  /** Makes it as many times as long, or empty. */
  static void repeat(List<Object> list, int times) {
    if (times <= 0) {
      list.clear();
      return;
    }
    List<Object> once = new ArrayList<>(list);
    for (int i = 1; i < times; i++) {
      list.addAll(once);
    }
  }

  // Maps

  static int entryCount(Map<?, ?> map) {
    return map.size();
  }

  /** The value in a list, or null. */
  static @Nullable Passed lookUp(Argument of, Argument key) {
    Object value = value((Map<?, ?>) receiver(of, Map.class), key);
    return value == MISSING ? null : single(of.home(), value);
  }

  /** A map's {@code []}, as a method of it: {@code dict(map)} asks for each key by itself. */
  static Group item() {
    try {
      return group(
          Protocols.class.getDeclaredMethod("item", Map.class, Argument.class),
          "__getitem__",
          true,
          Detachment.never());
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Object item(Map<?, ?> map, Argument key) {
    Object value = value(map, key);
    if (value == MISSING) {
      raise(key);
      throw new Raised();
    }
    return value;
  }

  private static void raise(Argument key) {
    C.Py_IncRef(key.object());
    // In a tuple, since one by itself would be several arguments
    long arguments = ToPython.tuple(key.home(), new Passed.Made(key.object()));
    C.PyErr_SetObject(KEY_ERROR, arguments);
    C.Py_DecRef(arguments);
  }

  /** The value of a key, or MISSING. */
  private static @Nullable Object value(Map<?, ?> map, Argument key) {
    if (Types.typeOf(key.object()) == Types.STR && isHashMap(map)) {
      String text = Text.toJava(key.home(), key.object());
      if (text.length() != 1) { // else a Character may be meant
        Object value = map.get(text);
        return value == null && !map.containsKey(text) ? MISSING : value;
      }
    }
    Found found = inMap(map, key, (known, it) -> new Found(known.get(it)));
    return found == null ? MISSING : found.item;
  }

  // Which asks a text for its hash and whether it equals another, and never waits
  private static boolean isHashMap(Object object) {
    return object.getClass() == HashMap.class || object.getClass() == LinkedHashMap.class;
  }

  static boolean has(Argument of, Argument key) {
    return inMap(of, key, (map, known) -> true) != null;
  }

  static boolean delete(Argument of, Argument key) {
    return inMap(
            of,
            key,
            (map, known) -> {
              Object ignored = map.remove(known);
              return true;
            })
        != null;
  }

  /** What is done with the key that a map has, or null where it has none. */
  private static <T> @Nullable T inMap(
      Argument of, Argument key, BiFunction<Map<?, ?>, @Nullable Object, T> use) {
    return inMap((Map<?, ?>) receiver(of, Map.class), key, use);
  }

  private static <T> @Nullable T inMap(
      Map<?, ?> map, Argument key, BiFunction<Map<?, ?>, @Nullable Object, T> use) {
    List<@Nullable Object> keys = Keys.of(key);
    return Protocols.<@Nullable T>of(
        key.home(),
        keeps(MAP_GET, key.home(), map, keys),
        () -> {
          for (Object known : Keys.found(map, keys)) {
            return use.apply(map, known);
          }
          return null;
        });
  }

  /** Replaces the value of the key that the map has; a new key is of the type of its others. */
  static void put(Argument of, Argument key, @Nullable Object value) {
    @SuppressWarnings("unchecked")
    Map<Object, Object> map = (Map<Object, Object>) receiver(of, Map.class);
    List<@Nullable Object> keys = Keys.of(key);
    Object ignored =
        Protocols.<@Nullable Object>of(
            of.home(),
            MAP_PUT.keepsAll(of.home(), map, new @Nullable Object[] {keys.getFirst(), value}),
            () -> map.put(Keys.in(map, keys), value));
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

  /** Another array of the same elements. */
  static Object cloned(Object array) {
    int length = Array.getLength(array);
    Object copy = Array.newInstance(array.getClass().getComponentType(), length);
    System.arraycopy(array, 0, copy, 0, length);
    return copy;
  }

  /** A copy of a primitive array's memory, as bytes. */
  static Passed arrayBytes(Argument array) {
    Object object = Mirror.object(array);
    if (object == null) {
      throw new Mismatch("not an array");
    }
    MemorySegment memory = PythonMemory.segment(object);
    byte[] copy = memory.toArray(ValueLayout.JAVA_BYTE);
    return new Passed.Made(array.home().checked(ToPython.convert(array.home(), copy)));
  }

  /** The memory of a direct buffer, from its position to its limit. */
  static Passed lent(Argument of) {
    return new Passed.Made(
        of.home().surface().lend(of.home(), (Buffer) receiver(of, Buffer.class)));
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
    BigInteger whole = of.home().<BigInteger, RuntimeException>detached(() -> truncated(number));
    return new Passed.Made(ToPython.convert(of.home(), whole));
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
  static void whenDone(Object awaited, Argument function) {
    if (!(Arguments.convert(function.home(), function.object(), BiConsumer.class)
        instanceof BiConsumer<?, ?> told)) {
      throw new Mismatch("wants a function of a result and a failure");
    }
    @SuppressWarnings("unchecked")
    BiConsumer<Object, @Nullable Object> tell = (BiConsumer<Object, @Nullable Object>) told;
    Home home = function.home();
    home.detached(() ->
        stage(awaited)
            .whenComplete((value, failure) ->
                tellFromAnywhere(
                    home,
                    () ->
                        tell.accept(
                            new Passed.ByReference(value),
                            failure == null ? null : unwrapped(failure)))));
  }

  // Who completes a future learns of no exception, and Python would wait for ever
  private static void tellFromAnywhere(Home home, Runnable tell) {
    try {
      Entry.<@Nullable Object>fromAnywhere(
          home,
          () -> {
            tell.run();
            return null;
          });
    } catch (StackOverflowError e) {
      VirtualThreads.start("java-awaited", tell);
    }
  }

  private static CompletionStage<?> stage(Object awaited) {
    if (awaited instanceof CompletionStage<?> stage) {
      return stage;
    }
    Future<?> future = (Future<?>) awaited;
    CompletableFuture<@Nullable Object> stage = new CompletableFuture<>();
    VirtualThreads.start(
        "java-awaited",
        () -> {
          try {
            stage.complete(future.get());
          } catch (Throwable t) {
            Throwable cause = t instanceof ExecutionException ? t.getCause() : t;
            stage.completeExceptionally(cause == null ? t : cause);
          }
        });
    return stage;
  }

  /** Of whoever waited for it: a stage that is no future has nobody to tell. */
  static void cancel(Object awaited) {
    if (awaited instanceof Future<?> future) {
      try {
        boolean ignored = future.cancel(true);
      } catch (UnsupportedOperationException e) {
        // CompletableFuture's own minimal stages
      }
    }
  }

  /** Has the items of a publisher told to a function of Python's; gives what asks for them. */
  static Passed subscribe(Flow.Publisher<?> publisher, Argument function) {
    @SuppressWarnings("unchecked")
    BiPredicate<String, @Nullable Object> tell =
        (BiPredicate<String, @Nullable Object>)
            Objects.requireNonNull(
                Arguments.convert(function.home(), function.object(), BiPredicate.class));
    PublisherReader reader =
        new PublisherReader(
            (what, value) -> Entry.fromAnywhere(function.home(), () -> tell.test(what, value)));
    function
        .home()
        .<@Nullable Object, RuntimeException>detached(() -> {
          publisher.subscribe(reader);
          return null;
        });
    return new Passed.ByReference(reader);
  }

  static void request(PublisherReader reader) {
    reader.request();
  }

  static void unsubscribe(PublisherReader reader) {
    reader.leave();
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
            ? Mirror.of(home).python().group(C.PyCFunction_GetFunction(method.object()))
            : null;
    if (group == null) { // a function of Python's, or a lambda of Java's: it lets go by itself
      return called(method, arguments);
    }
    if (group.kind == Group.Kind.CONSTRUCTORS) {
      throw new Mismatch("wants a function or a method of a Java object, and then its arguments");
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

  /**
   * Runs a Python function with a Java object's monitor held. Waiting for that lets go of the GIL,
   * or its owner might wait for it; the function has it again, by itself.
   */
  static void synchronize(Argument of, Argument function) {
    Home home = of.home();
    Object monitor = monitor(of);
    Runnable body =
        Objects.requireNonNull(
            (Runnable) Arguments.convert(home, function.object(), Runnable.class));
    home.<@Nullable Object, RuntimeException>detached(() -> {
      synchronized (monitor) {
        body.run();
      }
      return null;
    });
  }

  /**
   * Enters a Java object's monitor and returns with it held, for a {@code with}. Waiting for it
   * lets go of the GIL; where the way back to that fails, the monitor is not held.
   */
  static void monitorEnter(Argument of) {
    Object monitor = monitor(of);
    boolean[] entered = {false};
    try {
      of.home()
          .<@Nullable Object, RuntimeException>detached(() -> {
            JniMonitors.enter(monitor);
            entered[0] = true;
            return null;
          });
    } catch (Throwable t) {
      if (entered[0]) {
        JniMonitors.exit(monitor);
      }
      throw t;
    }
  }

  /** Leaves it, whatever a {@code with} says of its body's end. */
  static void monitorExit(Argument of, Argument... exception) {
    JniMonitors.exit(monitor(of));
  }

  /** How often this thread has entered it so and not left it. */
  static int monitorHolds(Argument of) {
    return JniMonitors.holds(monitor(of));
  }

  /** Leaves it so often that it is held as often as before. */
  static void monitorUnwind(Argument of, int holds) {
    Object monitor = monitor(of);
    while (JniMonitors.holds(monitor) > holds) {
      JniMonitors.exit(monitor);
    }
  }

  private static Object monitor(Argument of) {
    Object monitor = Mirror.behind(of.home(), of.object());
    if (monitor == null) { // a Java exception is an exception of Python's
      monitor = Mirror.of(of.home()).java(of.object(), Types.typeOf(of.object()), Throwable.class);
    }
    if (monitor == null) {
      throw new Mismatch(
          "a "
              + ToJava.typeName(of.home(), of.object())
              + " is no Java object, which has a monitor");
    }
    return monitor;
  }

  private static Passed called(Argument function, Argument[] arguments) {
    try (Call call = Call.of(function.home(), arguments.length)) {
      for (Argument argument : arguments) {
        call.addBorrowed(argument.object());
      }
      return new Passed.Made(function.home().checked(call.callFunction(function.object())));
    }
  }
}
