package dev.vivarium.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/** The meters of things that come and go, in one registry. A thing is held by its key alone. */
final class ComingAndGoing<K, T> {

  private final MeterRegistry registry;
  private final BiConsumer<T, List<Meter>> register;
  private final Map<K, List<Meter>> known = new HashMap<>(); // of who refreshes
  private final AtomicBoolean refreshing = new AtomicBoolean();

  /**
   * Of none yet.
   *
   * @param register registers the meters of one, and notes each in that list
   */
  ComingAndGoing(MeterRegistry registry, BiConsumer<T, List<Meter>> register) {
    this.registry = registry;
    this.register = register;
  }

  /** Meters for those that have none, none for those that are gone. */
  void refresh(Map<K, T> there) {
    // Not twice at once: on a second thread, or by a listener that reads what is being registered
    if (refreshing.compareAndSet(false, true)) {
      try {
        removeAllBut(there.keySet());
        there.forEach((key, one) -> {
          if (!known.containsKey(key)) {
            // Noted first, so that what a registry refuses half-way is removed with its thing
            List<Meter> meters = new ArrayList<>();
            known.put(key, meters);
            register.accept(one, meters);
          }
        });
      } finally {
        refreshing.set(false);
      }
    }
  }

  private void removeAllBut(Set<K> there) {
    known
        .entrySet()
        .removeIf(one -> {
          boolean gone = !there.contains(one.getKey());
          if (gone) {
            one.getValue().forEach(registry::remove);
          }
          return gone;
        });
  }
}
