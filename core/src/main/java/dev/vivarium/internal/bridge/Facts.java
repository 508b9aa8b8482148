package dev.vivarium.internal.bridge;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Methods of the JDK that are known not to block though {@link LookThrough} could not say so, since
 * they are native, loop over what they are given, or compare and swap. All of them do nothing but
 * compute. Those with a condition call methods of their arguments, and so are known only where
 * these are texts, numbers' boxes or arrays of primitives.
 */
final class Facts {

  private static final Set<String> ALL = Set.of();

  // By declaring class: names; an empty set for all of them
  private static final Map<String, Set<String>> ALWAYS =
      Map.ofEntries(
          Map.entry("java.lang.Object", Set.of("<init>", "getClass", "hashCode", "equals")),
          Map.entry(
              "java.lang.System",
              Set.of("arraycopy", "nanoTime", "currentTimeMillis", "identityHashCode")),
          Map.entry("java.lang.Math", ALL),
          Map.entry("java.lang.StrictMath", ALL),
          Map.entry("java.lang.Thread", Set.of("currentThread")),
          Map.entry(
              "java.lang.Class",
              Set.of(
                  "isInstance",
                  "isArray",
                  "isPrimitive",
                  "isInterface",
                  "getName",
                  "getComponentType",
                  "getModifiers",
                  "getSuperclass",
                  "desiredAssertionStatus")),
          Map.entry("java.util.Arrays", Set.of("copyOf", "copyOfRange")),
          Map.entry("java.lang.reflect.Array", Set.of("getLength", "get", "set", "newArray")),
          Map.entry("jdk.internal.util.Preconditions", ALL),
          Map.entry("java.util.Objects", Set.of("checkIndex", "checkFromToIndex")),
          Map.entry("java.util.concurrent.atomic.AtomicInteger", atomic()),
          Map.entry("java.util.concurrent.atomic.AtomicLong", atomic()),
          Map.entry("java.util.concurrent.atomic.AtomicBoolean", atomic()),
          Map.entry("java.util.concurrent.atomic.AtomicReference", atomic()));

  // The same, on condition
  private static final Map<String, Set<String>> OF_PLAIN =
      Map.ofEntries(
          Map.entry("java.lang.String", ALL),
          Map.entry("java.lang.StringBuilder", ALL),
          Map.entry("java.lang.AbstractStringBuilder", ALL),
          Map.entry("java.lang.Integer", ALL),
          Map.entry("java.lang.Long", ALL),
          Map.entry("java.lang.Short", ALL),
          Map.entry("java.lang.Byte", ALL),
          Map.entry("java.lang.Character", ALL),
          Map.entry("java.lang.Boolean", ALL),
          Map.entry("java.lang.Float", ALL),
          Map.entry("java.lang.Double", ALL),
          Map.entry("java.lang.Throwable", Set.of("<init>")));

  // System properties, character sets of providers, and expressions that may take for ever
  private static final Set<String> BUT =
      Set.of(
          "getInteger",
          "getLong",
          "getBoolean",
          "getBytes",
          "split",
          "splitWithDelimiters",
          "matches",
          "replaceAll",
          "replaceFirst",
          "repeat");

  // Those of these classes themselves, whose hooks for classes derived from them do nothing
  private static final Set<String> MAPS =
      Set.of(
          "java.util.HashMap", "java.util.LinkedHashMap", "java.util.concurrent.ConcurrentHashMap");
  private static final Set<String> LOOK_UP = Set.of("get", "containsKey", "getOrDefault");
  private static final Set<String> CHANGE = Set.of("put", "remove", "putIfAbsent");

  private Facts() {}

  private static Set<String> atomic() {
    return Set.of(
        "<init>",
        "get",
        "set",
        "getAndSet",
        "compareAndSet",
        "incrementAndGet",
        "decrementAndGet",
        "addAndGet",
        "getAndIncrement",
        "getAndDecrement",
        "getAndAdd",
        "intValue",
        "longValue");
  }

  /**
   * Whether a method is known by its name.
   *
   * @param receiver the exact class that it is called on, or null if that is not known
   * @param plain whether all that it is given are texts, boxes, arrays of primitives, or null; of a
   *     map, whether the key is
   */
  static boolean has(Class<?> owner, String name, @Nullable Class<?> receiver, boolean plain) {
    if (owner.getClassLoader() != null) {
      return false;
    }
    if (names(ALWAYS, owner, name) || isOwn(owner, name)) {
      return true;
    }
    if (!plain) {
      return false;
    }
    return (names(OF_PLAIN, owner, name) && !BUT.contains(name))
        || (receiver != null
            && isMap(receiver)
            && (LOOK_UP.contains(name)
                || (CHANGE.contains(name)
                    && receiver != java.util.concurrent.ConcurrentHashMap.class)));
  }

  /** Whether a text or a box may be asked that with plain arguments. */
  static boolean ofPlain(String name) {
    return !BUT.contains(name) && !name.equals("wait") && !name.startsWith("notify");
  }

  static boolean isMap(Class<?> exact) {
    return MAPS.contains(exact.getName());
  }

  private static boolean names(Map<String, Set<String>> facts, Class<?> owner, String name) {
    Set<String> names = facts.get(owner.getName());
    return names != null && (names.isEmpty() || names.contains(name));
  }

  // They look at the other one's class first
  private static boolean isOwn(Class<?> owner, String name) {
    return name.equals("equals") && Plain.is(owner);
  }
}
