package dev.vivarium.internal.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is known to come back soon, and what is not. */
class LookThroughTest {

  private static void known(Class<?> receiver, String... names) {
    for (String name : names) {
      assertThat(look(receiver, name, false)).as(receiver.getSimpleName() + "." + name).isNull();
    }
  }

  private static void knownIfPlain(Class<?> receiver, String... names) {
    for (String name : names) {
      assertThat(look(receiver, name, false)).as(receiver.getSimpleName() + "." + name).isNotNull();
      assertThat(look(receiver, name, true)).as(receiver.getSimpleName() + "." + name).isNull();
    }
  }

  private static void unknown(Class<?> receiver, String... names) {
    for (String name : names) {
      assertThat(look(receiver, name, true)).as(receiver.getSimpleName() + "." + name).isNotNull();
    }
  }

  // The first reason of all methods of that name
  private static String look(Class<?> receiver, String name, boolean plain) {
    Class<?> declaring = receiver == Derived.class ? Small.class : receiver;
    List<Method> all =
        Stream.concat(Stream.of(receiver.getMethods()), Stream.of(declaring.getDeclaredMethods()))
            .filter(m -> m.getName().equals(name) && !m.isBridge())
            .distinct()
            .toList();
    assertThat(all).as(receiver + "." + name).isNotEmpty();
    for (Executable one : all) {
      String why = LookThrough.whyNot(one, receiver, plain);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  /** Small ones. */
  static class Small {
    int count;
    String name = "";
    static int all;
    final List<String> list = new ArrayList<>();
    Runnable action = () -> {};
    volatile boolean done;

    int add(int a, int b) {
      return a + b;
    }

    long more(long a, double b) {
      return b > 1 ? a : (long) (a * b);
    }

    int increment() {
      return ++count;
    }

    static int increaseAll() {
      return all++;
    }

    String getName() {
      return name;
    }

    String text() {
      return name + ": " + count;
    }

    int own() {
      int one = count > 0 ? 1 : 2;
      return increment() + add(one, 2) + length();
    }

    private int length() {
      return name.length();
    }

    int checked(int i) {
      if (i < 0) {
        throw new IllegalArgumentException("negative: " + i);
      }
      return Math.max(i, count);
    }

    int caught(String number) {
      try {
        return Integer.parseInt(number);
      } catch (NumberFormatException e) {
        return 0;
      }
    }

    String chosen(int i) {
      return switch (i) {
        case 1 -> "one";
        case 2 -> "two";
        default -> name.trim();
      };
    }

    Small made() {
      return new Small();
    }

    // What is not known

    int loop(int n) {
      int sum = 0;
      for (int i = 0; i < n; i++) {
        sum += i;
      }
      return sum;
    }

    void turns() {
      while (!done) {
        Thread.onSpinWait();
      }
    }

    void turnsAndCatches() {
      try {
        count++;
      } catch (RuntimeException e) {
        turnsAndCatches();
      }
    }

    int recursive(int n) {
      return n == 0 ? 0 : recursive(n - 1);
    }

    synchronized void locked() {}

    void block() {
      synchronized (name) {
        count++;
      }
    }

    void waits() throws InterruptedException {
      name.wait();
    }

    void waitsForNumber(Integer number) throws InterruptedException {
      number.wait(1);
    }

    void waitsByItself() throws InterruptedException {
      wait();
    }

    void runs() {
      action.run();
    }

    int ofOther(Small other) {
      return other.increment();
    }

    String ofAny(Object any) {
      return "any " + any;
    }

    int first() {
      return list.getFirst().length();
    }

    Runnable lambda() {
      return () -> count++;
    }

    int initializes() {
      return Slow.value;
    }

    Slow initializesByConstructor() {
      return new Slow();
    }

    Object computed() {
      return new Failing();
    }
  }

  /** Overridden. */
  static final class Derived extends Small {
    @Override
    synchronized int increment() {
      return 1;
    }
  }

  /** Has an initializer. */
  static class Slow {
    static int value = Integer.parseInt("1");
  }

  /** Fills in its stack in its own way. */
  static class Failing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  record Point(int x, int y) {}

  @Test
  @DisplayName("small methods, with all that they call")
  void small() {
    known(
        Small.class,
        "add",
        "more",
        "increment",
        "increaseAll",
        "getName",
        "text",
        "own",
        "checked",
        "caught",
        "chosen");
    known(Point.class, "x");
    assertThat(LookThrough.whyNot(Point.class.getDeclaredConstructors()[0], null, false)).isNull();
  }

  @Test
  @DisplayName("not loops, locks, natives, and what may be any code")
  void notSmall() {
    unknown(
        Small.class,
        "loop",
        "turns",
        "turnsAndCatches",
        "recursive",
        "locked",
        "block",
        "waits",
        "waitsForNumber",
        "waitsByItself",
        "runs",
        "ofOther",
        "first",
        "lambda",
        "initializes",
        "initializesByConstructor",
        "computed");
    knownIfPlain(Small.class, "ofAny");
    unknown(Derived.class, "own");
    known(Derived.class, "add");
  }

  @Test
  @DisplayName("the JDK's small ones")
  void jdk() {
    known(ArrayList.class, "get", "set", "size", "isEmpty");
    known(Optional.class, "get", "isPresent");
    known(String.class, "length", "charAt", "isEmpty", "trim", "substring");
    known(Integer.class, "intValue", "hashCode", "equals");
    known(Math.class, "abs", "max", "floorMod");
    known(AtomicInteger.class, "get", "incrementAndGet");
    known(HashMap.class, "size");
    known(List.of(1).getClass(), "size");
    knownIfPlain(HashMap.class, "get", "containsKey", "put");
    knownIfPlain(ConcurrentHashMap.class, "get");
  }

  @Test
  @DisplayName("not the JDK's that wait, lock, or call what they are given")
  void notJdk() {
    unknown(ReentrantLock.class, "lock", "tryLock");
    unknown(CountDownLatch.class, "await");
    unknown(ArrayBlockingQueue.class, "take", "put", "size");
    unknown(Object.class, "wait", "notify");
    unknown(String.class, "wait");
    unknown(Thread.class, "join", "sleep", "start", "yield");
    unknown(ArrayList.class, "sort", "forEach", "contains", "removeIf");
    unknown(HashMap.class, "computeIfAbsent", "merge", "forEach");
    unknown(ConcurrentHashMap.class, "put", "merge", "computeIfAbsent");
    unknown(TreeMap.class, "get");
    unknown(StringBuffer.class, "length");
    unknown(Collections.synchronizedList(List.of()).getClass(), "size", "get");
    unknown(Stream.of(1).getClass(), "count");
    unknown(AtomicInteger.class, "updateAndGet");
    unknown(Throwable.class, "getCause", "printStackTrace");
    unknown(System.class, "exit", "getProperty");
    unknown(Class.class, "forName");
  }

  @Test
  @DisplayName("a receiver whose class is not certain")
  void noReceiver() throws NoSuchMethodException {
    assertThat(LookThrough.isKnown(Collection.class.getMethod("size"), null, false)).isFalse();
    assertThat(LookThrough.isKnown(Collection.class.getMethod("size"), ArrayList.class, false))
        .isTrue();
    assertThat(LookThrough.isKnown(Map.class.getMethod("size"), HashMap.class, false)).isTrue();
  }

  private static boolean isKnown(Object function, Class<?> type) {
    Method method =
        Stream.of(type.getMethods())
            .filter(m -> java.lang.reflect.Modifier.isAbstract(m.getModifiers()))
            .filter(m -> !m.getName().equals("equals"))
            .findFirst()
            .orElseThrow();
    return LookThrough.isKnown(function.getClass(), method);
  }

  /** With one lambda of a type. */
  static class One {
    static IntBinaryOperator add() {
      return (a, b) -> a + b;
    }

    static IntSupplier counts(int[] number) {
      return () -> number[0]++;
    }

    static ToIntFunction<String> length() {
      return String::length;
    }

    static Function<Integer, Object> makes() {
      return StringBuilder::new;
    }
  }

  /** With a lambda that blocks beside one that does not. */
  static class Two {
    static IntSupplier one() {
      return () -> 1;
    }

    static synchronized int lock() {
      return 1;
    }

    static IntSupplier locks() {
      return () -> lock();
    }

    static Runnable locks(ReentrantLock lock) {
      return lock::lock;
    }

    static Comparator<String> compares() {
      return (a, b) -> a.length() - b.length();
    }
  }

  @Test
  @DisplayName("lambdas, by all that the class around them makes for the same interface")
  void lambdas() {
    assertThat(isKnown(One.add(), IntBinaryOperator.class)).isTrue();
    assertThat(isKnown(One.counts(new int[1]), IntSupplier.class)).isTrue();
    assertThat(isKnown(One.length(), ToIntFunction.class)).isTrue();
    assertThat(isKnown(One.makes(), Function.class)).isTrue();
    assertThat(isKnown(Two.one(), IntSupplier.class)).isFalse();
    assertThat(isKnown(Two.locks(), IntSupplier.class)).isFalse();
    assertThat(isKnown(Two.locks(new ReentrantLock()), Runnable.class)).isFalse();
    assertThat(isKnown(Two.compares(), Comparator.class)).isTrue();
    AtomicBoolean flag = new AtomicBoolean();
    assertThat(
            isKnown(
                new IntSupplier() {
                  @Override
                  public int getAsInt() {
                    return flag.get() ? 1 : 0;
                  }
                },
                IntSupplier.class))
        .isTrue();
  }
}
