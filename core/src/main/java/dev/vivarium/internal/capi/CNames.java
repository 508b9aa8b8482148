package dev.vivarium.internal.capi;

import java.util.List;

/** The C names of functions whose Java method has another. */
final class CNames {

  private CNames() {}

  /** Those to look for; the first that is found is meant. */
  static List<String> of(String method) {
    return switch (method) {
      case "PyThreadState_GetUnchecked" ->
          List.of("PyThreadState_GetUnchecked", "_PyThreadState_UncheckedGet");
      case "PyInterpreterState_LookUpID" -> List.of("_PyInterpreterState_LookUpID");
      case "Py_DecRef_quick" -> List.of("Py_DecRef");
      case "PyType_GenericAlloc_plain" -> List.of("PyType_GenericAlloc");
      case "PyLong_AsLongLongAndOverflow_exact" -> List.of("PyLong_AsLongLongAndOverflow");
      case "PyFloat_AsDouble_exact" -> List.of("PyFloat_AsDouble");
      case "PyUnicode_DecodeLatin1_short" -> List.of("PyUnicode_DecodeLatin1");
      default -> List.of(method);
    };
  }
}
