package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.bridge.FastCall;
import dev.vivarium.internal.capi.Finalizers;
import dev.vivarium.internal.capi.FunctionPointers;
import dev.vivarium.internal.capi.LibPython;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.FunctionType;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.ToJava;
import dev.vivarium.internal.object.ToPython;
import java.lang.foreign.Arena;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The Python types of one interpreter's Java classes. All of them hang on one dict, kept in the
 * interpreter's own, which lets go of it at the very end: so what is named here by borrowed
 * pointers is there as long as Python code can call Java.
 */
final class PythonSide {

  private static final OwnSource SOURCE = new OwnSource(PythonSide.class, "java.py");
  private static final OwnSource PROTOCOLS = new OwnSource(PythonSide.class, "protocols.py");
  private static final String KEPT = "dev.vivarium.java";
  private static final int TP_DEALLOC = 52; // slots of PyType_Spec
  private static final int TP_NEW = 65;
  private static final int DEFAULT_AND_BASE_TYPE = 1 << 10;
  private static final long IS_ABSTRACT = 1L << 20; // of a type's flags
  private static final int MOST_BASES = 1000;

  /** Where in an object the number of its Java object lies: behind the object's head. */
  static final long NUMBER = headSize();

  private static final long SPEC = spec();
  private static final long FINALIZER = LibPython.destructor(PythonSide::finalized);
  private static final int TP_FINALIZE = Finalizers.offset(FINALIZER);
  private static final String ROUTES = "__java_routes__";

  private final Home home;
  private final Mirror mirror;
  private final long namespace;
  private final Map<Class<?>, JavaType> types = new ConcurrentHashMap<>();
  // Those of java.lang.Class, which the Python types of Java classes have too
  private static final List<String> CLASS_METHODS =
      Arrays.stream(Class.class.getMethods())
          .filter(m -> m.getDeclaringClass() != Object.class)
          .filter(m -> !Modifier.isStatic(m.getModifiers()))
          .map(m -> Members.named(m.getName()))
          .distinct()
          .toList();

  private final Map<Long, JavaType> byPointer = new ConcurrentHashMap<>();
  private final List<JavaType> byNumber = new CopyOnWriteArrayList<>();

  // By superclass and interfaces: the types of what Python classes extend
  private final Map<List<Class<?>>, JavaType> extended = new ConcurrentHashMap<>();

  // By C function, to find what a bound method of Python leads to
  private final Map<Long, Group> groups = new ConcurrentHashMap<>();

  /** The type of all that names a Java object. */
  final long reference;

  /** The Python type of all Java exceptions. */
  final long exception;

  /** The type of what {@code java.lang.String(…)} gives: a {@code str}. */
  final long text;

  final long find;
  final long missing;
  private final long make;
  private final long builtIn;
  private final long noArguments;

  private PythonSide(Home home, Mirror mirror, long reference) {
    this.home = home;
    this.mirror = mirror;
    this.reference = reference;
    Map<String, Object> given = new HashMap<>();
    BiFunction<Long, String, @Nullable Object> link = this::link;
    given.put("link", link);
    Function<String, @Nullable Object> load = this::load;
    given.put("find_class", load);
    given.put("class_methods", mirror.sees(Class.class) ? CLASS_METHODS : List.of());
    Function<String, Object> contents =
        name ->
            home.<Object, RuntimeException>detached(
                () -> Packages.contents(mirror.classLoader(), mirror.access(), name));
    given.put("contents", contents);
    Predicate<String> isPackage = mirror::isPackage;
    given.put("is_package", isPackage);
    BiFunction<Object, List<Object>, @Nullable Object> extend = this::extend;
    given.put("type_to_extend", extend);
    long natives = ToPython.convert(home, natives());
    long protocols = 0;
    try {
      protocols =
          PROTOCOLS.run(home, Map.of("Reference", again(reference), "native", again(natives)));
      given.put("Reference", again(reference));
      given.put("native", again(natives));
      given.put("protocols", again(protocols));
      namespace = SOURCE.run(home, given);
    } finally { // the dict keeps them
      C.Py_DecRef(reference);
      C.Py_DecRef(natives);
      C.Py_DecRef(protocols);
    }
    exception = named("JavaException");
    text = named("JavaText");
    find = named("find");
    missing = named("missing");
    make = named("make");
    builtIn = named("built_in");
    noArguments = named("no_arguments");
  }

  private static Passed again(long reference) {
    C.Py_IncRef(reference);
    return new Passed.Made(reference);
  }

