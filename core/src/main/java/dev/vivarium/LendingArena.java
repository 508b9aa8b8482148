package dev.vivarium;

import dev.vivarium.internal.memory.Tally;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An arena whose memory can be lent to Python, with {@link Interpreter#lend(MemorySegment)}, and
 * that refuses to close while Python looks at it. Any thread may use it and close it, as with
 * {@link Arena#ofShared}; files are mapped into it as into any arena, with {@code
 * FileChannel.map(mode, offset, size, arena)}.
 *
 * <p>Where nobody needs to say when memory is freed, {@link Arena#ofAuto} does: it lives as long as
 * Java or Python holds it.
 */
public final class LendingArena implements Arena {

  private final Arena arena;
  private final Tally tally;

  @SuppressWarnings("MustBeClosed") // by close()
  private LendingArena() {
    arena = Arena.ofShared();
    tally = Tally.of(arena.scope());
  }

  /** A new one. */
  public static LendingArena open() {
    return new LendingArena();
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    return arena.allocate(byteSize, byteAlignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  /** How many pieces of memory Python has not let go of. */
  public int loans() {
    return tally.loans();
  }

  /**
   * Frees the memory. From then on every use of it throws.
   *
   * @throws IllegalStateException while Python looks at memory of this, or a native call or an I/O
   *     operation uses it: nothing has changed then, and it can be closed later; or if it has been
   *     closed
   */
  @Override
  public void close() {
    if (!tally.close()) {
      throw new IllegalStateException(
          "Python still looks at "
              + tally.loans()
              + " of the pieces of memory that this arena has lent: drop what uses them there (a"
              + " memoryview by release()), then close it again");
    }
    try {
      arena.close();
    } catch (IllegalStateException e) {
      if (arena.scope().isAlive()) {
        tally.reopen();
      }
      throw e;
    }
  }

  @Override
  public String toString() {
    return "LendingArena[" + (scope().isAlive() ? loans() + " lent]" : "closed]");
  }
}
