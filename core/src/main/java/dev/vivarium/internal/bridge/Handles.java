package dev.vivarium.internal.bridge;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Java objects by number, for as long as Python holds the number. Reading takes no lock. */
final class Handles<T> {

  private static final int FIRST_SIZE = 64;

  private volatile @Nullable Object[] objects = new Object[FIRST_SIZE];
  private int[] free = new int[FIRST_SIZE];
  private int freeCount;
  private int used = 1; // 0 is no handle: C takes it for NULL

  synchronized long add(T object) {
    if (freeCount > 0) {
      int handle = free[--freeCount];
      objects[handle] = object;
      return handle;
    }
    if (used == objects.length) {
      objects = Arrays.copyOf(objects, 2 * used);
    }
    objects[used] = object;
    return used++;
  }

  @SuppressWarnings("unchecked")
  @Nullable T get(long handle) {
    return (T) objects[(int) handle];
  }

  synchronized void remove(long handle) {
    if (objects[(int) handle] == null) {
      return;
    }
    objects[(int) handle] = null;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = (int) handle;
  }
}
