package dev.vivarium.internal.capi;

/**
 * The functions of CPython's C API that Vivarium calls. Each method is the C function of the same
 * name; pointers and {@code Py_ssize_t} are {@code long}, and what a function needs (an attached
 * thread state, mostly) is what the C API manual says of it.
 *
 * <p>A function that the loaded CPython lacks throws {@link UnsupportedOperationException} when it
 * is called; {@link LibPython#has} asks first.
 */
@SuppressWarnings("MemberName") // C's own names
public interface CApi {

  /** The loaded CPython's functions. {@link LibPython#load} comes first. */
  CApi C = Linkage.bind(CApi.class);

  // Thread states and interpreters

  void PyEval_RestoreThread(long tstate);

  long PyEval_SaveThread();

  @Critical
  @Symbol({"PyThreadState_GetUnchecked", "_PyThreadState_UncheckedGet"})
  long PyThreadState_GetUnchecked();

  @Critical
  long PyThreadState_GetInterpreter(long tstate);

  long PyThreadState_New(long interp);

  void PyThreadState_Clear(long tstate);

  void PyThreadState_Delete(long tstate);

  void PyThreadState_DeleteCurrent();

  int PyThreadState_SetAsyncExc(long ident, long exception);

  @Critical
  long PyInterpreterState_ThreadHead(long interp);

  @Critical
  long PyThreadState_Next(long tstate);

  long PyThreadState_GetFrame(long tstate);

  @Critical
  long PyGILState_GetThisThreadState();

  @Critical
  long PyThread_get_thread_ident();

  @Critical
  long PyInterpreterState_GetID(long interp);

  @Critical
  long PyInterpreterState_Main();

  @Symbol("_PyInterpreterState_LookUpID")
  long PyInterpreterState_LookUpID(long id);

  long PyInterpreterState_GetDict(long interp);

  /** 3.15 and later, as the two after it. */
  long PyInterpreterView_FromCurrent();

  long PyInterpreterGuard_FromView(long view);

  void PyInterpreterGuard_Close(long guard);

  int Py_AtExit(long function);

  /** 3.14.3 and later. Cannot fail, and so needs nothing attached, with 48 KiB and more. */
  @Critical
  int PyUnstable_ThreadState_SetStackProtection(long tstate, long start, long bytes);

  int Py_EnterRecursiveCall(long where);

  @Critical
  void Py_LeaveRecursiveCall();

  void Py_EndInterpreter(long tstate);

  int Py_FinalizeEx();

  // Objects

  @Critical
  void Py_IncRef(long object);

  void Py_DecRef(long object);

  /**
   * {@code Py_DecRef} where it is known that the object does not die by it, or is of a type whose
   * end runs no code (int, float, str, bytes).
   */
  @Critical
  @Symbol("Py_DecRef")
  void Py_DecRef_quick(long object);

  long PyObject_Type(long object);

  long PyBytes_FromObject(long object);

  long PyObject_GetAttr(long object, long name);

  int PyObject_HasAttr(long object, long name);

  int PyObject_SetAttr(long object, long name, long value);

  long PyObject_GetItem(long object, long key);

  int PyObject_SetItem(long object, long key, long value);

  int PyObject_DelItem(long object, long key);

  long PyObject_Size(long object);

  int PySequence_Contains(long object, long value);

  int PyObject_IsTrue(long object);

  int PyObject_IsInstance(long object, long type);

  long PyObject_Str(long object);

  long PyObject_Repr(long object);

  long PyObject_GetIter(long object);

  long PyObject_Hash(long object);

  long PyIter_Next(long iterator);

  long PyObject_Vectorcall(long callable, long args, long nargsf, long kwnames);

  long PyObject_VectorcallMethod(long name, long args, long nargsf, long kwnames);

  long PyObject_RichCompare(long left, long right, int operation);

  int PyObject_RichCompareBool(long left, long right, int operation);

  long PySlice_New(long start, long stop, long step);

  @Critical
  int PyCallable_Check(long object);

  @Critical
  int PyType_IsSubtype(long type, long base);

  // Types and descriptors

  long PyType_FromSpec(long spec);

  long PyType_GenericAlloc(long type, long items);

  /** For types without garbage collection, of which it starts none. */
  @Critical
  @Symbol("PyType_GenericAlloc")
  long PyType_GenericAlloc_plain(long type, long items);

  @Critical
  long PyType_GetSlot(long type, int slot);

  @Critical
  long PyType_GetFlags(long type);

  @Critical
  void PyObject_Free(long object);

  void PyObject_GC_Del(long object);

  long PyDescr_NewMethod(long type, long definition);

  long PyDescr_NewGetSet(long type, long definition);

  // Operators

  long PyNumber_Add(long left, long right);

  long PyNumber_Subtract(long left, long right);

  long PyNumber_Multiply(long left, long right);

  long PyNumber_MatrixMultiply(long left, long right);

  long PyNumber_TrueDivide(long left, long right);

  long PyNumber_FloorDivide(long left, long right);

  long PyNumber_Remainder(long left, long right);

  long PyNumber_Power(long left, long right, long modulus);

  long PyNumber_Lshift(long left, long right);

  long PyNumber_Rshift(long left, long right);

  long PyNumber_And(long left, long right);

  long PyNumber_Or(long left, long right);

  long PyNumber_Xor(long left, long right);

  long PyNumber_InPlaceAdd(long left, long right);

  long PyNumber_InPlaceSubtract(long left, long right);

  long PyNumber_InPlaceMultiply(long left, long right);

  long PyNumber_InPlaceMatrixMultiply(long left, long right);

