package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import java.util.List;

/** What the rooms above keep of an interpreter, told of the turns of its life. */
public interface Companion {

  /** The interpreter has been made, or was met for the first time; its state is attached. */
  void begin();

  /**
   * A thread has come for the first time whose stack deeply nested source could overflow, since
   * this CPython's parser does not look; it is attached.
   *
   * @param ident as {@code threading.get_ident()}
   */
  void smallStack(long ident);

  /**
   * Waits for the threads that Python code has started; attached.
   *
   * @param daemons for daemon threads as well
   * @param interrupt raise {@code KeyboardInterrupt} in them first
   * @return the names of those still running when the time was up
   */
  List<String> joinThreads(Deadline deadline, boolean daemons, boolean interrupt);

  /** Runs what is registered with {@code atexit} and flushes the standard streams; attached. */
  void lastWords();

  /**
   * Nobody is inside any more but the calling thread, which ends the interpreter and finds all its
   * objects still there; attached.
   */
  void ending();

  /** The interpreter has ended: nothing that it owned may be touched any more. */
  void ended();
}
