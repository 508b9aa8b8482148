package dev.vivarium.internal.mirror;

import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.object.Home;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an argument of a method of Java's collections is for: one that names a key or an element is
 * handed over as the collection has it, since to Java an Integer 5 is no Long 5.
 */
enum Sought {
  NOTHING,
  KEY,
  VALUE,
  ELEMENT,
  /** What a set is to have, or has; of another collection a new element. */
  OF_SET,
  /** Elements of a Python container. */
  ELEMENTS,
  /** The same, of a set. */
  ELEMENTS_OF_SET,
  /** A Python mapping. */
  ENTRIES;

  private static final Detachment CONTAINS_KEY =
      Detachment.of(Map.class, "containsKey", Object.class);
  private static final Detachment CONTAINS =
      Detachment.of(Collection.class, "contains", Object.class);

  private static final Set<String> OF_VALUES = Set.of("containsValue", "contains");

  // Others put an element there, unless it is a set and has it
  private static final Set<String> LOOKING =
      Set.of(
          "contains",
          "remove",
          "indexOf",
          "lastIndexOf",
          "removeFirstOccurrence",
          "removeLastOccurrence",
          "search");

  private static final Set<String> OF_MANY = Set.of("containsAll", "removeAll", "retainAll");

  /** One for each parameter, or none at all. */
  static List<Sought> by(Method method) {
    Class<?> owner = method.getDeclaringClass();
    boolean map = Map.class.isAssignableFrom(owner);
    if (!map && !Collection.class.isAssignableFrom(owner)) {
      return List.of();
    }
    List<Sought> all = new ArrayList<>();
    Class<?>[] parameters = method.getParameterTypes();
    for (int i = 0; i < parameters.length; i++) {
      all.add(
          map
              ? inMap(method.getName(), parameters, i)
              : inCollection(method.getName(), parameters[i]));
    }
    return all.stream().allMatch(NOTHING::equals) ? List.of() : List.copyOf(all);
  }

  private static Sought inMap(String name, Class<?>[] parameters, int index) {
    if (parameters[index] == Map.class && name.equals("putAll")) {
      return ENTRIES;
    } else if (parameters[index] != Object.class) {
      return NOTHING;
    } else if (index == 0) {
      return OF_VALUES.contains(name) ? VALUE : KEY;
    }
    boolean expected =
        index == 1
            && ((name.equals("remove") && parameters.length == 2)
                || (name.equals("replace") && parameters.length == 3));
    return expected ? VALUE : name.equals("subMap") ? KEY : NOTHING;
  }

  private static Sought inCollection(String name, Class<?> parameter) {
    if (parameter == Object.class) {
      return LOOKING.contains(name) ? ELEMENT : OF_SET;
    } else if (parameter != Collection.class) {
      return NOTHING;
    }
    return OF_MANY.contains(name) ? ELEMENTS : name.equals("addAll") ? ELEMENTS_OF_SET : NOTHING;
  }

  /** The argument as the collection has it, or is to have it. */
  @Nullable Object in(Home home, Object receiver, long object, @Nullable Object value) {
    return switch (this) {
      case NOTHING -> value;
      case KEY ->
          receiver instanceof Map<?, ?> map ? key(home, map, Keys.of(home, object, value)) : value;
      case VALUE ->
          receiver instanceof Map<?, ?> map
              ? element(home, map.values(), Keys.of(home, object, value))
              : value;
      case ELEMENT ->
          receiver instanceof Collection<?> all
              ? element(home, all, Keys.of(home, object, value))
              : value;
      case OF_SET ->
          receiver instanceof Set<?> set ? element(home, set, Keys.of(home, object, value)) : value;
      case ELEMENTS -> elements(home, receiver, object, value);
      case ELEMENTS_OF_SET ->
          receiver instanceof Set<?> ? elements(home, receiver, object, value) : value;
      case ENTRIES ->
          receiver instanceof Map<?, ?> map && value instanceof Map<?, ?> given
              ? isOfJava(home, object) ? given : entries(home, map, given)
              : value;
    };
  }

  private static boolean isOfJava(Home home, long object) {
    return Mirror.behind(home, object) != null;
  }

  private static @Nullable Object key(Home home, Map<?, ?> map, List<@Nullable Object> keys) {
    if (Keys.isAlone(keys)) {
      return keys.getFirst();
    }
    return CONTAINS_KEY.keeps(home, map, keys.getFirst())
        ? Keys.in(map, keys)
        : home.<@Nullable Object, RuntimeException>detached(() -> Keys.in(map, keys));
  }

  private static @Nullable Object element(
      Home home, Collection<?> all, List<@Nullable Object> keys) {
    if (Keys.isAlone(keys)) {
      return keys.getFirst();
    }
    return CONTAINS.keeps(home, all, keys.getFirst())
        ? Keys.in(all, keys)
        : home.<@Nullable Object, RuntimeException>detached(() -> Keys.in(all, keys));
  }

  private static @Nullable Object elements(
      Home home, Object receiver, long object, @Nullable Object value) {
    if (!(receiver instanceof Collection<?> all)
        || !(value instanceof Collection<?> given)
        || isOfJava(home, object)) {
      return value;
    }
    List<@Nullable Object> found = new ArrayList<>(given.size());
    for (Object one : given) {
      found.add(element(home, all, Keys.of(one)));
    }
    return found;
  }

  private static Map<@Nullable Object, @Nullable Object> entries(
      Home home, Map<?, ?> map, Map<?, ?> given) {
    Map<@Nullable Object, @Nullable Object> found = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : given.entrySet()) {
      found.put(key(home, map, Keys.of(entry.getKey())), entry.getValue());
    }
    return found;
  }
}
