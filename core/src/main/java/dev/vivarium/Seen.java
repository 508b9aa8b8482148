package dev.vivarium;

/** A live view of a Python object, which is that object again where it goes back to Python. */
interface Seen {

  /** What is seen. */
  PyObject python();
}
