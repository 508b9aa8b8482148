package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.Deadline;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.thread.Insiders;
import dev.vivarium.internal.thread.InterpreterState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A look at the Python frames of one interpreter's threads, by its own thread, under its GIL. There
 * is none on a free-threaded CPython, whose frames change under whoever looks.
 */
abstract class FrameLook implements Runnable {

  final InterpreterState state;
  private Insiders.@Nullable Look look;

  FrameLook(InterpreterState state) {
    this.state = state;
  }

  final void begin() {
    if (Types.hasGil()) {
      look = Insiders.Look.begin(state, this);
    }
  }

  /** Waits for it; what has not begun by then never does. */
  final boolean isAnswered(Deadline deadline) {
    return look != null && look.await(deadline);
  }

  @Override
  public final void run() {
    Home home = Home.of(state);
    beforeFrames();
    List<Insiders.Where> found = Insiders.frames(state);
    int read = 0;
    try {
      for (Insiders.Where where : found) {
        read++;
        read(home, where);
      }
    } finally {
      for (Insiders.Where left : found.subList(read, found.size())) {
        C.Py_DecRef(left.frame());
      }
    }
  }

  /** Under the GIL, and without Python code until the frames are all known. */
  void beforeFrames() {}

  /** Reads one, and gives back its reference. */
  abstract void read(Home home, Insiders.Where where);
}
