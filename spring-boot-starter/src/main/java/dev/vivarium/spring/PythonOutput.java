package dev.vivarium.spring;

/** Where {@code sys.stdout} and {@code sys.stderr} lead. */
public enum PythonOutput {
  /** To the process's own streams, past {@code System.out}. */
  PROCESS,
  /** To {@code System.out} and {@code System.err}, as they are when something is printed. */
  SYSTEM
}
