package dev.vivarium.management;

import java.util.List;

/**
 * The CPython of this process, for JMX: {@code dev.vivarium:type=Python}. Registered by {@link
 * PythonManagement#register}; for any thread. Nothing here waits for an interpreter but {@link
 * #dumpThreads}, and that for a second at most.
 */
public interface PythonMXBean {

  /** The version of CPython, {@code 3.14.3} say. */
  String getVersion();

  /** Whether it is a CPython without a GIL. */
  boolean isFreeThreaded();

  /** The interpreters that live now, main first. */
  List<InterpreterInfo> getInterpreters();

  /**
   * Waits for the GIL of each interpreter that lives now, main first. They are counted from when
   * this is first asked for, or a second later, until Python ends; to count them costs callers
   * nothing to speak of, and a thread that wakes a hundred times a second. None on a free-threaded
   * CPython.
   */
  List<GilWaitInfo> getGilWaits();

  /** The pools that are open, in the order in which they were opened. */
  List<PoolInfo> getPools();

  /** As {@link dev.vivarium.Python#dumpThreads}. */
  String dumpThreads();
}