  long PyNumber_InPlaceTrueDivide(long left, long right);

  long PyNumber_InPlaceFloorDivide(long left, long right);

  long PyNumber_InPlaceRemainder(long left, long right);

  long PyNumber_InPlacePower(long left, long right, long modulus);

  long PyNumber_InPlaceLshift(long left, long right);

  long PyNumber_InPlaceRshift(long left, long right);

  long PyNumber_InPlaceAnd(long left, long right);

  long PyNumber_InPlaceOr(long left, long right);

  long PyNumber_InPlaceXor(long left, long right);

  long PyNumber_Negative(long object);

  long PyNumber_Invert(long object);

  long PyNumber_Absolute(long object);

  // Numbers

  @Critical
  long PyLong_FromLongLong(long value);

  @Critical
  long PyLong_AsSize_t(long object);

  /** For exact ints only, where it runs no Python code. */
  @Critical
  @Symbol("PyLong_AsLongLongAndOverflow")
  long PyLong_AsLongLongAndOverflow_exact(long object, long overflow);

  long PyLong_FromString(long text, long end, int base);

  long PyNumber_ToBase(long object, int base);

  long PyNumber_Index(long object);

  @Critical
  long PyFloat_FromDouble(double value);

  double PyFloat_AsDouble(long object);

  /** For exact floats only, where it runs no Python code. */
  @Critical
  @Symbol("PyFloat_AsDouble")
  double PyFloat_AsDouble_exact(long object);

  long PyComplex_FromDoubles(double real, double imaginary);

  double PyComplex_RealAsDouble(long object);

  double PyComplex_ImagAsDouble(long object);

  // Text and bytes

  long PyUnicode_DecodeUTF16(long data, long size, long errors, long byteorder);

  long PyUnicode_DecodeLatin1(long data, long size, long errors);

  long PyUnicode_AsUTF8AndSize(long object, long size);

  long PyUnicode_AsEncodedString(long object, long encoding, long errors);

  long PyBytes_FromStringAndSize(long data, long size);

  @Critical
  long PyBytes_AsString(long object);

  @Critical
  long PyBytes_Size(long object);

  long PyByteArray_FromStringAndSize(long data, long size);

  long PyByteArray_AsString(long object);

  long PyByteArray_Size(long object);

  // Containers

  long PyList_New(long size);

  @Critical
  int PyList_SetItem(long list, long index, long item);

  @Critical
  long PyList_Size(long list);

  long PyList_GetSlice(long list, long low, long high);

  long PySequence_List(long object);

  long PySequence_Tuple(long object);

  int PySequence_Check(long object);

  long PySequence_GetItem(long object, long index);

  int PySequence_SetItem(long object, long index, long value);

  int PySequence_DelItem(long object, long index);

  @Critical
  long PyList_GetItem(long list, long index);

  long PyTuple_New(long size);

  @Critical
  int PyTuple_SetItem(long tuple, long index, long item);

  @Critical
  long PyTuple_Size(long tuple);

  @Critical
  long PyTuple_GetItem(long tuple, long index);

  long PyDict_New();

  int PyDict_SetItem(long dict, long key, long value);

  int PyDict_SetItemString(long dict, long key, long value);

  long PyDict_GetItemString(long dict, long key);

  long PyDict_Copy(long dict);

  @Critical
  int PyDict_Next(long dict, long position, long key, long value);

  long PySet_New(long iterable);

  int PySet_Add(long set, long key);

  int PyIter_Check(long object);

  // Buffers

  long PyMemoryView_FromObject(long object);

  int PyObject_CheckBuffer(long object);

  int PyObject_GetBuffer(long object, long view, int flags);

  void PyBuffer_Release(long view);

  // Errors

  @Critical
  long PyErr_Occurred();

  void PyErr_Clear();

  long PyErr_GetRaisedException();

  void PyErr_SetRaisedException(long exception);

  void PyErr_SetObject(long type, long exception);

  void PyErr_SetString(long type, long message);

  int PyErr_WarnEx(long category, long message, long level);

  void PyErr_WriteUnraisable(long where);

  @Critical
  int PyErr_GivenExceptionMatches(long exception, long type);

  int PyErr_CheckSignals();

  long PyException_GetTraceback(long exception);

  long PyException_GetCause(long exception);

  long PyException_GetContext(long exception);

  /** Takes over the reference to the cause. */
  void PyException_SetCause(long exception, long cause);

  // Modules and code

  long PyImport_Import(long name);

  long PyImport_AddModule(long name);

  long PyImport_GetModule(long name);

  long PyMarshal_WriteObjectToString(long object, int version);

  long PyMarshal_ReadObjectFromString(long data, long size);

  long PyModule_GetDict(long module);

  long Py_CompileString(long source, long fileName, int start);

  long PyEval_EvalCode(long code, long globals, long locals);

  // Functions and capsules

  long PyCMethod_New(long definition, long self, long module, long type);

  @Critical
  long PyCFunction_GetSelf(long function);

  @Critical
  long PyCFunction_GetFunction(long function);

  @Critical
  int PyCFunction_GetFlags(long function);

  long PyCapsule_New(long pointer, long name, long destructor);

  @Critical
  int PyCapsule_IsValid(long capsule, long name);

  @Critical
  long PyCapsule_GetPointer(long capsule, long name);

  @Critical
  int PyCapsule_SetContext(long capsule, long context);

  @Critical
  long PyCapsule_GetContext(long capsule);

  @Critical
  int PyCapsule_SetDestructor(long capsule, long destructor);
}
