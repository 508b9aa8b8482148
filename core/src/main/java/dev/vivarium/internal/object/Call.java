package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * One call of a Python callable: its arguments, as they are added, and what they hold, which
 * closing gives back. The thread is attached throughout.
 */
public sealed class Call implements AutoCloseable permits ProxyCall.Frame {

  // PY_VECTORCALL_ARGUMENTS_OFFSET: the callee may use the word before the arguments
  private static final long ARGUMENTS_OFFSET = 1L << 63;
  static final int ROOM = 8;

  private final Home home;
  private final JavaThread thread;
  private final long base; // of the scratch taken, the word before the arguments
  private final @Nullable Arena arena;
  private final int room;
  private int count;
  private int borrowed; // of the first arguments
  private boolean simple = true;

  @SuppressWarnings("MustBeClosed") // close() closes the arena
  Call(Home home, JavaThread thread, int room) {
    this.home = home;
    this.thread = thread;
    this.room = room;
    long bytes = 8L * (room + 1);
    long scratch = thread.scratch(bytes);
    arena = scratch != 0 ? null : Arena.ofConfined();
    base = arena == null ? scratch : arena.allocate(bytes, 8).address();
  }

  public static Call of(Home home) {
    return new Call(home, JavaThread.current(), ROOM);
  }

  public static Call of(Home home, int arguments) {
    return new Call(home, JavaThread.current(), arguments);
  }

  /** Makes it one of a method of an object, which the caller keeps for as long. */
  final void addSelf(long self) {
    Memory.putLong(base + 8, self);
    count = 1;
    borrowed = 1;
  }

  public Call add(int value) {
    return add((long) value);
  }

  public Call add(long value) {
    return addNew(ToPython.integer(value), true);
  }

  public Call add(double value) {
    return addNew(C.PyFloat_FromDouble(value), true);
  }

  public Call add(boolean value) {
    C.Py_IncRef(value ? Types.TRUE : Types.FALSE);
    return addNew(value ? Types.TRUE : Types.FALSE, true);
  }

  public Call add(@Nullable Object value) {
    return addNew(ToPython.convert(home, value), false);
  }

  /** Adds what Java code hands to a Python function that it was given. */
  public final Call addHanded(@Nullable Object value) {
    return addNew(ToPython.handed(home, value), false);
  }

  /** Adds an object that the caller keeps. */
  public Call addBorrowed(long object) {
    C.Py_IncRef(object);
    return addNew(object, false);
  }

  private Call addNew(long reference, boolean plain) {
    if (count == room) {
      C.Py_DecRef(reference);
      throw new IllegalArgumentException("more arguments than the " + room + " there is room for");
    }
    Memory.putLong(base + 8 + 8L * count, home.checked(reference));
    count++;
    simple &= plain;
    return this;
  }

  /** Calls it: a new reference, or 0 with an exception raised. */
  public long callFunction(long callable) {
    return callFunction(callable, 0, 0);
  }

  /**
   * Calls it with the last arguments by name.
   *
   * @param names a tuple of their names, or 0
   */
  public long callFunction(long callable, long names, int named) {
    return C.PyObject_Vectorcall(callable, base + 8, (count - named) | ARGUMENTS_OFFSET, names);
  }

  /** Calls the method of that name of the object that {@link #addSelf} was given; as the others. */
  long callMethod(long name) {
    return C.PyObject_VectorcallMethod(name, base + 8, count | ARGUMENTS_OFFSET, 0);
  }

  @Override
  public void close() {
    for (int i = borrowed; i < count; i++) {
      long argument = Memory.getLong(base + 8 + 8L * i);
      if (!simple) {
        C.Py_DecRef(argument);
      } else if (!Types.isSmallInt(argument)) {
        C.Py_DecRef_quick(argument);
      }
    }
    if (arena == null) {
      thread.scratchFree(base);
    } else {
      arena.close();
    }
  }
}
