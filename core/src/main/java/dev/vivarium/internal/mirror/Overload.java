package dev.vivarium.internal.mirror;

import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.object.Home;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One Java method, constructor or field accessor, and the ways to call it from Python. */
final class Overload {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  final MethodType type; // without the receiver
  final boolean receives;
  final boolean varargs;

  /** Whether it may wait for long, so that other threads are to run Python meanwhile. */
  final boolean blocks;

  /** The parameters' names, if they are known. */
  final @Nullable List<String> names;

  private final String name;
  private final MethodHandle target; // (receiver, arguments…)
  private @Nullable MethodHandle invoker;
  private @Nullable MethodHandle spread;

  private Overload(
      String name,
      MethodHandle target,
      boolean receives,
      boolean varargs,
      boolean blocks,
      @Nullable List<String> names) {
    this.name = name;
    this.target = target.asFixedArity();
    this.receives = receives;
    this.varargs = varargs;
    this.blocks = blocks;
    this.names = names;
    this.type = receives ? target.type().dropParameterTypes(0, 1) : target.type();
  }

  static Overload of(Executable member, MethodHandle target, boolean receives, boolean blocks) {
    String name =
        receives || !(member instanceof java.lang.reflect.Constructor)
            ? member.getName()
            : member.getDeclaringClass().getSimpleName();
    return new Overload(name, target, receives, member.isVarArgs(), blocks, names(member));
  }

  static Overload of(String name, MethodHandle target, boolean receives) {
    return new Overload(name, target, receives, false, false, null);
  }

  private static @Nullable List<String> names(Executable member) {
    Parameter[] parameters = member.getParameters();
    if (parameters.length > 0 && parameters[0].isNamePresent()) {
      return Arrays.stream(parameters).map(Parameter::getName).toList();
    }
    Class<?> owner = member.getDeclaringClass();
    if (owner.isRecord() && member instanceof java.lang.reflect.Constructor) {
      RecordComponent[] components = owner.getRecordComponents();
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      if (Arrays.equals(types, member.getParameterTypes())) {
        return Arrays.stream(components).map(RecordComponent::getName).toList();
      }
    }
    return null;
  }

  int count() {
    return type.parameterCount();
  }

  /** Whether it can be called with that many arguments. */
  boolean takes(int given) {
    return given == count() || (varargs && given >= count() - 1);
  }

  /** (receiver or null, home, arguments) to a new reference: as many arguments as parameters. */
  MethodHandle invoker() {
    MethodHandle made = invoker;
    if (made == null) {
      made = compose();
      invoker = made;
    }
    return made;
  }

  /** Calls it with arguments as Java has them. */
  @Nullable Object call(@Nullable Object receiver, @Nullable Object[] arguments) throws Throwable {
    MethodHandle made = spread;
    if (made == null) {
      MethodHandle all = receives ? target : MethodHandles.dropArguments(target, 0, Object.class);
      made =
          all.asType(all.type().changeParameterType(0, Object.class))
              .asSpreader(1, Object[].class, count())
              .asType(methodType(Object.class, Object.class, Object[].class));
      spread = made;
    }
    return made.invokeExact(receiver, arguments);
  }

  private MethodHandle compose() {
    try {
      MethodHandle call =
          receives
              ? target.asType(target.type().changeParameterType(0, Object.class))
              : MethodHandles.dropArguments(target, 0, Object.class);
      for (int i = count(); i >= 1; i--) {
        call = MethodHandles.collectArguments(call, i, argument(type.parameterType(i - 1), i - 1));
      }
      int[] order = new int[1 + 2 * count()];
      for (int i = 1; i < order.length; i++) {
        order[i] = i % 2 == 1 ? 1 : 2;
      }
      MethodType joined = methodType(type.returnType(), Object.class, Home.class, long.class);
      return result(type.returnType(), MethodHandles.permuteArguments(call, joined, order));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot call " + this, e);
    }
  }

  private static MethodHandle argument(Class<?> to, int index) throws ReflectiveOperationException {
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
    MethodHandle convert =
        LOOKUP.findStatic(Results.class, "of", methodType(long.class, Home.class, Object.class));
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
      shown.add(names == null ? text : text + " " + names.get(i));
    }
    return name + shown.stream().collect(Collectors.joining(", ", "(", ")"));
  }
}
