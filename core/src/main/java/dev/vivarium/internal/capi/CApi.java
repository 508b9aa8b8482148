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
public interface CApi extends CriticalApi {

  /** The loaded CPython's functions. {@link LibPython#load} comes first. */
  CApi C = Linkage.bind(CApi.class, CriticalApi.class);

  // Thread states and interpreters

  void PyEval_RestoreThread(long tstate);

  long PyEval_SaveThread();

  long PyEval_GetFrame();

  long PyThreadState_New(long interp);

  void PyThreadState_Clear(long tstate);

  void PyThreadState_Delete(long tstate);

  void PyThreadState_DeleteCurrent();

  int PyThreadState_SetAsyncExc(long ident, long exception);

  long PyThreadState_GetFrame(long tstate);

  long PyInterpreterState_LookUpID(long id);

  long PyInterpreterState_GetDict(long interp);

  /** 3.15 and later, as the two after it. */
  long PyInterpreterView_FromCurrent();

  long PyInterpreterGuard_FromView(long view);

  void PyInterpreterGuard_Close(long guard);

  int Py_AtExit(long function);

  int Py_EnterRecursiveCall(long where);

  void Py_EndInterpreter(long tstate);

  int Py_FinalizeEx();

  // Objects

  void Py_DecRef(long object);

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

  // Types and descriptors

  long PyType_FromSpec(long spec);

  long PyType_GenericAlloc(long type, long items);

  void PyObject_GC_Del(long object);

  long PyWeakref_NewRef(long object, long callback);

  int PyWeakref_GetRef(long reference, long result);

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

  long PyLong_FromString(long text, long end, int base);

  long PyNumber_ToBase(long object, int base);

  long PyNumber_Index(long object);

  double PyFloat_AsDouble(long object);

  long PyComplex_FromDoubles(double real, double imaginary);

  double PyComplex_RealAsDouble(long object);

  double PyComplex_ImagAsDouble(long object);

  // Text and bytes

  long PyUnicode_DecodeUTF16(long data, long size, long errors, long byteorder);

  long PyUnicode_DecodeLatin1(long data, long size, long errors);

  long PyUnicode_AsUTF8AndSize(long object, long size);

  long PyUnicode_AsEncodedString(long object, long encoding, long errors);

  long PyBytes_FromStringAndSize(long data, long size);

  long PyByteArray_FromStringAndSize(long data, long size);

  long PyByteArray_AsString(long object);

  long PyByteArray_Size(long object);

  // Containers

  long PyList_New(long size);

  long PyList_GetSlice(long list, long low, long high);

  long PySequence_List(long object);

  long PySequence_Tuple(long object);

  long PyTuple_GetSlice(long tuple, long low, long high);

  int PySequence_Check(long object);

  long PySequence_GetItem(long object, long index);

  int PySequence_SetItem(long object, long index, long value);

  int PySequence_DelItem(long object, long index);

  long PyTuple_New(long size);

  long PyDict_New();

  int PyDict_SetItem(long dict, long key, long value);

  int PyDict_SetItemString(long dict, long key, long value);

  long PyDict_GetItemString(long dict, long key);

  long PyDict_Copy(long dict);

  long PySet_New(long iterable);

  long PyFrozenSet_New(long iterable);

  int PySet_Add(long set, long key);

  int PyIter_Check(long object);

  // Buffers

  long PyMemoryView_FromObject(long object);

  int PyObject_CheckBuffer(long object);

  int PyObject_GetBuffer(long object, long view, int flags);

  void PyBuffer_Release(long view);

  // Contexts

  long PyContext_New();

  int PyContext_Enter(long context);

  int PyContext_Exit(long context);

  // Errors

  void PyErr_Clear();

  long PyErr_GetRaisedException();

  void PyErr_SetRaisedException(long exception);

  void PyErr_SetObject(long type, long exception);

  void PyErr_SetString(long type, long message);

  int PyErr_WarnEx(long category, long message, long level);

  void PyErr_WriteUnraisable(long where);

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

  long PyCapsule_New(long pointer, long name, long destructor);
}
