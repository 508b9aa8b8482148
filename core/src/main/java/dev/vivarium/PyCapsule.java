package dev.vivarium;

import dev.vivarium.internal.memory.Capsules;
import dev.vivarium.internal.object.Home;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Capsules: Python objects that hold a C pointer, by which extension modules hand each other
 * structures ({@code PyCapsule_New}, {@code PyCapsule_GetPointer}). Their name says what the
 * pointer points to: {@code "arrow_schema"} of the Arrow PyCapsule protocol, say.
 */
public final class PyCapsule {

  private PyCapsule() {}

  /**
   * A new capsule. For any thread.
   *
   * @param name what others have to ask for; kept for the life of the process, so not one made up
   *     for each capsule
   * @param destructor run once: when the capsule's last reference goes, on that thread and
   *     attached, in the middle of whatever Python does there; at the latest at the interpreter's
   *     end. What it throws is logged
   * @throws IllegalArgumentException if the pointer is {@code NULL}, or on Java's heap
   * @throws InterpreterClosedException if the interpreter is closing or has ended
   */
  public static PyObject of(
      Interpreter interpreter, String name, MemorySegment pointer, Runnable destructor) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(destructor, "destructor");
    if (!pointer.isNative() || pointer.address() == 0) {
      throw new IllegalArgumentException("a capsule holds an address that is not NULL: " + pointer);
    }
    Home home = interpreter.home();
    return interpreter.call(
        in -> PyObject.take(home, Capsules.create(home, name, pointer.address(), destructor)));
  }

  /**
   * The pointer in a capsule, anyone's, as a segment without a size. It is valid as long as the
   * capsule is kept, or as the name's protocol says.
   *
   * @throws IllegalArgumentException if it is no capsule, or one of another name
   */
  public static MemorySegment pointer(PyObject capsule, String name) {
    Objects.requireNonNull(name, "name");
    return capsule.within(object -> {
      long pointer = Capsules.pointer(object, name);
      if (pointer == 0) {
        throw new IllegalArgumentException(
            "this is no capsule with the name " + name + ": " + capsule.repr());
      }
      return MemorySegment.ofAddress(pointer);
    });
  }
}
