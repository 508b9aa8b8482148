package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Containers;
import dev.vivarium.internal.object.Conversion;
import dev.vivarium.internal.object.Home;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Python containers where Java declares the interface of one: seen, so that what Java writes is
 * written, or copied where Python cannot change them either.
 */
final class PythonContainers {

  private static final Set<Class<?>> OF_ITEMS =
      Set.of(List.class, SequencedCollection.class, Collection.class, Iterable.class);
  private static final Set<Class<?>> OF_SET = Set.of(Set.class, Collection.class, Iterable.class);

  private PythonContainers() {}

  private enum Kind {
    LIST,
    TUPLE,
    SET,
    FROZENSET,
    MAP,
    ITEMS, // whatever else can be iterated over
    NONE
  }

  private static Kind kind(Home home, long object, Class<?> to) {
    long type = Types.typeOf(object);
    if (to == Map.class) {
      return Containers.isMapping(home, object) ? Kind.MAP : Kind.NONE;
    }
    boolean items = OF_ITEMS.contains(to);
    if (items && type == Types.TUPLE) {
      return Kind.TUPLE;
    } else if (items && Containers.isSequence(home, object)) {
      return Kind.LIST;
    } else if (OF_SET.contains(to) && type == Types.FROZENSET) {
      return Kind.FROZENSET;
    } else if (OF_SET.contains(to) && Containers.isSet(home, object)) {
      return Kind.SET;
    }
    boolean iterable =
        items
            && !Containers.isText(object)
            && C.PyObject_HasAttr(type, home.name("__iter__")) != 0
            && !Containers.isMapping(home, object);
    return iterable ? Kind.ITEMS : Kind.NONE;
  }

  /** Whether the object becomes that type here; looks into nothing. */
  static boolean takes(Home home, long object, Class<?> to) {
    return kind(home, object, to) != Kind.NONE;
  }

  /**
   * The object as that type, or null if this is not for it.
   *
   * @param first how items, or a mapping's keys, are converted
   * @param second how a mapping's values are converted
   */
  static @Nullable Object of(
      Home home, long object, Class<?> to, Conversion first, Conversion second) {
    return switch (kind(home, object, to)) {
      case LIST -> home.surface().view(home, object, List.class, first, second);
      case SET -> home.surface().view(home, object, Set.class, first, second);
      case MAP -> home.surface().view(home, object, Map.class, first, second);
      case TUPLE -> Containers.listOf(home, object, first);
      case FROZENSET ->
          Collections.unmodifiableSet(new LinkedHashSet<>(Containers.listOf(home, object, first)));
      case ITEMS ->
          to == Iterable.class
              ? home.surface().view(home, object, Iterable.class, first, second)
              : Containers.listOf(home, object, first);
      case NONE -> null;
    };
  }
}
