package dev.vivarium.internal.bridge;

import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.object.Detached;
import dev.vivarium.internal.object.Home;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Whether calls of one Java member from Python let others run Python meanwhile: all do, but those
 * that are {@linkplain LookThrough known} to come back soon. Decided once for each class that it is
 * called on, and not before it has been called some times, since a look costs some hundred calls.
 */
public final class Detachment {

  private static final int CALLS_BEFORE_LOOK = 16;

  private static final MethodHandle BEGIN;
  private static final MethodHandle END;
  private static final MethodHandle[] KEEPS = new MethodHandle[3];

  // By class, so that none is kept alive
  private static final ClassValue<Map<Detachment, Verdict>> VERDICTS =
      new ClassValue<>() {
        @Override
        protected Map<Detachment, Verdict> computeValue(Class<?> type) {
          return new ConcurrentHashMap<>();
        }
      };

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      BEGIN = lookup.findStatic(Detached.class, "begin", methodType(Detached.class, Home.class));
      END = lookup.findStatic(Detached.class, "end", methodType(void.class, Detached.class));
      MethodType test = methodType(boolean.class, Home.class, Object.class);
      for (int i = 0; i < KEEPS.length; i++) {
        KEEPS[i] = lookup.findVirtual(Detachment.class, "keeps", test);
        test = test.appendParameterTypes(Object.class);
      }
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private enum Verdict {
    DETACHED,
    /** Attached where the arguments are texts, boxes or null. */
    ATTACHED_IF_PLAIN,
    ATTACHED
  }

  private record Last(WeakReference<Class<?>> type, Verdict verdict) {}

  private final Class<?> owner;
  private final @Nullable Executable member; // null for a static field, or what decides by itself
  private final boolean always;
  private final boolean receives;
  private final boolean ofFirst; // the first argument is to a static method what a receiver is
  private final int[] plain; // arguments that may be texts or boxes, and other things
  private int calls;
  private @Nullable Last last;

  private Detachment(Class<?> owner, @Nullable Executable member, boolean always, boolean ofFirst) {
    this.owner = owner;
    this.member = member;
    this.always = always;
    this.receives = member instanceof Method && !Modifier.isStatic(member.getModifiers());
    this.ofFirst = ofFirst;
    Class<?>[] parameters = member == null ? new Class<?>[0] : member.getParameterTypes();
    this.plain =
        IntStream.range(ofFirst ? 1 : 0, parameters.length)
            .filter(i -> !parameters[i].isPrimitive() && !Plain.is(parameters[i]))
            .filter(i -> Plain.mayBe(parameters[i]))
            .toArray();
  }

  /** That of a method or constructor. */
  public static Detachment of(Executable member) {
    return new Detachment(member.getDeclaringClass(), member, false, false);
  }

  /** That of a static method that calls what is decided by its first argument. */
  public static Detachment ofFirst(Method method) {
    return new Detachment(method.getDeclaringClass(), method, false, true);
  }

  /** That of a static field, whose class may have to be initialized. */
  public static Detachment ofStaticField(Class<?> owner) {
    return new Detachment(owner, null, false, false);
  }

  /** That of what does nothing but read or write, or detaches by itself. */
  public static Detachment never() {
    return new Detachment(Object.class, null, true, false);
  }

