package dev.vivarium;

import java.nio.file.Path;
import java.util.List;

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

  /**
   * Folders with packages that it brings along for a CPython, whichever one that is, for the end of
   * {@code sys.path}. Asked at each start, of every provider; the first call may take seconds.
   * Packages that do not fit that CPython are left out.
   *
   * @throws PythonStartException if they cannot be made ready, with what to do
   */
  default List<Path> packages(PythonVersion version) {
    return List.of();
  }

  /** Which of several providers is asked: the one with the highest number. */
  default int priority() {
    return 0;
  }
}
