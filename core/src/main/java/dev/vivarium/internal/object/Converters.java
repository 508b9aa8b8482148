package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conversions that users have registered, for one interpreter or for all. */
public final class Converters {

  /** One for a Java type. */
  public interface Own extends Conversion {

    /** A new reference to the Python object for a value; attached. */
    long toPython(Home home, Object value);
  }

  /**
   * One for a Python class.
   *
   * @param python its type, which lives as long as the interpreter
   * @param java what it gives
   */
  public record OfPython(long python, Class<?> java, Conversion conversion) {

    private boolean gives(Class<?> wanted) {
      return wanted.isPrimitive()
          ? MethodType.methodType(wanted).wrap().returnType() == java
          : wanted.isAssignableFrom(java);
    }
  }

  /** Those of every interpreter. */
  public static final Converters EVERYWHERE = new Converters(null);

  private final @Nullable Converters more;

  // Replaced, never changed
  private volatile Map<Class<?>, Own> own = Map.of();
  private volatile Map<Class<?>, Own> results = Map.of();
  private volatile List<OfPython> ofPython = List.of();

  Converters(@Nullable Converters more) {
    this.more = more;
  }

  /** Registers one, in place of what was there for the type. */
  public synchronized void register(Class<?> type, Own conversion) {
    own = with(own, type, conversion);
  }

  /** Registers one for what Java members give to Python code. */
  public synchronized void registerResult(Class<?> type, Own conversion) {
    results = with(results, type, conversion);
  }

  private static Map<Class<?>, Own> with(
      Map<Class<?>, Own> conversions, Class<?> type, Own conversion) {
    Map<Class<?>, Own> changed = new HashMap<>(conversions);
    changed.put(type, conversion);
    return Map.copyOf(changed);
  }

  /**
   * Registers one for a Python class.
   *
   * @return whether it is the first for that class, which must be kept now
   */
  public synchronized boolean register(OfPython conversion) {
    List<OfPython> changed = new ArrayList<>(ofPython);
    boolean known = changed.removeIf(one -> one.python == conversion.python);
    changed.add(conversion);
    ofPython = List.copyOf(changed);
    return !known;
  }

  synchronized void clear() {
    own = Map.of();
    results = Map.of();
    ofPython = List.of();
  }

  /** Whether there are none of what becomes a Java object. */
  public boolean isEmpty() {
    return own.isEmpty() && ofPython.isEmpty() && (more == null || more.isEmpty());
  }

  /**
   * That of the nearest Python class that a type is or derives from, if it gives what is wanted; or
   * null.
   */
  public @Nullable OfPython ofPython(long type, Class<?> wanted) {
    OfPython nearest = null;
    for (OfPython one : ofPython) {
      if (one.gives(wanted)
          && C.PyType_IsSubtype(type, one.python) != 0
          && (nearest == null || C.PyType_IsSubtype(one.python, nearest.python) != 0)) {
        nearest = one;
      }
    }
    return nearest;
  }

  /** What a member's result becomes, or null if it stays what it is. */
  public @Nullable Own result(Object value) {
    return find(results, value);
  }

  /** How an object becomes that type, or null. */
  public @Nullable Conversion toJava(Class<?> type) {
    Own found = own.get(type);
    return found != null || more == null ? found : more.toJava(type);
  }

  /** That of the nearest type that a value is of, or null. */
  @Nullable Own toPython(Object value) {
    Own found = find(own, value);
    return found != null || more == null ? found : more.toPython(value);
  }

  private static @Nullable Own find(Map<Class<?>, Own> conversions, Object value) {
    if (conversions.isEmpty()) {
      return null;
    }
    Own exact = conversions.get(value.getClass());
    return exact != null ? exact : nearest(conversions, value);
  }

  private static @Nullable Own nearest(Map<Class<?>, Own> conversions, Object value) {
    Class<?> nearest = null;
    for (Class<?> type : conversions.keySet()) {
      if (type.isInstance(value) && (nearest == null || nearest.isAssignableFrom(type))) {
        nearest = type;
      }
    }
    return nearest == null ? null : conversions.get(nearest);
  }
}
