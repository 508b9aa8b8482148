package dev.vivarium.script;

import dev.vivarium.PyObject;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.script.Bindings;
import org.jspecify.annotations.Nullable;

/**
 * A live view of a namespace in an engine's interpreter: its variables, as they are now. Keys that
 * cannot be variables, as {@code javax.script.filename} cannot, stay in Java.
 */
final class PythonBindings extends AbstractMap<String, @Nullable Object> implements Bindings {

  private final Session session;
  private final Function<Support, PyObject> maker;
  private final AtomicReference<@Nullable Namespace> namespace = new AtomicReference<>();
  private final Map<String, @Nullable Object> attributes =
      Collections.synchronizedMap(new LinkedHashMap<>());

  /** A view of the namespace that is made, when it is first asked for. */
  PythonBindings(Session session, Function<Support, PyObject> maker) {
    this.session = session;
    this.maker = maker;
  }

  Session session() {
    return session;
  }

  Namespace namespace() {
    Namespace known = namespace.get();
    if (known != null) {
      return known;
    }
    Namespace made = new Namespace(session.call(maker));
    return namespace.compareAndSet(null, made) ? made : Objects.requireNonNull(namespace.get());
  }

  /** Whether a script can see it under this name. */
  static boolean isVariable(String name) {
    return !name.isEmpty()
        && (name.charAt(0) == '_' || Character.isUnicodeIdentifierStart(name.codePointAt(0)))
        && name.codePoints().skip(1).allMatch(Character::isUnicodeIdentifierPart);
  }

  private static String checked(@Nullable Object key) {
    String name = (String) Objects.requireNonNull(key, "the name is null");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name is empty");
    }
    return name;
  }

  @Override
  public @Nullable Object get(Object key) {
    String name = checked(key);
    if (!isVariable(name)) {
      return attributes.get(name);
    }
    return session.call(support -> {
      PyObject found = namespace().find(name);
      return found == null ? null : Support.toJava(found);
    });
  }

  @Override
  public boolean containsKey(Object key) {
    String name = checked(key);
    if (!isVariable(name)) {
      return attributes.containsKey(name);
    }
    return session.call(support -> {
      try (PyObject found = namespace().find(name)) {
        return found != null;
      }
    });
  }

  @Override
  public @Nullable Object put(String key, @Nullable Object value) {
    String name = checked(key);
    if (!isVariable(name)) {
      return attributes.put(name, value);
    }
    if (Session.isPythonsOwn(name)) {
      throw new IllegalArgumentException(
          name + " is Python's own name, and no variable of a script: a script may set it");
    }
    return session.call(support -> {
      Object before = get(name);
      namespace().put(name, value);
      return before;
    });
  }

  @Override
  public void putAll(Map<? extends String, ? extends @Nullable Object> toMerge) {
    toMerge.keySet().forEach(PythonBindings::checked); // all or none
    toMerge.forEach(this::put);
  }

  @Override
  public @Nullable Object remove(Object key) {
    String name = checked(key);
    if (!isVariable(name)) {
      return attributes.remove(name);
    }
    return session.call(support -> {
      Object before = get(name);
      namespace().remove(name);
      return before;
    });
  }

  @Override
  public Set<Map.Entry<String, @Nullable Object>> entrySet() {
    return new Entries();
  }

  /** The names at one moment; each one's value when it is asked for. */
  private final class Entries extends AbstractSet<Map.Entry<String, @Nullable Object>> {

    private Set<String> names() {
      Set<String> names = new LinkedHashSet<>(session.call(support -> namespace().names()));
      synchronized (attributes) {
        names.addAll(attributes.keySet());
      }
      return names;
    }

    @Override
    public int size() {
      return names().size();
    }

    @Override
    public void clear() {
      new HashSet<>(names()).forEach(PythonBindings.this::remove);
    }

    @Override
    public Iterator<Map.Entry<String, @Nullable Object>> iterator() {
      Iterator<String> names = names().iterator();
      return new Iterator<>() {
        private @Nullable String last;

        @Override
        public boolean hasNext() {
          return names.hasNext();
        }

        @Override
        public Map.Entry<String, @Nullable Object> next() {
          String name = names.next();
          last = name;
          return new Variable(name, get(name));
        }

        @Override
        public void remove() {
          if (last == null) {
            throw new IllegalStateException("next() comes first");
          }
          PythonBindings.this.remove(last);
          last = null;
        }
      };
    }
  }

  /** Writes through. */
  private final class Variable extends SimpleEntry<String, @Nullable Object> {

    private static final long serialVersionUID = 1;

    Variable(String name, @Nullable Object value) {
      super(name, value);
    }

    @Override
    public @Nullable Object setValue(@Nullable Object value) {
      put(getKey(), value);
      return super.setValue(value);
    }
  }
}
