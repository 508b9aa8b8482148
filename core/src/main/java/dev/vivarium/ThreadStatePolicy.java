package dev.vivarium;

/** What becomes of a thread state when a call is over (guide: {@code docs/guide/threads.md}). */
public enum ThreadStatePolicy {
  /** Kept for the thread's next call, in main and in sub-interpreters: the fast way. */
  KEPT,
  /**
   * Kept in main; made anew for each call into a sub-interpreter, since this CPython's thread-local
   * slot could not be told for certain.
   */
  KEPT_IN_MAIN
}
