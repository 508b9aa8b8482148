package dev.vivarium.internal.object;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conversions that users have registered, for one interpreter or for all. */
public final class Converters {

  /** One for a Java type. */
  public interface Own extends Conversion {

    /** A new reference to the Python object for a value; attached. */
    long toPython(Home home, Object value);
  }

  /** Those of every interpreter. */
  public static final Converters EVERYWHERE = new Converters(null);

  private final @Nullable Converters more;
  private volatile Map<Class<?>, Own> own = Map.of(); // replaced, never changed

  Converters(@Nullable Converters more) {
    this.more = more;
  }

  /** Registers one, in place of what was there for the type. */
  public synchronized void register(Class<?> type, Own conversion) {
    Map<Class<?>, Own> changed = new HashMap<>(own);
    changed.put(type, conversion);
    own = Map.copyOf(changed);
  }

  synchronized void clear() {
    own = Map.of();
  }

  /** How an object becomes that type, or null. */
  public @Nullable Conversion toJava(Class<?> type) {
    Own found = own.get(type);
    return found != null || more == null ? found : more.toJava(type);
  }

  /** That of the nearest type that a value is of, or null. */
  @Nullable Own toPython(Object value) {
    Map<Class<?>, Own> now = own;
    Own found = now.isEmpty() ? null : now.get(value.getClass());
    if (found == null && !now.isEmpty()) {
      found = nearest(now, value);
    }
    return found != null || more == null ? found : more.toPython(value);
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
