package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The Python types, of one interpreter, whose values have a counterpart in Java, and the Python
 * code that takes such values apart. A type is looked for when an object shows up whose type says
 * that it is of that module, so that nothing is imported for it.
 */
final class ValueTypes {

  private static final PerInterpreter<Owned> SOURCE =
      PerInterpreter.owned(new OwnSource(ValueTypes.class, "values.py")::run);

  // By module: what its types become, in the order in which values.py gives them
  private static final Map<String, List<Conversion>> NATURAL =
      Map.of(
          "datetime",
          List.of(Times::localDate, Times::naturalTime, Times::naturalDateTime, Times::duration),
          "decimal",
          List.of(Values::naturalDecimal),
          "uuid",
          List.of(Values::uuid),
          "pathlib",
          List.of(Values::naturalPath));

  /** What has been learnt; never changed. */
  private static final class Known {

    final long[] types;
    final List<Conversion> conversions;
    final Set<String> modules;

    Known(long[] types, List<Conversion> conversions, Set<String> modules) {
      this.types = types;
      this.conversions = List.copyOf(conversions);
      this.modules = Set.copyOf(modules);
    }
  }

  private final Home home;
  private static final Known NOTHING = new Known(new long[0], List.of(), Set.of());

  private final AtomicReference<Known> known = new AtomicReference<>(NOTHING);

  ValueTypes(Home home) {
    this.home = home;
  }

  /** A borrowed reference to a function of {@code values.py}. */
  long function(String name) {
    return SOURCE.in(home).item(name);
  }

  /** What objects of exactly that type become; null for types without a counterpart. */
  @Nullable Conversion natural(long type) {
    Known now = known.get();
    for (int i = 0; i < now.types.length; i++) {
      if (now.types[i] == type) {
        return now.conversions.get(i);
      }
    }
    if (now.modules.size() == NATURAL.size()) {
      return null;
    }
    String module = moduleOf(type);
    if (!NATURAL.containsKey(module) || now.modules.contains(module)) {
      return null;
    }
    return learn(module) ? natural(type) : null;
  }

  /** The types may go now. */
  void forget() {
    known.set(NOTHING);
  }

  private String moduleOf(long type) {
    long name = C.PyObject_GetAttr(type, home.name("__module__"));
    if (name == 0) {
      C.PyErr_Clear();
      return "";
    }
    try {
      String module = Types.typeOf(name) == Types.STR ? Text.toJava(home, name) : "";
      return switch (module) { // as some versions, or their Python halves, call them
        case "pathlib._local" -> "pathlib";
        case "_pydatetime" -> "datetime";
        case "_pydecimal" -> "decimal";
        default -> module;
      };
    } finally {
      C.Py_DecRef(name);
    }
  }

  // Keeps the types for as long as the interpreter lives, so that their addresses mean them
  private boolean learn(String module) {
    long types;
    try (Call call = Call.of(home)) {
      types = call.add((Object) module).callFunction(function("types"));
    }
    if (types == 0) {
      C.PyErr_Clear(); // the module is being imported just now, or is another of that name
      return false;
    }
    while (true) {
      Known before = known.get();
      if (before.modules.contains(module)) {
        C.Py_DecRef(types);
        return true;
      }
      if (known.compareAndSet(before, with(before, module, types))) {
        home.own(types);
        return true;
      }
    }
  }

  private static Known with(Known before, String module, long tuple) {
    List<Conversion> added = NATURAL.getOrDefault(module, List.of());
    int old = before.types.length;
    long[] types = Arrays.copyOf(before.types, old + added.size());
    for (int i = 0; i < added.size(); i++) {
      types[old + i] = C.PyTuple_GetItem(tuple, i);
    }
    List<Conversion> conversions = new ArrayList<>(before.conversions);
    conversions.addAll(added);
    Set<String> modules = new HashSet<>(before.modules);
    modules.add(module);
    return new Known(types, conversions, modules);
  }
}