  static PythonSide load(Home home, Mirror mirror) {
    return new PythonSide(home, mirror, home.checked(C.PyType_FromSpec(SPEC)));
  }

  /** Hands the dict over to the interpreter. */
  void keep() {
    long dict = C.PyInterpreterState_GetDict(home.state().pointer());
    try (Arena arena = Arena.ofConfined()) {
      home.checked(C.PyDict_SetItemString(dict, arena.allocateFrom(KEPT).address(), namespace));
    }
    C.Py_DecRef(namespace);
  }

  /** Another thread's was first. */
  void discard() {
    C.Py_DecRef(namespace);
  }

  private long named(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return C.PyDict_GetItemString(namespace, arena.allocateFrom(name).address());
    }
  }

  private static long headSize() {
    long object = LibPython.address("PyBaseObject_Type");
    try (Arena arena = Arena.ofConfined()) {
      long name = C.PyUnicode_DecodeLatin1(arena.allocateFrom("__basicsize__").address(), 13, 0);
      long size = C.PyObject_GetAttr(object, name);
      C.Py_DecRef(name);
      long value = C.PyLong_AsSize_t(size);
      C.Py_DecRef(size);
      return value;
    }
  }

  // PyType_Spec: name, basicsize, itemsize, flags, slots
  private static long spec() {
    long died = LibPython.destructor(PythonSide::died);
    Arena always = Arena.global();
    long slots = always.allocate(32, 8).address();
    Memory.putInt(slots, TP_DEALLOC);
    Memory.putLong(slots + 8, died);
    long spec = always.allocate(32, 8).address();
    Memory.putLong(spec, always.allocateFrom("vivarium.Reference").address());
    Memory.putInt(spec + 8, (int) NUMBER + 8);
    Memory.putInt(spec + 16, DEFAULT_AND_BASE_TYPE);
    Memory.putLong(spec + 24, slots);
    return spec;
  }

  /** From C, as tp_dealloc. */
  private static void died(long object) {
    try {
      Mirror.died(object);
    } catch (Throwable t) {
      // A destructor has nobody to tell; what is lost is one object's memory
    }
  }

  /** From C, as tp_finalize. */
  private static void finalized(long object) {
    try {
      Mirror.finalized(object);
    } catch (Throwable t) {
      // As with a destructor: the object then dies, and its Java half says that it has
    }
  }

  private Map<String, Object> natives() {
    Map<String, Object> natives = new HashMap<>();
    for (Method method : Protocols.class.getDeclaredMethods()) {
      if (!Modifier.isPrivate(method.getModifiers()) && !method.isSynthetic()) {
        natives.put(method.getName(), staticFunction(Protocols.group(method)));
      }
    }
    return natives;
  }

  // Types

  /** That of a class, made when it is first met. */
  JavaType typeOf(Class<?> type) {
    JavaType known = types.get(type);
    return known != null ? known : make(type);
  }

  /** Whether it is that of a class, or of all of them. */
  boolean isJava(long pointer) {
    return byPointer.containsKey(pointer)
        || pointer == reference
        || pointer == exception
        || pointer == named("JavaObject");
  }

  @Nullable JavaType known(long pointer) {
    return byPointer.get(pointer);
  }

  /** The nearest Java type that a Python type is or derives from. */
  @Nullable JavaType nearest(long type) {
    JavaType exact = byPointer.get(type);
    if (exact != null) {
      return exact;
    }
    List<JavaType> all = ancestors(type);
    return all.isEmpty() ? null : all.getFirst();
  }

  /** The Java types that a Python class derives from, nearest first. */
  List<JavaType> ancestors(long type) {
    long mro = home.attribute(type, "__mro__");
    try {
      List<JavaType> found = new ArrayList<>();
      // A metaclass may say anything
      long count = Types.typeOf(mro) == Types.TUPLE ? C.PyTuple_Size(mro) : 0;
      for (long i = 0; i < Math.min(count, MOST_BASES); i++) {
        JavaType java = byPointer.get(C.PyTuple_GetItem(mro, i));
        if (java != null) {
          found.add(java);
        }
      }
      return found;
    } finally {
      C.Py_DecRef(mro);
    }
  }

  private JavaType make(Class<?> type) {
    boolean visible = mirror.sees(type);
    List<JavaType> bases = bases(type);
    if (!visible && bases.size() == 1 && !tells(type)) {
      return first(type, bases.getFirst());
    }
    JavaType made;
    synchronized (this) {
      made = new JavaType(byNumber.size(), type, visible, bases);
      byNumber.add(made);
    }
    if (visible) {
      findOwn(made);
    }
    makeInPython(made, bases);
    byPointer.put(made.pointer, made); // before others see it
    return first(type, made);
  }

  // Whether its objects say that the class is not public. Of others than those of the JDK, which
  // nobody takes for their own, and whose members are to be found fast
  private boolean tells(Class<?> type) {
    return mirror.access().allowed() == null
        && !type.isHidden()
        && !type.isSynthetic()
        && !type.isAnonymousClass()
        && !type.isArray()
        && !type.isInterface()
        && !Throwable.class.isAssignableFrom(type)
        && !(type.getModule().isNamed() && type.getModule().getLayer() == ModuleLayer.boot());
  }

  private JavaType first(Class<?> type, JavaType made) {
    JavaType before = types.putIfAbsent(type, made);
    return before == null ? made : before;
  }

  /** The types of the nearest classes and interfaces above one that are visible. */
  private List<JavaType> bases(Class<?> type) {
    Set<JavaType> bases = new LinkedHashSet<>();
    Class<?> superclass = type.isInterface() ? Object.class : type.getSuperclass();
    List<Class<?>> direct = new ArrayList<>();
    boolean throwable = Throwable.class.isAssignableFrom(type);
    if (superclass != null && !(throwable && superclass == Object.class)) {
      direct.add(superclass);
    }
    if (!throwable) { // Python has no room for them beside its own exceptions
      direct.addAll(List.of(type.getInterfaces()));
    }
    for (Class<?> one : direct) {
      if (mirror.sees(one)) {
        bases.add(typeOf(one));
      } else {
        bases.addAll(bases(one));
      }
    }
    List<JavaType> all = List.copyOf(bases);
    return all.stream().filter(b -> all.stream().noneMatch(o -> o.above.contains(b))).toList();
  }

  private void findOwn(JavaType made) {
    // Detached: all of it may load classes
    home.<@Nullable Object, RuntimeException>detached(() -> {
      addOwn(made, Members.of(made.type));
      return null;
    });
  }

  private static void addOwn(JavaType made, Members members) {
    made.own.put("__new__", members);
    for (String name : members.methodNames()) {
      if (!(made.inherited(name) instanceof Members above)
          || !above.signatures(name).equals(members.signatures(name))) {
        made.own.put(name, members);
      }
    }
    made.own.putAll(members.fields());
    members.nested().forEach(made.own::putIfAbsent);
  }

  private void makeInPython(JavaType made, List<JavaType> bases) {
    List<String> methods = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    made.own.forEach((name, member) -> (member instanceof Field ? fields : methods).add(name));
    List<Object> pointers = new ArrayList<>();
    for (JavaType base : bases) {
      C.Py_IncRef(base.pointer);
      pointers.add(new Passed.Made(base.pointer));
    }
    Class<?> type =
        made.visible
            ? made.type
            : made.subclass != null ? made.subclass.superclass : shownFor(made, bases);
    String name = type.getTypeName();
    String qualified = name.substring(type.isArray() ? 0 : packagePrefix(type));
    try (Call call = Call.of(home, 11)) {
      call.add(made.number)
          .add((Object) qualified.replace('$', '.'))
          .add((Object) (type.isArray() ? "java" : type.getPackageName()))
          .add(
              (Object)
                  (made.subclass != null
                      ? "extended"
                      : made.visible || !tells(made.type) ? kind(made.type) : "hidden"))
          .add(pointers)
          .add(methods)
          .add(fields)
          .add((Object) properties(made))
          .add((Object) functionOf(made))
          .add((Object) (made.visible ? Data.namesOf(type) : List.of()))
          .add((Object) (made.visible ? describe(type) : null));
      long created = home.checked(call.callFunction(make));
      made.pointer = created; // the dict of types keeps it
      C.Py_DecRef(created);
    }
    if (made.isThrowable()) {
      made.raw = rawOf(made.pointer);
    }
  }

  private static Map<String, String> properties(JavaType made) {
    Map<String, String> properties = new LinkedHashMap<>();
    made.own.forEach((name, member) -> {
      String property = member instanceof Members members ? members.property(name) : null;
      if (property != null) {
        properties.put(name, property);
      }
    });
    return properties;
  }

  /** What makes an empty instance of a class of exceptions: a function in C. */
  long rawOf(long type) {
    try (Call call = Call.of(home)) {
      long base = home.checked(call.addBorrowed(type).callFunction(builtIn));
      C.Py_DecRef(base); // its type keeps it
      return C.PyType_GetSlot(base, TP_NEW);
    }
  }

  /** An object of a Python class, without a Java one, as a new reference. */
  long newEmpty(long type) {
    if ((C.PyType_GetFlags(type) & IS_ABSTRACT) != 0) { // which Python's own says, and why
      long object = C.PyType_GetSlot(LibPython.address("PyBaseObject_Type"), TP_NEW);
      return newException(type, object);
    }
    return home.checked(C.PyType_GenericAlloc(type, 0));
  }

  /** An empty instance of a class of exceptions, as a new reference. */
  long newException(long type, long raw) {
    return home.checked(FunctionPointers.newObject(raw, type, noArguments, 0));
  }

  // A class that is not public still says what it is; one that the filter hides does not
  private Class<?> shownFor(JavaType made, List<JavaType> bases) {
    if (mirror.access().allowed() == null || bases.isEmpty()) {
      return mirror.access().allowed() == null ? made.type : Object.class;
    }
    return bases.getFirst().type;
  }

  private static int packagePrefix(Class<?> type) {
    String name = type.getPackageName();
    return name.isEmpty() ? 0 : name.length() + 1;
  }

  private static String kind(Class<?> type) {
    return type.isArray()
        ? "array"
        : type.isInterface()
            ? "interface"
            : Throwable.class.isAssignableFrom(type)
                ? "exception"
                : type.isEnum() ? "enum" : "class";
  }

  // Those that say so; of others, those of one's own, since Comparable and the like are no
  // functions
  private static @Nullable String functionOf(JavaType made) {
    Class<?> type = made.type;
    Method method = made.visible ? FunctionType.methodOf(type) : null;
    if (method == null) {
      return null;
    }
    boolean function =
        type.isAnnotationPresent(FunctionalInterface.class) || !type.getName().startsWith("java");
    return function ? method.getName() : null;
  }

  private static String describe(Class<?> type) {
    return Modifier.toString(type.getModifiers() & ~Modifier.INTERFACE)
        + (type.isInterface() ? " interface " : type.isRecord() ? " record " : " class ")
        + type.getTypeName()
        + " of Java";
  }

  // Python classes that extend Java classes

  /** The Python type that such classes have for a base, or the reason why there can be none. */
  private @Nullable Object extend(@Nullable Object superclass, List<Object> interfaces) {
    if (!(superclass instanceof Class<?> above)) {
      return Subclass.NOT_SEEN;
    }
    String refusal =
        home.<@Nullable String, RuntimeException>detached(() -> Subclass.refusal(above));
    if (refusal != null) {
      return refusal;
    }
    List<Class<?>> given = new ArrayList<>();
    interfaces.forEach(one -> given.add((Class<?>) one));
    List<Class<?>> wanted =
        given.stream()
            .filter(one -> !one.isAssignableFrom(above))
            .filter(one -> given.stream().noneMatch(o -> o != one && one.isAssignableFrom(o)))
            .toList();
    List<Class<?>> key = new ArrayList<>(wanted);
    key.addFirst(above);
    JavaType made = extended.get(key);
    if (made == null) {
      made = makeExtended(above, wanted);
      JavaType first = extended.putIfAbsent(key, made);
      made = first == null ? made : first;
    }
    C.Py_IncRef(made.pointer);
    return new Passed.Made(made.pointer);
  }

  private JavaType makeExtended(Class<?> superclass, List<Class<?>> interfaces) {
    Subclass subclass =
        home.<Subclass, RuntimeException>detached(() -> new Subclass(home, superclass, interfaces));
    List<JavaType> bases = new ArrayList<>(List.of(typeOf(superclass)));
    interfaces.forEach(one -> bases.add(typeOf(one)));
    JavaType made;
    synchronized (this) {
      made = new JavaType(byNumber.size(), subclass.type(), false, bases);
      byNumber.add(made);
    }
    made.subclass = subclass;
    made.own.put("__new__", subclass);
    made.own.put("__init__", subclass);
    made.own.putAll(subclass.members);
    makeInPython(made, bases);
    byPointer.put(made.pointer, made);
    return made;
  }

  /**
   * Has a new Python class lead Java's calls to what it defines.
   *
   * @param defined the names of what its objects have from Python before they have it from Java
   */
  Routes route(long type, List<String> defined) {
    setFinalizer(type);
    return new Routes(subclassOf(type), ToJava.nameOf(home, type), Set.copyOf(defined));
  }

  /** Which calls {@code __del__} when neither side holds an object. */
  static void setFinalizer(long type) {
    Memory.putLong(type + TP_FINALIZE, FINALIZER);
  }

  private Subclass subclassOf(long type) {
    for (JavaType above : ancestors(type)) {
      if (above.subclass != null) {
        return above.subclass;
      }
    }
    throw new Mismatch("no Python class that extends a Java class");
  }

  /** Those of a Python class that extends a Java class. */
  Routes routesOf(long type) {
    long found = home.attribute(type, ROUTES);
    try {
      if (Mirror.behind(home, found) instanceof Routes routes) {
        return routes;
      }
      throw new Mismatch("no Python class that extends a Java class");
    } finally {
      C.Py_DecRef(found);
    }
  }

  // Members

  /** Makes a member of a class that Python code asks for. */
  private @Nullable Object link(long number, String name) {
    JavaType type = byNumber.get((int) number);
    // Other classes may have a method of that name
    if (type.type == Map.class && name.equals("__getitem__")) {
      return function(type, Protocols.item());
    }
    Object member = type.own.get(name);
    return switch (member) {
      case Field field -> field(type, name, field);
      case Subclass subclass ->
          name.equals("__new__")
              ? staticFunction(Members.of(subclass.superclass).constructors())
              : function(type, subclass.initializer());
      case List<?> _ -> {
        Subclass subclass = Objects.requireNonNull(type.subclass);
        Group group = home.<Group, RuntimeException>detached(() -> subclass.group(name));
        yield function(type, group);
      }
      case Class<?> nested -> typeObject(nested);
      case Members members -> {
        Group group =
            home.<Group, RuntimeException>detached(
                () -> name.equals("__new__") ? members.constructors() : members.group(name));
        yield function(type, group);
      }
      case null, default -> throw new IllegalStateException(type.type + " has no " + name);
    };
  }

  private Object function(JavaType type, Group group) {
    if (group.kind == Group.Kind.CONSTRUCTORS || group.isStatic()) {
      return staticFunction(group);
    }
    Passed.Made method =
        new Passed.Made(home.checked(C.PyDescr_NewMethod(type.pointer, definition(group))));
    return group.isMixed() ? inPython("Both", staticFunction(group), method) : method;
  }

  private Passed.Made staticFunction(Group group) {
    return new Passed.Made(home.checked(C.PyCMethod_New(definition(group), 0, 0, 0)));
  }

  private long definition(Group group) {
    long definition = group.definition(home);
    groups.put(FastCall.function(definition), group);
    return definition;
  }

  /** The group that a C function belongs to, or null. */
  @Nullable Group group(long function) {
    return groups.get(function);
  }

  private Object field(JavaType type, String name, Field field) {
    Subclass subclass = type.subclass;
    if (!Modifier.isStatic(field.getModifiers())) {
      FieldAccess access =
          home.<FieldAccess, RuntimeException>detached(() ->
              subclass == null
                  ? Members.of(type.type).fieldAccess(name, field)
                  : subclass.field(name, field));
      return new Passed.Made(access.descriptor(home, type.pointer));
    }
    Members.StaticField access =
        home.<Members.StaticField, RuntimeException>detached(() ->
            subclass == null
                ? Members.of(type.type).staticField(name, field)
                : subclass.staticField(name, field));
    Group write = access.write();
    return inPython(
        "Static", staticFunction(access.read()), write == null ? null : staticFunction(write));
  }

  private Object inPython(String name, @Nullable Object... arguments) {
    try (Call call = Call.of(home)) {
      for (Object argument : arguments) {
        call.add(argument);
      }
      return new Passed.Made(home.checked(call.callFunction(named(name))));
    }
  }

  /** A type for Python, or null if it is not to be seen. */
  @Nullable Passed typeObject(Class<?> type) {
    if (!mirror.sees(type)) {
      return null;
    }
    long pointer = typeOf(type).pointer;
    C.Py_IncRef(pointer);
    return new Passed.Made(pointer);
  }

  /**
   * The type of a class by its full name, nested ones after a point or a dollar; null if there is
   * none, and a text if its module keeps it to itself.
   */
  private @Nullable Object load(String name) {
    Class<?> found =
        home.<@Nullable Class<?>, RuntimeException>detached(
            () -> Packages.find(mirror.classLoader(), name));
    if (found == null) {
      return null;
    }
    Object type = typeObject(found);
    return type == null && mirror.access().allowed() == null ? Caller.kept(found) : type;
  }
}
