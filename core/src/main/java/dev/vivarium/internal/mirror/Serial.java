package dev.vivarium.internal.mirror;

import dev.vivarium.internal.object.Home;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Java's serialization under Python's {@code pickle} and {@code copy.deepcopy}. */
final class Serial {

  private Serial() {}

  /** A Python object inside a Java one, by its number. */
  private record Inside(int number) implements Serializable {}

  /** An object's bytes, for pickle. */
  static byte[] pickled(Home home, Object object) {
    wantFilter(object);
    return written(home, object, new ArrayList<>(), "pickled");
  }

  /** The object of these bytes, as far as the JVM's filter and the interpreter's allow it. */
  static @Nullable Object unpickled(Home home, byte[] bytes) {
    wantFilter(null);
    return read(home, bytes, List.of());
  }

  // What is read may make any object that the class path knows, which a filter is there to limit
  private static void wantFilter(@Nullable Object object) {
    if (ObjectInputFilter.Config.getSerialFilter() == null) {
      throw new Mismatch(
          (object == null ? "a Java object" : "a " + object.getClass().getTypeName())
              + " is pickled by Java's serialization, which is on where the JVM has a filter of what"
              + " may be read: -Djdk.serialFilter=…");
    }
  }

  /**
   * A copy of an object and of all that it holds.
   *
   * @param ofPython what copies the Python objects among them
   */
  static @Nullable Object copied(
      Home home, Object object, UnaryOperator<@Nullable Object> ofPython) {
    List<@Nullable Object> inside = new ArrayList<>();
    byte[] bytes = written(home, object, inside, "copied");
    inside.replaceAll(ofPython);
    return read(home, bytes, inside);
  }

  private static byte[] written(
      Home home, Object object, List<@Nullable Object> inside, String what) {
    return home.<byte[], RuntimeException>detached(() -> {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (Writer writer = new Writer(bytes, home, inside, what.equals("copied"))) {
        writer.writeObject(object);
      } catch (NotSerializableException e) {
        throw new Mismatch(
            "a "
                + object.getClass().getTypeName()
                + " cannot be "
                + what
                + ": "
                + (object.getClass().getName().equals(e.getMessage())
                    ? "it is not Serializable"
                    : "it holds " + named(e.getMessage()) + ", which is not Serializable"));
      } catch (IOException e) {
        throw new Mismatch(
            "a " + object.getClass().getTypeName() + " cannot be " + what + ": " + e);
      }
      return bytes.toByteArray();
    });
  }

  private static String named(@Nullable String type) {
    return Extension.class.getName().equals(type)
        ? "the Python half of an object whose class extends Java's"
        : "a " + type;
  }

  private static @Nullable Object read(Home home, byte[] bytes, List<@Nullable Object> inside) {
    Mirror mirror = Mirror.of(home);
    return home.<@Nullable Object, RuntimeException>detached(() -> {
      try (Reader reader = new Reader(new ByteArrayInputStream(bytes), mirror, inside)) {
        return reader.readObject();
      } catch (InvalidClassException e) {
        throw new Mismatch("refused by a filter of what may be read: " + e.getMessage());
      } catch (IOException | ClassNotFoundException e) {
        throw new Mismatch("no Java object can be made of these bytes: " + e);
      }
    });
  }

  private static final class Writer extends ObjectOutputStream {

    private final Home home;
    private final List<@Nullable Object> inside;

    Writer(OutputStream out, Home home, List<@Nullable Object> inside, boolean replaces)
        throws IOException {
      super(out);
      this.home = home;
      this.inside = inside;
      if (replaces) {
        boolean ignored = enableReplaceObject(true);
      }
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (object == null || !isOfPython(object)) {
        return object;
      }
      inside.add(object);
      return new Inside(inside.size() - 1);
    }

    private boolean isOfPython(Object object) {
      return home.surface().isOfPython(object)
          || (Proxy.isProxyClass(object.getClass())
              && Proxy.getInvocationHandler(object) instanceof Implementation);
    }
  }

  private static final class Reader extends ObjectInputStream {

    // What Python has as its own, whatever else its code may see
    private static final Set<Class<?>> PLAIN =
        Set.of(
            Boolean.class,
            Byte.class,
            Character.class,
            Double.class,
            Float.class,
            Integer.class,
            Long.class,
            Number.class,
            Short.class,
            String.class);

    private final ClassLoader loader;
    private final List<@Nullable Object> inside;

    Reader(InputStream in, Mirror mirror, List<@Nullable Object> inside) throws IOException {
      super(in);
      this.loader = mirror.classLoader();
      this.inside = inside;
      Predicate<Class<?>> allowed = mirror.access().allowed();
      if (allowed != null) {
        setObjectInputFilter(
            ObjectInputFilter.rejectFilter(
                type -> !isPlain(type) && !allowed.test(type), ObjectInputFilter.Status.UNDECIDED));
      }
      if (!inside.isEmpty()) {
        boolean ignored = enableResolveObject(true);
      }
    }

    private static boolean isPlain(Class<?> type) {
      return type.isPrimitive() || type.isArray() || PLAIN.contains(type);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass described)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(described.getName(), false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(described); // primitive ones, and this library's
      }
    }

    @Override
    protected @Nullable Object resolveObject(@Nullable Object object) {
      return object instanceof Inside one ? inside.get(one.number()) : object;
    }
  }
}
