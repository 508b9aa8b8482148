package dev.vivarium.internal.bridge;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The Java objects that one interpreter's Python code holds, by number. A number names its
 * interpreter too, and is never another's: what is left of an interpreter after its end finds
 * nothing. Reading takes no lock.
 */
public final class HeldObjects {

  private static final int FIRST_SIZE = 64;

  // Grows by two for each interpreter, of which none is ever used again for another: objects of
  // one that ends die after the interpreter has told so
  private static volatile @Nullable HeldObjects[] all = new HeldObjects[FIRST_SIZE];
  private static int count = 1; // so that 0 is no number

  private final int interpreter;
  private volatile @Nullable Object[] objects = new Object[FIRST_SIZE];
  private int[] free = new int[FIRST_SIZE];
  private int freeCount;
  private int used;
  private boolean ended;

  private HeldObjects(int interpreter) {
    this.interpreter = interpreter;
  }

  public static HeldObjects create() {
    synchronized (HeldObjects.class) {
      if (count == all.length) {
        all = Arrays.copyOf(all, 2 * count);
      }
      HeldObjects made = new HeldObjects(count);
      all[count++] = made;
      return made;
    }
  }

  /** The object of a number, or null if there is none, or none any more. */
  public static @Nullable Object get(long number) {
    HeldObjects held = all[(int) (number >>> 32)];
    return held == null ? null : held.objects[(int) number];
  }

  /** Python holds it no longer. */
  public static void drop(long number) {
    HeldObjects held = all[(int) (number >>> 32)];
    if (held != null) {
      held.remove((int) number);
    }
  }

  public synchronized long add(Object object) {
    if (ended) {
      throw new IllegalStateException("the interpreter has ended");
    }
    int at;
    if (freeCount > 0) {
      at = free[--freeCount];
    } else {
      if (used == objects.length) {
        objects = Arrays.copyOf(objects, 2 * used);
      }
      at = used++;
    }
    objects[at] = object;
    return (long) interpreter << 32 | at;
  }

  private synchronized void remove(int at) {
    if (ended || objects[at] == null) {
      return;
    }
    objects[at] = null;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = at;
  }

  /** The interpreter has ended. */
  public void end() {
    synchronized (HeldObjects.class) {
      all[interpreter] = null;
    }
    synchronized (this) {
      ended = true;
      objects = new Object[0];
      free = new int[0];
    }
  }

  /**
   * How many there are of each class.
   *
   * @param shown the class that an object counts as, or null for one that does not count
   */
  public synchronized Map<String, Long> counts(Function<Object, @Nullable Class<?>> shown) {
    Map<String, Long> counts = new TreeMap<>();
    for (Object object : objects) {
      Class<?> type = object == null ? null : shown.apply(object);
      if (type != null) {
        counts.merge(type.getTypeName(), 1L, Long::sum);
      }
    }
    return counts;
  }
}
