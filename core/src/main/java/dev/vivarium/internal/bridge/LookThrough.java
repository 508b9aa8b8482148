package dev.vivarium.internal.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether Java code is known to come back soon, by a look at its bytecode and at all that it calls.
 *
 * <p>Known is what has neither monitors nor loops, calls no native method and nothing of which it
 * is not certain which code that is, initializes no class whose initializer is not known, and comes
 * to no more than some hundred instructions with all that it calls; {@link Facts} apart. So it is
 * not only free of locks: it cannot wait by turning round either, and its time has a limit.
 *
 * <p>Loads the classes that the code names, so that running it does not. To be used with nothing
 * attached, since class loaders may do anything.
 */
final class LookThrough {

  private static final int MOST_INSTRUCTIONS = 1000;
  private static final Set<String> LAMBDAS = Set.of("metafactory", "altMetafactory");

  /** What is not known to be fine. */
  static final class Unknown extends Exception {

    private static final long serialVersionUID = 1L;

    Unknown(String why) {
      super(why, null, false, false);
    }
  }

  /**
   * What is known of a value in the code.
   *
   * @param exact its class, if that is certain
   * @param plain whether it is null, or what {@link Plain} says, or an array of primitives
   * @param wide whether it is a long or a double
   */
  record Value(@Nullable Class<?> exact, boolean plain, boolean wide) {

    static final Value OTHER = new Value(null, false, false);
    static final Value WIDE = new Value(null, true, true);
    static final Value PLAIN = new Value(null, true, false);

    static Value exact(Class<?> type) {
      return new Value(type, Plain.is(type), false);
    }

    static Value of(ClassDesc type) {
      if (type.isPrimitive()) {
        return TypeKind.from(type).slotSize() == 2 ? WIDE : PLAIN;
      }
      if (type.isArray()) {
        return type.componentType().isPrimitive() ? PLAIN : OTHER;
      }
      return PLAIN_TYPES.contains(type.descriptorString()) ? PLAIN : OTHER;
    }
  }

  private static final Set<String> PLAIN_TYPES =
      Set.of(
          "Ljava/lang/String;",
          "Ljava/lang/Integer;",
          "Ljava/lang/Long;",
          "Ljava/lang/Double;",
          "Ljava/lang/Boolean;",
          "Ljava/lang/Character;",
          "Ljava/lang/Float;",
          "Ljava/lang/Short;",
          "Ljava/lang/Byte;");

  private final Map<Class<?>, ClassModel> models = new HashMap<>();
  private final Set<Class<?>> initialized;
  private int instructions;

  private LookThrough(Set<Class<?>> initialized) {
    this.initialized = initialized;
  }

  /**
   * Whether a method or constructor is known to come back soon.
   *
   * @param receiver the exact class that it is called on, or that the first argument of a static
   *     method has; null if there is none
   * @param plain whether arguments that may be texts or boxes are so
   */
  static boolean isKnown(Executable member, @Nullable Class<?> receiver, boolean plain) {
    return whyNot(member, receiver, plain) == null;
  }

  /** The same for what a functional object does, whose class may be that of a lambda. */
  static boolean isKnown(Class<?> function, Method method) {
    return whyNot(function, method) == null;
  }

  static @Nullable String whyNot(Executable member, @Nullable Class<?> receiver, boolean plain) {
    return look(
        member.getDeclaringClass(),
        receiver,
        look -> {
          boolean isStatic = Modifier.isStatic(member.getModifiers());
          List<Value> given = new ArrayList<>();
          if (!isStatic) {
            given.add(
                member instanceof Constructor
                    ? Value.exact(member.getDeclaringClass())
                    : receiver == null ? Value.OTHER : Value.exact(receiver));
          }
          for (Class<?> parameter : member.getParameterTypes()) {
            given.add(
                isStatic && given.isEmpty() && receiver != null
                    ? Value.exact(receiver)
                    : plain && Plain.mayBe(parameter) && !parameter.isPrimitive()
                        ? Value.PLAIN
                        : Value.of(parameter.describeConstable().orElseThrow()));
          }
          String name = member instanceof Constructor ? "<init>" : member.getName();
          look.call(
              member.getDeclaringClass(),
              name,
              descriptor(member),
              given,
              isStatic ? Opcode.INVOKESTATIC : Opcode.INVOKEVIRTUAL,
              member instanceof Constructor);
        });
  }

