package dev.vivarium.internal.capi;

/**
 * Those of CPython's functions that are linked with {@code Linker.Option.critical}: several times
 * cheaper, and only for one that neither blocks, nor runs Python code, nor calls back into Java.
 */
@SuppressWarnings("MemberName") // C's own names
interface CriticalApi {

  // Thread states and interpreters

  long PyThreadState_GetUnchecked();

  long PyThreadState_GetInterpreter(long tstate);

  long PyInterpreterState_ThreadHead(long interp);

  long PyThreadState_Next(long tstate);

  long PyGILState_GetThisThreadState();

  long PyThread_get_thread_ident();

  long PyInterpreterState_GetID(long interp);

  long PyInterpreterState_Head();

  long PyInterpreterState_Main();

  long PyInterpreterState_Next(long interpreter);

  /** 3.14.3 and later. Cannot fail, and so needs nothing attached, with 48 KiB and more. */
  int PyUnstable_ThreadState_SetStackProtection(long tstate, long start, long bytes);

  void Py_LeaveRecursiveCall();

  // Objects

  void Py_IncRef(long object);

  /**
   * {@code Py_DecRef} where it is known that the object does not die by it, or is of a type whose
   * end runs no code (int, float, str, bytes).
   */
  void Py_DecRef_quick(long object);

  int PyCallable_Check(long object);

  int PyType_IsSubtype(long type, long base);

  // Types and descriptors

  /** For types without garbage collection, of which it starts none. */
  long PyType_GenericAlloc_plain(long type, long items);

  long PyType_GetSlot(long type, int slot);

  long PyType_GetFlags(long type);

  void PyObject_Free(long object);

  // Numbers

  long PyLong_FromLongLong(long value);

  long PyLong_AsSize_t(long object);

  /** For exact ints only, where it runs no Python code. */
  long PyLong_AsLongLongAndOverflow_exact(long object, long overflow);

  long PyFloat_FromDouble(double value);

  /** For exact floats only, where it runs no Python code. */
  double PyFloat_AsDouble_exact(long object);

  // Text and bytes

  /** For short texts. */
  long PyUnicode_DecodeLatin1_short(long data, long size, long errors);

  long PyUnicode_FindChar(long str, int ch, long start, long end, int direction);

  long PyBytes_AsString(long object);

  long PyBytes_Size(long object);

  // Containers

  int PyList_SetItem(long list, long index, long item);

  long PyList_Size(long list);

  long PyList_GetItem(long list, long index);

  int PyTuple_SetItem(long tuple, long index, long item);

  long PyTuple_Size(long tuple);

  long PyTuple_GetItem(long tuple, long index);

  int PyDict_Next(long dict, long position, long key, long value);

  // Errors

  long PyErr_Occurred();

  int PyErr_GivenExceptionMatches(long exception, long type);

  // Functions and capsules

  long PyCFunction_GetSelf(long function);

  long PyCFunction_GetFunction(long function);

  int PyCFunction_GetFlags(long function);

  int PyCapsule_IsValid(long capsule, long name);

  long PyCapsule_GetPointer(long capsule, long name);

  int PyCapsule_SetContext(long capsule, long context);

  long PyCapsule_GetContext(long capsule);

  int PyCapsule_SetDestructor(long capsule, long destructor);

  int PyObject_GC_IsFinalized(long object);

  int PyObject_GC_IsTracked(long object);

  void PyObject_GC_Track(long object);

  void PyObject_GC_UnTrack(long object);
}
