package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyCapsule;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Capsules of Java's and of others. */
@ExtendWith(PythonUnderTest.class)
final class CapsulesTest {

  private final MemorySegment pointer = Arena.ofAuto().allocate(8);

  @Test
  @DisplayName("a capsule has its pointer under its name, and runs its destructor once")
  void once() {
    AtomicInteger destroyed = new AtomicInteger();
    PyObject capsule =
        PyCapsule.of(PythonUnderTest.main(), "a.name", pointer, destroyed::incrementAndGet);
    assertThat(capsule.repr()).contains("capsule object \"a.name\"");
    assertThat(PyCapsule.pointer(capsule, "a.name").address()).isEqualTo(pointer.address());
    assertThatThrownBy(() -> PyCapsule.pointer(capsule, "another"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another")
        .hasMessageContaining("a.name");
    assertThat(destroyed).hasValue(0);
    capsule.close();
    assertThat(destroyed).hasValue(1);
  }

  @Test
  @DisplayName("a capsule of C's; no capsule; no address")
  void others() {
    try (PyObject module = PythonUnderTest.main().importModule("datetime");
        PyObject capsule = module.attr("datetime_CAPI")) {
      assertThat(PyCapsule.pointer(capsule, "datetime.datetime_CAPI").address()).isNotZero();
      assertThatThrownBy(() -> PyCapsule.pointer(module, "datetime.datetime_CAPI"))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(
            () -> PyCapsule.of(PythonUnderTest.main(), "n", MemorySegment.NULL, () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            PyCapsule.of(PythonUnderTest.main(), "n", MemorySegment.ofArray(new byte[8]), () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("what a destructor throws, and what is raised around it, stay apart")
  void failing() {
    Logged.all(); // from here on it listens
    Interpreter main = PythonUnderTest.main();
    main.exec("def dropping(capsule):\n    try: 1 / 0\n    finally: del capsule");
    PyObject capsule =
        PyCapsule.of(
            main,
            "failing",
            pointer,
            () -> {
              throw new IllegalStateException("on purpose, to be logged");
            });
    try (PyObject list = main.eval("[]")) {
      list.callMethod("append", capsule).close();
      capsule.close();
      try (PyObject drop = main.eval("lambda x: dropping(x.pop())")) {
        assertThatThrownBy(() -> drop.call(list)).hasMessageContaining("ZeroDivisionError");
      }
    }
    String thread = Thread.currentThread().getName();
    assertThat(Logged.with("failed, in the main interpreter, on the thread " + thread)).hasSize(1);
  }

  @Test
  @DisplayName("those that an interpreter's end leaves over are destroyed then, once each")
  void atTheEnd() {
    AtomicInteger destroyed = new AtomicInteger();
    Interpreter sub = PythonUnderTest.ownGil();
    PyObject held = PyCapsule.of(sub, "held", pointer, destroyed::incrementAndGet);
    for (int i = 0; i < 10; i++) {
      PyObject capsule = PyCapsule.of(sub, "kept", pointer, destroyed::incrementAndGet);
      PythonUnderTest.define(sub, "kept" + i, capsule);
    }
    sub.close();
    assertThat(destroyed).hasValue(11);
    held.close();
    assertThat(destroyed).hasValue(11);
    assertThatThrownBy(() -> PyCapsule.of(sub, "late", pointer, destroyed::incrementAndGet))
        .isInstanceOf(InterpreterClosedException.class);
  }
}
