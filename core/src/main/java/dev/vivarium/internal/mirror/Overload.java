package dev.vivarium.internal.mirror;

import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.KeywordArguments;
import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.object.Home;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One Java method, constructor or field accessor, and the ways to call it from Python. */
final class Overload {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final MethodHandle WITH_ARRAYS;

  static {
    try {
      WITH_ARRAYS =
          LOOKUP.findVirtual(
              Overload.class,
              "callWithArrays",
              methodType(long.class, Object.class, Home.class, long.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final MethodType type; // without the receiver
  final boolean receives;
  final boolean varargs;

  /** Whether Java may change what it is given, so that it is written back. */
  final boolean changesArguments;

  /** Whether the last parameter is a map of what is given by names that no parameter has. */
  final boolean keywords;

  /** The parameters' names, if they are known. */
  final @Nullable List<String> names;

  /** Of a function of Kotlin's: which arguments may be left out. */
  final @Nullable Defaults defaults;

  /** What is asked for, one for each parameter. */
  final List<Declared> parameters;

  private final String name;
  private final MethodHandle target; // (receiver, arguments…)
  private final @Nullable MethodHandle twin; // of the defaults, with their masks
  private final Detachment detachment;

  // Of a collection's method: which argument is a key or an element; empty for none
  private final List<Sought> sought;
  private @Nullable MethodHandle invoker;
  private @Nullable MethodHandle constructor;
  private @Nullable MethodHandle spread;
  private @Nullable MethodHandle spreadTwin;

  private Overload(
      String name,
      MethodHandle target,
      boolean receives,
      boolean varargs,
      boolean keywords,
      Detachment detachment,
      @Nullable List<String> names,
      Type[] declared,
      List<Sought> sought,
      Bindings bindings,
      @Nullable Defaults defaults,
      @Nullable MethodHandle twin) {
    this.name = name;
    this.target = target.asFixedArity();
    this.receives = receives;
    this.varargs = varargs;
    this.keywords = keywords;
    this.detachment = detachment;
    this.names = names;
    this.type = receives ? target.type().dropParameterTypes(0, 1) : target.type();
    this.changesArguments = type.parameterList().stream().anyMatch(WrittenBack::concerns);
    List<Declared> parameters = new ArrayList<>();
    for (int i = 0; i < type.parameterCount(); i++) {
      boolean known = declared.length == type.parameterCount(); // a getter has none
      Declared parameter = Declared.of(known ? declared[i] : type.parameterType(i), bindings);
      Class<?> wanted = type.parameterType(i);
      parameters.add(wanted.isAssignableFrom(parameter.type) ? parameter : Declared.of(wanted));
    }
    this.parameters = List.copyOf(parameters);
    this.sought = sought;
    this.defaults = defaults;
    this.twin = twin;
  }

  /**
   * That of a member.
   *
   * @param bindings of the class whose member it is, which may inherit it
   */
  static Overload of(
      Executable member,
      MethodHandle target,
      boolean receives,
      Detachment detachment,
      Bindings bindings) {
    return of(member, target, receives, detachment, bindings, null, null);
  }

  /**
   * That of a member, of which Kotlin code may leave out arguments.
   *
   * @param twin what is called then: (receiver, arguments…, masks…, null)
   */
  static Overload of(
      Executable member,
      MethodHandle target,
      boolean receives,
      Detachment detachment,
      Bindings bindings,
      @Nullable Defaults defaults,
      @Nullable MethodHandle twin) {
    String name =
        member instanceof java.lang.reflect.Constructor
            ? member.getDeclaringClass().getSimpleName()
            : member.getName();
    return new Overload(
        name,
        target,
        receives,
        member.isVarArgs(),
        takesKeywords(member),
        detachment,
        names(member, receives, defaults),
        Written.parameters(member),
        member instanceof Method method && receives ? Sought.by(method) : List.of(),
        bindings,
        defaults,
        twin);
  }

  /** What reads a field, or writes it. */
  static Overload of(
      String name,
      MethodHandle target,
      boolean receives,
      Detachment detachment,
      Field field,
      Bindings bindings) {
    return new Overload(
        name,
        target,
        receives,
        false,
        false,
        detachment,
        null,
        new Type[] {Written.type(field)},
        List.of(),
        bindings,
        null,
        null);
  }

  private static boolean takesKeywords(Executable member) {
    Parameter[] parameters = member.getParameters();
    for (int i = 0; i < parameters.length; i++) {
      if (parameters[i].isAnnotationPresent(KeywordArguments.class)) {
        if (i < parameters.length - 1 || parameters[i].getType() != Map.class) {
          throw new IllegalArgumentException(
              "@KeywordArguments belongs to a last parameter that is a Map<String, ...>: "
                  + member);
        }
        return true;
      }
    }
    return false;
  }

  private static @Nullable List<String> names(
      Executable member, boolean receives, @Nullable Defaults defaults) {
    Parameter[] parameters = member.getParameters();
    List<String> names = null;
    if (parameters.length > 0 && parameters[0].isNamePresent()) {
      int first = receives && Modifier.isStatic(member.getModifiers()) ? 1 : 0;
      names = Arrays.stream(parameters).skip(first).map(Parameter::getName).toList();
    } else if (defaults != null) {
      names = defaults.names;
    } else if (member instanceof java.lang.reflect.Constructor) {
      Class<?> owner = member.getDeclaringClass();
      names =
          Data.typesOf(owner).equals(List.of(member.getParameterTypes()))
              ? Data.namesOf(owner)
              : null;
    }
    return names == null || names.isEmpty() ? null : names.stream().map(Overload::named).toList();
  }

  // What a function of Kotlin's extends has a name that no code can write
  private static String named(String parameter) {
    return parameter.startsWith("$") ? "receiver" : Members.named(parameter);
  }

  /** Whether its variable arguments are what a text of {@link java.util.Formatter} formats. */
  boolean isFormat() {
    boolean named = name.equals("format") || name.equals("printf") || name.equals("formatted");
    return named && varargs && type.parameterType(count() - 1) == Object[].class;
  }

  /** That text, or null if it is something else. */
  @Nullable String template(@Nullable Object receiver, @Nullable Object[] arguments) {
    Object text = count() == 1 ? receiver : arguments[count() - 2];
    return text instanceof String template ? template : null;
  }

  int count() {
    return type.parameterCount();
  }

  /** Whether it can be called with that many arguments. */
  boolean takes(int given) {
    return given == count()
        || (varargs && given >= count() - 1)
        || (keywords && given == count() - 1)
        || (defaults != null && given < count() && defaults.from(given));
  }

  /** An argument as its parameter wants it, for that receiver. */
  @Nullable Object convert(Home home, @Nullable Object receiver, int index, long object) {
    Object value = parameters.get(index).convert(home, object);
    return sought.isEmpty() || receiver == null
        ? value
        : sought.get(index).in(home, receiver, object, value);
  }

  @SuppressWarnings("unused") // through a method handle
  private static @Nullable Object soughtAt(
      @Nullable Object receiver, Home home, long arguments, Overload overload, int index) {
    return overload.convert(home, receiver, index, Memory.getLong(arguments + 8L * index));
  }

  /** (receiver or null, home, arguments) to a new reference: as many arguments as parameters. */
  MethodHandle invoker() {
    MethodHandle made = invoker;
    if (made == null) {
      made = changesArguments ? WITH_ARRAYS.bindTo(this) : compose();
      invoker = made;
    }
    return made;
  }

  /** Of a constructor that changes no arguments: as many of these as parameters to the object. */
  Object construct(Home home, long arguments) throws Throwable {
    MethodHandle made = constructor;
    if (made == null) {
      MethodHandle call = call();
      made = call.asType(call.type().changeReturnType(Object.class));
      constructor = made;
    }
    return (Object) made.invokeExact((Object) null, home, arguments);
  }

  /**
   * Calls it with arguments as Java has them.
   *
   * @param detached let other threads run Python meanwhile, whatever of Java's it is
   */
  @Nullable Object call(
      Home home, @Nullable Object receiver, @Nullable Object[] arguments, boolean detached)
      throws Throwable {
    boolean whole = arguments.length == count(); // the twin runs code of its own besides
    boolean keeps =
        detached ? detachment.keepsAlways() : detachment.keepsAll(home, receiver, arguments);
    Object result =
        whole && keeps
            ? call(receiver, arguments)
            : home.<@Nullable Object, Throwable>detached(() -> call(receiver, arguments));
    return type.returnType() == Class.class
        ? new Passed.Made(Results.ofClass(home, result))
        : result;
  }

  private @Nullable Object call(@Nullable Object receiver, @Nullable Object[] arguments)
      throws Throwable {
    MethodHandle twin = this.twin;
    if (twin != null && arguments.length > count()) {
      MethodHandle made = spreadTwin;
      if (made == null) {
        made = spread(twin, arguments.length);
        spreadTwin = made;
      }
      return made.invokeExact(receiver, arguments);
    }
    MethodHandle made = spread;
    if (made == null) {
      made = spread(target, count());
      spread = made;
    }
    return made.invokeExact(receiver, arguments);
  }

  private MethodHandle spread(MethodHandle called, int count) {
    MethodHandle all = receives ? called : MethodHandles.dropArguments(called, 0, Object.class);
    return all.asType(all.type().changeParameterType(0, Object.class))
        .asSpreader(1, Object[].class, count)
        .asType(methodType(Object.class, Object.class, Object[].class));
  }

  /** As {@link #compose} has it, with what Java changes in arrays of Python's written back. */
  @SuppressWarnings("unused") // through a method handle
  private long callWithArrays(@Nullable Object receiver, Home home, long arguments)
      throws Throwable {
    @Nullable Object[] converted = new Object[count()];
    for (int i = 0; i < converted.length; i++) {
      converted[i] = parameters.get(i).convert(home, Memory.getLong(arguments + 8L * i));
    }
    Object result;
    try (WrittenBack back = WrittenBack.of(home)) {
      for (int i = 0; i < converted.length; i++) {
        back.add(Memory.getLong(arguments + 8L * i), converted[i]);
      }
      result = call(home, receiver, converted, false);
    }
    return home.checked(Results.of(home, result));
  }

  private MethodHandle compose() {
    try {
      return result(type.returnType(), call());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot call " + this, e);
    }
  }

  // (receiver or null, home, arguments) to what Java returns
  private MethodHandle call() {
    try {
      MethodHandle call =
          receives
              ? target.asType(target.type().changeParameterType(0, Object.class))
              : MethodHandles.dropArguments(target, 0, Object.class);
      // Attached again when the result is converted, and not detached before all arguments are
      call = detachment.around(call);
      for (int i = count(); i >= 1; i--) {
        Class<?> to = type.parameterType(i - 1);
        MethodHandle argument =
            isSought(i - 1) ? sought(to, i - 1) : argument(to, parameters.get(i - 1), i - 1);
        call = MethodHandles.collectArguments(call, i + 1, argument);
      }
      IntStream.Builder order = IntStream.builder().add(1).add(0); // home, receiver
      for (int i = 0; i < count(); i++) {
        if (isSought(i)) {
          order.add(0);
        }
        order.add(1).add(2);
      }
      MethodType joined = methodType(type.returnType(), Object.class, Home.class, long.class);
      return MethodHandles.permuteArguments(call, joined, order.build().toArray());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot call " + this, e);
    }
  }

  private boolean isSought(int index) {
    return !sought.isEmpty() && sought.get(index) != Sought.NOTHING;
  }

  private MethodHandle sought(Class<?> to, int index) throws ReflectiveOperationException {
    MethodHandle at =
        LOOKUP.findStatic(
            Overload.class,
            "soughtAt",
            methodType(
                Object.class, Object.class, Home.class, long.class, Overload.class, int.class));
    return MethodHandles.insertArguments(at, 3, this, index)
        .asType(methodType(to, Object.class, Home.class, long.class));
  }

  private static MethodHandle argument(Class<?> to, Declared declared, int index)
      throws ReflectiveOperationException {
    if (declared.saysMore() || declared.type != to) {
      return MethodHandles.insertArguments(
              LOOKUP.findStatic(
                  Arguments.class,
                  "at",
                  methodType(Object.class, Home.class, long.class, int.class, Declared.class)),
              2,
              index,
              declared)
          .asType(methodType(to, Home.class, long.class));
    }
    return switch (to.getName()) {
      case "int", "long", "double", "boolean" ->
          MethodHandles.insertArguments(
              LOOKUP.findStatic(
                  Arguments.class,
                  to.getName() + "At",
                  methodType(to, Home.class, long.class, int.class)),
              2,
              index);
      default ->
          MethodHandles.insertArguments(
                  LOOKUP.findStatic(
                      Arguments.class,
                      "at",
                      methodType(Object.class, Home.class, long.class, int.class, Class.class)),
                  2,
                  index,
                  to)
              .asType(methodType(to, Home.class, long.class));
    };
  }

  private static MethodHandle result(Class<?> from, MethodHandle call)
      throws ReflectiveOperationException {
    if (from == void.class) {
      return MethodHandles.filterReturnValue(
          call, LOOKUP.findStatic(Results.class, "nothing", methodType(long.class)));
    }
    Class<?> passed =
        switch (from.getName()) {
          case "int", "short", "byte", "long" -> long.class;
          case "double", "float" -> double.class;
          case "boolean", "char" -> from;
          case "java.lang.String" -> String.class;
          default -> Object.class;
        };
    MethodHandle widened = call.asType(call.type().changeReturnType(passed));
    if (passed != Object.class) {
      return MethodHandles.filterReturnValue(
          widened, LOOKUP.findStatic(Results.class, "of", methodType(long.class, passed)));
    }
    String convertedBy = from == Class.class ? "ofClass" : "of";
    MethodHandle convert =
        LOOKUP.findStatic(
            Results.class, convertedBy, methodType(long.class, Home.class, Object.class));
    return MethodHandles.permuteArguments(
        MethodHandles.collectArguments(convert, 1, widened),
        methodType(long.class, Object.class, Home.class, long.class),
        1,
        0,
        1,
        2);
  }

  /** Its name, or its class's. */
  String shortName() {
    return name;
  }

  /** With its result. */
  String described() {
    String result = type.returnType().getSimpleName();
    return result.equals(name) ? toString() : result + " " + this;
  }

  /** As Java code would call it. */
  @Override
  public String toString() {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < count(); i++) {
      Class<?> parameter = type.parameterType(i);
      String text =
          varargs && i == count() - 1
              ? parameter.getComponentType().getSimpleName() + "..."
              : parameter.getSimpleName();
      text = names == null ? text : text + " " + names.get(i);
      shown.add(defaults != null && defaults.has(i) ? text + " = ..." : text);
    }
    return name + shown.stream().collect(Collectors.joining(", ", "(", ")"));
  }
}
