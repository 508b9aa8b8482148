package dev.vivarium.script;

import dev.vivarium.PyObject;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.script.Bindings;
import org.jspecify.annotations.Nullable;

/** The variables of scripts. Any thread may call; those inside the interpreter go straight on. */
final class Namespace {

  private record Lent(@Nullable Object java, PyObject python) {}

  private final PyObject python;
  private final PyObject variables;

  // Their locks are held for nothing but a look
  private final Map<String, Lent> lent = Collections.synchronizedMap(new HashMap<>());
  private final Map<String, @Nullable Object> told = Collections.synchronizedMap(new HashMap<>());

  Namespace(PyObject python) {
    this.python = python;
    this.variables = python.attr("variables");
  }

  /** The dict. */
  PyObject variables() {
    return variables;
  }

  List<String> names() {
    try (PyObject names = python.callMethod("names")) {
      @SuppressWarnings("unchecked") // as script.py makes it
      List<String> list = (List<String>) names.as(Object.class); // a copy: for any thread
      return list == null ? List.of() : list;
    }
  }

  /** Null if there is no such variable. */
  @Nullable PyObject find(String name) {
    try (PyObject found = python.callMethod("find", name)) {
      return found.len() == 0 ? null : found.item(0);
    }
  }

  /** A variable of the script, or one that is lent to it. */
  @Nullable PyObject function(String name) {
    return variables.contains(name) ? variables.item(name) : null;
  }

  void put(String name, @Nullable Object value) {
    python.callMethod("put", name, value).close();
  }

  void remove(String name) {
    python.callMethod("remove", name).close();
  }

  /** Lends the script the variables of the global scope that it has none of its own for. */
  void lend(@Nullable Bindings global) {
    if (global != null) {
      for (Map.Entry<String, Object> entry : global.entrySet()) {
        if (PythonBindings.isVariable(entry.getKey())) {
          lend(entry.getKey(), entry.getValue());
        }
      }
    }
    if (lent.isEmpty()) {
      return;
    }
    for (String name : lent.keySet().toArray(String[]::new)) {
      if (global == null || !global.containsKey(name)) {
        python.callMethod("take_back", name).close();
        lent.remove(name);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // an equal list is another list
  private void lend(String name, @Nullable Object value) {
    Lent before = lent.get(name);
    if (before == null || before.java != value) {
      if (before != null) {
        python.callMethod("take_back", name).close();
      }
      before = new Lent(value, python.view().call(in -> in.toPython(value)));
      lent.put(name, before);
    }
    python.callMethod("lend", name, before.python).close();
  }

  /** Takes over what Java has changed in Bindings that are copied. */
  @SuppressWarnings("ReferenceEquality")
  void copyFrom(Bindings bindings) {
    for (Map.Entry<String, Object> entry : bindings.entrySet()) {
      String name = entry.getKey();
      Object value = entry.getValue();
      if (PythonBindings.isVariable(name) && !(told.containsKey(name) && told.get(name) == value)) {
        python.callMethod("told_put", name, value).close();
        told.put(name, value);
      }
    }
    for (String name : toldNames()) {
      if (!bindings.containsKey(name)) {
        python.callMethod("told_remove", name).close();
        told.remove(name);
      }
    }
  }

  private Set<String> toldNames() {
    synchronized (told) {
      return Set.copyOf(told.keySet());
    }
  }

  /** Tells Bindings that are copied what scripts have changed. */
  void copyTo(Bindings bindings) {
    try (PyObject news = python.callMethod("news");
        PyObject names = news.item(0);
        PyObject values = news.item(1);
        PyObject gone = news.item(2)) {
      for (int i = 0; i < names.len(); i++) {
        String name = names.item(i).asString();
        Object value = Support.toJava(values.item(i));
        told.put(name, value);
        bindings.put(name, value);
      }
      for (PyObject name : gone) {
        told.remove(name.asString());
        bindings.remove(name.asString());
      }
    }
  }
}
