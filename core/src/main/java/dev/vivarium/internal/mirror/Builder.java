package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Text;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A class of builders: objects with a {@code build()} and methods that take one value and return
 * the builder. Such a value's name is the method's, without {@code set} or {@code with} before it.
 */
final class Builder {

  private static final ClassValue<Builder> ALL =
      new ClassValue<>() {
        @Override
        protected Builder computeValue(Class<?> type) {
          return new Builder(type);
        }
      };

  private final Class<?> type;
  private final Map<String, Group> setters = new TreeMap<>();

  private Builder(Class<?> type) {
    this.type = type;
    Members members = Members.of(type);
    for (String name : members.methodNames()) {
      Group setter = members.group(name, this::isSetter);
      if (setter != null) {
        setters.put(name, setter);
      }
    }
    for (Map.Entry<String, Group> setter : Map.copyOf(setters).entrySet()) {
      String name = setter.getKey();
      String bare = name.startsWith("set") ? name.substring(3) : name.replaceFirst("^with", "");
      if (!bare.equals(name) && !bare.isEmpty() && Character.isUpperCase(bare.charAt(0))) {
        setters.remove(name);
        setters.putIfAbsent(
            Members.named(Character.toLowerCase(bare.charAt(0)) + bare.substring(1)),
            setter.getValue());
      }
    }
  }

  private boolean isSetter(Method method) {
    Class<?> result = method.getReturnType();
    return !Modifier.isStatic(method.getModifiers())
        && method.getParameterCount() == 1
        && (type.isAssignableFrom(result)
            || (result.isAssignableFrom(type) && result != Object.class));
  }

  /** That of a class, or null if its objects are no builders. */
  static @Nullable Builder of(Class<?> type) {
    return built(type) == null ? null : ALL.get(type);
  }

  private static @Nullable Class<?> built(Class<?> builder) {
    try {
      return builder.getMethod("build").getReturnType();
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  /**
   * How a class is built: what gives the builder, and which that is.
   *
   * @param factory a static method {@code builder} or {@code newBuilder}, or the constructor of the
   *     nested class {@code Builder}
   */
  record Offer(Group factory, Builder builder) {

    private static final ClassValue<Optional<Offer>> OFFERS =
        new ClassValue<>() {
          @Override
          protected Optional<Offer> computeValue(Class<?> type) {
            return Optional.ofNullable(find(type));
          }
        };

    /** That of a class whose builder may be seen, or null. */
    static @Nullable Offer of(Class<?> built, Mirror mirror) {
      return OFFERS.get(built).filter(offer -> mirror.sees(offer.builder.type)).orElse(null);
    }

    private static @Nullable Offer find(Class<?> built) {
      Members members = Members.of(built);
      for (String name : new String[] {"builder", "newBuilder"}) {
        Group factory = members.group(name, m -> Modifier.isStatic(m.getModifiers()));
        Offer offer = factory == null ? null : of(factory, factory.returns(), built);
        if (offer != null) {
          return offer;
        }
      }
      Class<?> nested = members.nested().get("Builder");
      return nested == null || !Modifier.isStatic(nested.getModifiers())
          ? null
          : of(Members.of(nested).constructors(), nested, built);
    }

    private static @Nullable Offer of(Group factory, Class<?> type, Class<?> built) {
      Builder builder = Builder.of(type);
      Class<?> result = built(type);
      return builder != null
              && result != null
              && (built.isAssignableFrom(result) || result.isAssignableFrom(built))
          ? new Offer(factory, builder)
          : null;
    }

    /** Builds an object: arguments without a name are the factory's. */
    @Nullable Object build(Home home, long[] given, int positional, long keywords)
        throws Throwable {
      Object made = builder.make(home, factory, given, positional, keywords);
      return Members.of(builder.type).group("build").choose(home, made, new long[0], 0, 0, false);
    }
  }

  /** A builder with the named values set. */
  Object make(Home home, Group factory, long[] given, int positional, long keywords)
      throws Throwable {
    // All names first: nothing is made of values that have no place
    Group[] named = new Group[given.length - positional];
    for (int i = 0; i < named.length; i++) {
      String name = Text.toJava(home, C.PyTuple_GetItem(keywords, i));
      Group setter = setters.get(name);
      if (setter == null) {
        throw new Mismatch(
            "the builder has no '"
                + name
                + "'; its names are "
                + String.join(", ", setters.keySet()));
      }
      named[i] = setter;
    }
    long[] unnamed = Arrays.copyOf(given, positional);
    Object made = required(factory.choose(home, null, unnamed, positional, 0, false));
    for (int i = 0; i < named.length; i++) {
      long[] value = {given[positional + i]};
      try {
        made = required(named[i].choose(home, made, value, 1, 0, false));
      } catch (Mismatch e) {
        throw new Mismatch(named[i].explain(home, value, e));
      }
    }
    return made;
  }

  private Object required(@Nullable Object builder) {
    if (!type.isInstance(builder)) {
      throw new Mismatch("no builder came back, but " + builder);
    }
    return builder;
  }
}
