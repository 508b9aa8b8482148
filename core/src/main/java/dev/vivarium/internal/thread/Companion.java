package dev.vivarium.internal.thread;

import dev.vivarium.internal.lifecycle.Deadline;
import java.util.List;
import java.util.Set;

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
   * Whether a frame is one of Python's import machinery, whose locks an exception at the wrong
   * place leaves locked for ever. Runs no Python code; attached.
   */
  boolean isOfImport(long frame);

  /** Of main: ends another interpreter as Python code does, if none runs in it; attached. */
  void destroy(long id);

  /**
   * Has executors let their idle threads go, which wait for ever else, as {@code threading} does at
   * an interpreter's end; attached. They take no work any more.
   */
  void shutPools();

  /**
   * Waits for the threads that Python code has started; attached.
   *
   * @param daemons for daemon threads as well
   * @param interrupt raise {@code KeyboardInterrupt} in them first
   * @return the names of those still running when the time was up
   */
  List<String> joinThreads(Deadline deadline, boolean daemons, boolean interrupt);

  /**
   * Waits for the threads that Python code has started and that are no daemons, where nothing else
   * keeps the JVM; attached. Once there are none but executors' threads, those are let go.
   *
   * @return whether there were any when the time was up
   */
  boolean joinProgram(Deadline deadline);

  /**
   * Runs what is registered with {@code atexit} and flushes all open files, where there will be no
   * end; attached.
   *
   * @param threads until when threads that Python code has started are waited for
   * @param exiting those that are not, as {@code threading.get_ident()}
   */
  void lastWords(Deadline threads, Set<Long> exiting);

  /**
   * Main ends under daemon threads of Python's, which CPython stops wherever they are: from now on
   * what they print holds no lock that the end would need, and none reports an exception; attached.
   */
  void leaveDaemons();

  /**
   * Nobody is inside any more but the calling thread, which ends the interpreter and finds all its
   * objects still there: what Java code holds of it is given back; attached.
   */
  void ending();

  /**
   * The interpreter lets go of its own dict, after its modules and before its last garbage
   * collection: what the library itself holds is given back, too; attached.
   */
  void lastMoment();

  /** The interpreter has ended: nothing that it owned may be touched any more. */
  void ended();
}
