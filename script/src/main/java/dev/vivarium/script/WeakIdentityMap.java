package dev.vivarium.script;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values for objects, for as long as those live. By identity, since maps are equal by content. */
final class WeakIdentityMap<K, V> {

  private static final class Key extends WeakReference<Object> {

    private final int hash;

    Key(Object object, @Nullable ReferenceQueue<Object> queue) {
      super(object, queue);
      this.hash = System.identityHashCode(object);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other
          || (other instanceof Key key && key.get() != null && Key.this.refersTo(key.get()));
    }
  }

  private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
  private final Map<Key, V> values = new HashMap<>();

  synchronized @Nullable V get(K object) {
    for (Reference<?> key = gone.poll(); key != null; key = gone.poll()) {
      values.remove(key);
    }
    return values.get(new Key(object, null));
  }

  /** Gives what is there already, or else the value, which is there from now on. */
  synchronized V putIfAbsent(K object, V value) {
    V before = values.putIfAbsent(new Key(object, gone), value);
    return before == null ? value : before;
  }
}
