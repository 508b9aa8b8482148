package dev.vivarium;

/** How an interpreter is closed, beyond waiting. */
public enum CloseOption {
  /**
   * First raises {@code KeyboardInterrupt} in the Python code of whoever is inside. It arrives at
   * the next bytecode: a thread inside a C function that does not return to Python is not reached.
   */
  INTERRUPT
}