  static @Nullable String whyNot(Class<?> function, Method method) {
    if (!function.isHidden()) {
      return whyNot(method, function, false);
    }
    Class<?> host = hostOf(function);
    return host == null
        ? "a hidden class"
        : look(host, null, l -> l.lambda(host, function, method));
  }

  /** Whether reading and writing a field of a class does nothing else. */
  static boolean isInitialized(Class<?> type) {
    return look(type, null, look -> {}) == null;
  }

  private interface Body {
    void of(LookThrough look) throws Unknown;
  }

  private static @Nullable String look(Class<?> type, @Nullable Class<?> receiver, Body body) {
    // Who initializes a class would not wait for it, but others would
    if (StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(f -> f.getMethodName().equals("<clinit>")))) {
      return "while a class is initialized";
    }
    Set<Class<?>> initialized = new HashSet<>();
    try {
      for (Class<?> begun : receiver == null ? List.of(type) : List.of(type, receiver)) {
        for (Class<?> c = begun; c != null && !c.isInterface(); c = c.getSuperclass()) {
          initialized.add(c);
        }
        if (!begun.isInterface() && !begun.isHidden() && !begun.isArray()) {
          Class.forName(begun.getName(), true, begun.getClassLoader()); // so that it is, in the end
        }
      }
      body.of(new LookThrough(initialized));
      return null;
    } catch (Unknown e) {
      return e.getMessage();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return e.toString();
    }
  }

  private static String descriptor(Executable member) {
    Class<?> result = member instanceof Method method ? method.getReturnType() : void.class;
    return java.lang.invoke.MethodType.methodType(result, member.getParameterTypes())
        .descriptorString();
  }

  // Calls

  void call(
      Class<?> owner,
      String name,
      String descriptor,
      List<Value> given,
      Opcode opcode,
      boolean constructor)
      throws Unknown {
    Class<?> declaring;
    if (opcode == Opcode.INVOKESTATIC || opcode == Opcode.INVOKESPECIAL || constructor) {
      declaring = constructor ? owner : declaring(owner, name, descriptor);
      if (opcode == Opcode.INVOKESTATIC) {
        requireInitialized(declaring);
      }
      body(declaring, name, descriptor, given);
      return;
    }
    Value self = given.getFirst();
    Class<?> exact = self.exact;
    if (exact == null && self.plain) {
      // A text or a box: what their classes do is all known
      boolean plain = given.stream().allMatch(Value::plain);
      if (name.equals("equals") || (plain && Facts.ofPlain(name))) {
        return;
      }
      throw new Unknown(name + " of a text or box");
    }
    Class<?> found = declaring(owner, name, descriptor);
    if (exact != null && owner.isAssignableFrom(exact)) {
      Class<?> selected = select(exact, found, name, descriptor);
      body(selected, name, descriptor, given);
      return;
    }
    MethodModel method = method(found, name, descriptor);
    if (!Modifier.isFinal(owner.getModifiers())
        && (method == null
            || !(method.flags().has(AccessFlag.FINAL) || method.flags().has(AccessFlag.PRIVATE)))) {
      throw new Unknown(owner.getName() + "." + name + " may be any that overrides it");
    }
    if (Modifier.isFinal(owner.getModifiers())) {
      given.set(0, Value.exact(owner));
    }
    body(found, name, descriptor, given);
  }

  /** The class whose method a name resolves to. */
  private Class<?> declaring(Class<?> owner, String name, String descriptor) throws Unknown {
    for (Class<?> c = owner; c != null; c = c.getSuperclass()) {
      if (method(c, name, descriptor) != null) {
        return c;
      }
    }
    Class<?> inInterface = inInterfaces(owner, name, descriptor, false);
    if (inInterface != null) {
      return inInterface;
    }
    if (owner.isInterface() && method(Object.class, name, descriptor) != null) {
      return Object.class;
    }
    throw new Unknown("no " + owner.getName() + "." + name + descriptor);
  }

  /** The class whose method is called on an object of exactly that class. */
  private Class<?> select(Class<?> exact, Class<?> found, String name, String descriptor)
      throws Unknown {
    MethodModel resolved = method(found, name, descriptor);
    if (resolved != null && resolved.flags().has(AccessFlag.PRIVATE)) {
      return found;
    }
    for (Class<?> c = exact; c != null; c = c.getSuperclass()) {
      MethodModel method = method(c, name, descriptor);
      if (method != null && !method.flags().has(AccessFlag.STATIC)) {
        boolean visible =
            method.flags().has(AccessFlag.PUBLIC) || method.flags().has(AccessFlag.PROTECTED);
        if (!visible && c != found) {
          throw new Unknown(name + " is private to packages");
        }
        return c;
      }
    }
    Class<?> inInterface = inInterfaces(exact, name, descriptor, true);
    if (inInterface == null) {
      throw new Unknown("no " + name + " in " + exact.getName());
    }
    return inInterface;
  }

  private @Nullable Class<?> inInterfaces(
      Class<?> type, String name, String descriptor, boolean defaults) throws Unknown {
    Class<?> found = null;
    for (Class<?> one : allInterfaces(type)) {
      MethodModel method = method(one, name, descriptor);
      if (method == null || (defaults && method.flags().has(AccessFlag.ABSTRACT))) {
        continue;
      }
      if (found == null || found.isAssignableFrom(one)) {
        found = one;
      } else if (!one.isAssignableFrom(found)) {
        throw new Unknown("more than one " + name);
      }
    }
    return found;
  }

  private static Set<Class<?>> allInterfaces(Class<?> type) {
    Set<Class<?>> all = new LinkedHashSet<>();
    Deque<Class<?>> left = new ArrayDeque<>();
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      left.add(c);
    }
    while (!left.isEmpty()) {
      Class<?> next = left.remove();
      if (next.isInterface()) {
        all.add(next);
      }
      left.addAll(Arrays.asList(next.getInterfaces()));
    }
    return all;
  }

  private void body(Class<?> declaring, String name, String descriptor, List<Value> given)
      throws Unknown {
    Class<?> exact = given.isEmpty() ? null : given.getFirst().exact;
    MethodModel method = method(declaring, name, descriptor);
    boolean isStatic = method != null && method.flags().has(AccessFlag.STATIC);
    List<Value> arguments = isStatic ? given : given.subList(1, given.size());
    boolean plain = arguments.stream().allMatch(Value::plain);
    if (!isStatic && exact != null && Facts.isMap(exact) && !arguments.isEmpty()) {
      plain = arguments.getFirst().plain; // the key
    }
    // A cause says what it is, and a class may fill in its stack in its own way
    if (declaring == Throwable.class && name.equals("<init>")) {
      plain = !descriptor.equals("(Ljava/lang/Throwable;)V") && fillsInItself(exact);
    }
    if (Facts.has(declaring, name, exact, plain)) {
      return;
    }
    if (method == null) {
      throw new Unknown("no " + declaring.getName() + "." + name + descriptor);
    }
    if (method.flags().has(AccessFlag.SYNCHRONIZED)) {
      throw new Unknown(declaring.getName() + "." + name + " is synchronized");
    }
    CodeModel code = method.code().orElse(null);
    if (code == null) {
      throw new Unknown(declaring.getName() + "." + name + " has no code that can be seen");
    }
    new CodeWalk(this, declaring, (CodeAttribute) code, given).walk();
  }

  private static boolean fillsInItself(@Nullable Class<?> exact) {
    try {
      return exact != null
          && exact.getMethod("fillInStackTrace").getDeclaringClass() == Throwable.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  // Classes

  private @Nullable MethodModel method(Class<?> type, String name, String descriptor)
      throws Unknown {
    for (MethodModel method : model(type).methods()) {
      if (method.methodName().equalsString(name) && method.methodType().equalsString(descriptor)) {
        return method;
      }
    }
    return null;
  }

  private ClassModel model(Class<?> type) throws Unknown {
    ClassModel known = models.get(type);
    if (known != null) {
      return known;
    }
    if (type.isHidden() || type.isArray()) {
      throw new Unknown(type.getName() + " has no file");
    }
    String name = type.getName();
    try (InputStream in =
        type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
      if (in == null) {
        throw new Unknown(name + " has no file that can be seen");
      }
      ClassModel model = ClassFile.of().parse(in.readAllBytes());
      models.put(type, model);
      return model;
    } catch (IOException e) {
      throw new Unknown(e.toString());
    }
  }

  static Class<?> load(Class<?> from, ClassDesc type) throws Unknown {
    String descriptor = type.descriptorString();
    String name =
        type.isArray()
            ? descriptor.replace('/', '.')
            : descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
    try {
      return Class.forName(name, false, from.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new Unknown(e.toString());
    }
  }

  // The JDK's initializers call nobody else's code
  void requireInitialized(Class<?> type) throws Unknown {
    if (type.isArray()) {
      return;
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      requireNoInitializer(c);
    }
    for (Class<?> one : allInterfaces(type)) {
      requireNoInitializer(one);
    }
  }

  /** One more instruction. */
  void count() throws Unknown {
    if (++instructions > MOST_INSTRUCTIONS) {
      throw new Unknown("is long");
    }
  }

  private void requireNoInitializer(Class<?> type) throws Unknown {
    if (type.getClassLoader() != null
        && !initialized.contains(type)
        && method(type, "<clinit>", "()V") != null) {
      throw new Unknown(type.getName() + " has an initializer");
    }
  }

  // Lambdas, whose class has no file: all that the class around them makes for that interface

  private static @Nullable Class<?> hostOf(Class<?> lambda) {
    String name = lambda.getName();
    int end = name.indexOf("$$Lambda/");
    try {
      Class<?> host =
          end < 0 ? null : Class.forName(name.substring(0, end), false, lambda.getClassLoader());
      return host != null && host.getNestHost() == lambda.getNestHost() ? host : null;
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  private void lambda(Class<?> host, Class<?> lambda, Method method) throws Unknown {
    List<String> captured =
        Arrays.stream(lambda.getDeclaredFields())
            .filter(field -> !Modifier.isStatic(field.getModifiers()))
            .map(Field::getType)
            .map(Class::descriptorString)
            .toList();
    Set<String> interfaces = new HashSet<>();
    for (Class<?> one : lambda.getInterfaces()) {
      interfaces.add(one.descriptorString());
    }
    boolean found = false;
    for (MethodModel each : model(host).methods()) {
      for (CodeElement element : each.code().map(CodeModel::elementList).orElse(List.of())) {
        if (element instanceof InvokeDynamicInstruction made
            && isOf(made, "java/lang/invoke/LambdaMetafactory", LAMBDAS)
            && made.name().equalsString(method.getName())
            && interfaces.contains(made.typeSymbol().returnType().descriptorString())
            && made.typeSymbol().parameterList().stream()
                .map(ClassDesc::descriptorString)
                .toList()
                .equals(captured)) {
          found = true;
          target(host, made);
        }
      }
    }
    if (!found) {
      throw new Unknown("a lambda that is not found");
    }
  }

  private void target(Class<?> host, InvokeDynamicInstruction made) throws Unknown {
    ConstantDesc argument = made.bootstrapArgs().get(1);
    if (!(argument instanceof DirectMethodHandleDesc handle)) {
      throw new Unknown("a lambda of another kind");
    }
    Class<?> owner = load(host, handle.owner());
    MethodTypeDesc type = MethodTypeDesc.ofDescriptor(handle.lookupDescriptor());
    List<Value> given = new ArrayList<>();
    boolean constructor = handle.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR;
    boolean isStatic =
        handle.kind() == DirectMethodHandleDesc.Kind.STATIC
            || handle.kind() == DirectMethodHandleDesc.Kind.INTERFACE_STATIC;
    if (constructor) {
      given.add(Value.exact(owner));
      requireInitialized(owner);
    } else if (!isStatic) {
      given.add(Value.OTHER);
    }
    type.parameterList().forEach(parameter -> given.add(Value.of(parameter)));
    call(
        owner,
        constructor ? "<init>" : handle.methodName(),
        type.descriptorString(),
        given,
        isStatic ? Opcode.INVOKESTATIC : Opcode.INVOKEVIRTUAL,
        constructor);
  }

  static boolean isOf(InvokeDynamicInstruction made, String owner, Set<String> names) {
    var bootstrap = made.invokedynamic().bootstrap().bootstrapMethod().reference();
    return bootstrap.owner().name().equalsString(owner)
        && names.contains(bootstrap.name().stringValue());
  }
}
