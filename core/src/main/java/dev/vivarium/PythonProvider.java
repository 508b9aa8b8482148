package dev.vivarium;

/**
 * Something on the class path that brings a CPython along, found through {@link
 * java.util.ServiceLoader}. It is asked where neither {@link PythonOptions} nor the environment
 * names a Python; of several, the one with the highest {@link #priority()} answers.
 */
public interface PythonProvider {

  /**
   * Makes the CPython ready to be loaded and says where it lies. The first call may take seconds,
   * for instance to unpack it; later ones are quick. Any thread may call it.
   *
   * @throws PythonStartException if it cannot be made ready, with what to do
   */
  PythonInstallation provide();

  /** Which of several providers is asked: the one with the highest number. */
  default int priority() {
    return 0;
  }
}
