package dev.vivarium.arrow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.vivarium.InterpreterGuard;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * An array that has been taken from a Python producer. Arrow's importer gets a structure whose
 * release comes here, when the last of the array's buffers is closed, on whatever thread; and the
 * producer's own is then called as it has to be. Until then the interpreter does not end, since its
 * memory cannot be taken away from Arrow's buffers.
 */
final class Taken {

  private static final System.Logger LOG = System.getLogger("dev.vivarium");
  private static final ConcurrentHashMap<Long, Taken> HELD = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final long RELEASE = release();

  private final InterpreterGuard guard;
  private final ArrowArray original;
  private final List<AutoCloseable> made = new ArrayList<>();

  private Taken(InterpreterGuard guard, ArrowArray original) {
    this.guard = guard;
    this.original = original;
  }

  /**
   * Moves an array out of a structure of the producer's, which is then released.
   *
   * @param guard which this takes over
   * @throws IllegalArgumentException if it has too many rows for Java, or is malformed; it has been
   *     released then
   */
  static ArrowArray from(
      ArrowArray producers,
      InterpreterGuard guard,
      Field field,
      BufferAllocator allocator,
      DictionaryProvider dictionaries) {
    ArrowArray original;
    try {
      original = ArrowArray.allocateNew(allocator);
    } catch (RuntimeException | Error e) { // the allocator is full, or closed
      try (guard) {
        Producer.run(guard, producers::release);
      }
      throw e;
    }
    ArrowArray.Snapshot array = producers.snapshot();
    original.save(array);
    producers.markReleased();
    Taken taken = new Taken(guard, original);
    try {
      if (array.length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            array.length
                + " rows are more than a vector of Java has: split them in Python, with"
                + " to_batches(max_chunksize=…), say");
      }
      Slice slice = new Slice(allocator, dictionaries, RELEASE, taken.made);
      ArrowArray.Snapshot ours = slice.isNeeded(array, field) ? slice.of(array, field) : array;
      ArrowArray given = ArrowArray.allocateNew(allocator);
      long number = NUMBERS.incrementAndGet();
      ours.release = RELEASE;
      ours.private_data = number;
      given.save(ours);
      HELD.put(number, taken);
      return given;
    } catch (RuntimeException | Error e) {
      taken.giveBack();
      throw e;
    }
  }

  private void giveBack() {
    try (guard;
        original) {
      Producer.run(guard, original::release);
    } finally {
      for (AutoCloseable one : made) {
        try {
          one.close();
        } catch (Exception e) {
          LOG.log(System.Logger.Level.WARNING, "memory of a slice was not freed", e);
        }
      }
    }
  }

  private static long release() {
    try {
      return Linker.nativeLinker()
          .upcallStub(
              MethodHandles.lookup()
                  .findStatic(
                      Taken.class,
                      "released",
                      MethodType.methodType(void.class, MemorySegment.class)),
              FunctionDescriptor.ofVoid(ADDRESS),
              Arena.global())
          .address();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // from C, once for each array that Arrow has imported
  static void released(MemorySegment array) {
    try {
      MemorySegment struct = array.reinterpret(CStruct.ARRAY_BYTES);
      struct.set(JAVA_LONG, CStruct.ARRAY_RELEASE, 0);
      Taken taken = HELD.remove(struct.get(JAVA_LONG, CStruct.ARRAY_PRIVATE_DATA));
      if (taken != null) { // the parts of a slice have nothing of their own
        taken.giveBack();
      }
    } catch (Throwable t) { // or it would end the JVM
      warn(t);
    }
  }

  private static void warn(Throwable thrown) {
    try {
      LOG.log(System.Logger.Level.WARNING, "Arrow data of Python was not given back", thrown);
    } catch (Throwable t) {
      // There is nobody to tell
    }
  }
}