  /** That of a method of a class or an interface of the JDK. */
  public static Detachment of(Class<?> owner, String name, Class<?>... parameters) {
    try {
      return of(owner.getMethod(name, parameters));
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Whether every call keeps the GIL, since what is called may be Python's C functions. */
  public boolean keepsAlways() {
    return always;
  }

  /** Whether a call keeps the GIL; attached. */
  public boolean keeps(Home home, @Nullable Object receiver) {
    return always || verdict(home, receiver) == Verdict.ATTACHED;
  }

  /** The same for one argument that may be a text or a box. */
  public boolean keeps(Home home, @Nullable Object receiver, @Nullable Object argument) {
    return isKept(verdict(home, receiver), Plain.is(argument));
  }

  @SuppressWarnings("unused") // through a method handle
  private boolean keeps(
      Home home, @Nullable Object receiver, @Nullable Object one, @Nullable Object other) {
    return isKept(verdict(home, receiver), Plain.is(one) && Plain.is(other));
  }

  /** The same for all arguments. */
  public boolean keepsAll(Home home, @Nullable Object receiver, @Nullable Object[] arguments) {
    return always
        || isKept(
            verdict(home, ofFirst ? arguments[0] : receiver),
            Arrays.stream(plain).allMatch(i -> Plain.is(arguments[i])));
  }

  private static boolean isKept(Verdict verdict, boolean plain) {
    return verdict == Verdict.ATTACHED || (plain && verdict == Verdict.ATTACHED_IF_PLAIN);
  }

  private Verdict verdict(Home home, @Nullable Object receiver) {
    Class<?> type = receiver == null || !(receives || ofFirst) ? owner : receiver.getClass();
    Last known = last;
    return known != null && known.type.refersTo(type) ? known.verdict : find(home, type);
  }

  private Verdict find(Home home, Class<?> type) {
    if (calls < CALLS_BEFORE_LOOK) {
      calls++; // others may count at the same time: it need not be exact
      return Verdict.DETACHED;
    }
    Map<Detachment, Verdict> verdicts = VERDICTS.get(type);
    Verdict found = verdicts.get(this);
    if (found == null) {
      // Detached: it loads classes
      found = home.<Verdict, RuntimeException>detached(() -> look(type));
      verdicts.put(this, found);
    }
    last = new Last(new WeakReference<>(type), found);
    return found;
  }

  private Verdict look(Class<?> type) {
    if (member == null) {
      return LookThrough.isInitialized(owner) ? Verdict.ATTACHED : Verdict.DETACHED;
    }
    Class<?> receiver = receives || ofFirst ? type : null;
    if (LookThrough.isKnown(member, receiver, false)) {
      return Verdict.ATTACHED;
    }
    return plain.length > 0
            && plain.length < KEEPS.length
            && LookThrough.isKnown(member, receiver, true)
        ? Verdict.ATTACHED_IF_PLAIN
        : Verdict.DETACHED;
  }

  /**
   * A call with what this decides around it.
   *
   * @param target receiver, perhaps of no use, and arguments to a result
   * @return the same after the {@link Home}
   */
  public MethodHandle around(MethodHandle target) {
    MethodHandle attached = MethodHandles.dropArguments(target, 0, Home.class);
    if (always) {
      return attached;
    }
    MethodType type = attached.type().changeReturnType(boolean.class);
    List<Integer> order = new ArrayList<>(List.of(0, ofFirst ? 2 : 1));
    if (plain.length < KEEPS.length) {
      Arrays.stream(plain).forEach(i -> order.add(2 + i));
    }
    MethodHandle test = KEEPS[order.size() - 2].bindTo(this);
    MethodType given =
        methodType(boolean.class, order.stream().<Class<?>>map(type::parameterType).toList());
    return MethodHandles.guardWithTest(
        MethodHandles.permuteArguments(
            test.asType(given), type, order.stream().mapToInt(i -> i).toArray()),
        attached,
        detached(target));
  }

  /** A call that lets go of the GIL: the same after the {@link Home}. */
  static MethodHandle detached(MethodHandle target) {
    Class<?> result = target.type().returnType();
    MethodHandle cleanup =
        result == void.class
            ? MethodHandles.dropArguments(END, 0, Throwable.class)
            : MethodHandles.collectArguments(
                MethodHandles.dropArguments(MethodHandles.identity(result), 0, Throwable.class),
                2,
                END);
    MethodHandle call =
        MethodHandles.tryFinally(MethodHandles.dropArguments(target, 0, Detached.class), cleanup);
    return MethodHandles.collectArguments(call, 0, BEGIN);
  }
}
