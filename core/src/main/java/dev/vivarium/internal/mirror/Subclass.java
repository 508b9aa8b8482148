package dev.vivarium.internal.mirror;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.bridge.Detachment;
import dev.vivarium.internal.object.HiddenClasses;
import dev.vivarium.internal.object.Home;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Java class whose objects are those of Python classes that extend a Java class: one for each
 * superclass and interfaces, of one interpreter. Hidden, in a loader of its own that sees what its
 * superclass sees. Each of its methods asks the object's {@link Extension} whether the Python class
 * defines it, and is its superclass's otherwise.
 */
final class Subclass {

  /** A method that Python code may define, by what its Python name and result are. */
  record Overridable(Method method, String name, Declared result) {}

  /** Why a class that Python code may not see cannot be extended. */
  static final String NOT_SEEN =
      "is not public, or its module does not export its package, so Python classes cannot extend"
          + " it: extend a public class above it";

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String PACKAGE = "python";
  private static final String EXTENSION = "extension";
  private static final MethodType ROUTED =
      methodType(boolean.class, Object.class, Object.class, int.class);
  private static final MethodType CALLED =
      methodType(Object.class, Object.class, Object.class, int.class, Object[].class);
  private static final HiddenClasses.HiddenField HELD =
      new HiddenClasses.HiddenField(PACKAGE, EXTENSION);

  final Class<?> superclass;
  final List<Overridable> overridable = new ArrayList<>();

  /** Its own members in Python, by name: those that its superclass's Python type has not. */
  final Map<String, Object> members = new LinkedHashMap<>();

  private final List<Class<?>> interfaces;
  private final Bindings bindings;
  private final MethodHandles.Lookup lookup;
  private final Map<String, Group> groups = new HashMap<>();

  /** Detached: it loads classes. */
  Subclass(Home home, Class<?> superclass, List<Class<?>> interfaces) {
    this.superclass = superclass;
    this.interfaces = interfaces;
    this.bindings = Bindings.of(superclass);
    Map<String, Method> found = find();
    found.values().stream().filter(this::isOverridable).forEach(this::add);
    findMembers(found);
    List<Class<?>> seen = new ArrayList<>(interfaces);
    seen.addFirst(superclass);
    this.lookup = define(Implementation.loader(home, seen));
  }

  Class<?> type() {
    return lookup.lookupClass();
  }

  /** Why a class cannot be extended, and what to do, or null. */
  static @Nullable String refusal(Class<?> type) {
    int modifiers = type.getModifiers();
    String instead = ": hold an object of it in an attribute instead";
    if (type.isArray() || type.isEnum() || type == Enum.class) {
      return "is an "
          + (type.isArray() ? "array" : "enum")
          + ", which nothing can extend"
          + instead;
    } else if (type.isRecord() || type == Record.class) {
      return "is a record, which nothing can extend" + instead;
    } else if (type.isSealed()) {
      return "is sealed: only the classes that it permits extend it" + instead;
    } else if (Modifier.isFinal(modifiers)) {
      return "is final, so nothing can extend it" + instead;
    } else if (!Caller.sees(type)) {
      return NOT_SEEN;
    } else if (constructors(type).isEmpty()) {
      return "has no public or protected constructor, so nothing outside its package can extend it"
          + instead;
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        if (Modifier.isAbstract(method.getModifiers()) && !isOpen(method.getModifiers())) {
          return "has an abstract method that only its own package can define, "
              + method.getName()
              + "(): extend a class that defines it";
        }
      }
    }
    return null;
  }

  private static List<Constructor<?>> constructors(Class<?> type) {
    List<Constructor<?>> open = new ArrayList<>();
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isOpen(constructor.getModifiers())) {
        open.add(constructor);
      }
    }
    return open;
  }

  private static boolean isOpen(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  // Members

  // What a call of each signature leads to, bridges left out: they call what they lead to
  private Map<String, Method> find() {
    Map<String, Method> found = new LinkedHashMap<>();
    for (Class<?> c = superclass; c != null; c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        if (isOpen(method.getModifiers())) {
          found.putIfAbsent(signature(method), method);
        }
      }
    }
    List<Class<?>> all = new ArrayList<>(interfaces);
    for (Class<?> c = superclass; c != null; c = c.getSuperclass()) {
      all.addAll(List.of(c.getInterfaces()));
    }
    for (Class<?> type : all) {
      for (Method method : type.getMethods()) {
        if (!Modifier.isStatic(method.getModifiers())) {
          found.putIfAbsent(signature(method), method);
        }
      }
    }
    found.values().removeIf(Method::isBridge);
    return found;
  }

  private static String signature(Method method) {
    return method.getName() + type(method).toMethodDescriptorString();
  }

  private static MethodType type(Method method) {
    return methodType(method.getReturnType(), method.getParameterTypes());
  }

  private boolean isOverridable(Method method) {
    Class<?> result = method.getReturnType();
    return (method.getModifiers() & (Modifier.FINAL | Modifier.STATIC)) == 0
        && !(method.getName().equals("finalize") && method.getParameterCount() == 0)
        && (result.isPrimitive() || Caller.sees(result));
  }

  private void add(Method method) {
    Class<?> wanted = method.getReturnType();
    Declared result = Declared.of(Written.result(method), bindings);
    overridable.add(
        new Overridable(
            method,
            Members.named(method.getName()),
            wanted.isAssignableFrom(result.type) ? result : Declared.of(wanted)));
  }

  private void findMembers(Map<String, Method> found) {
    List<String> names = new ArrayList<>(overridable.stream().map(Overridable::name).toList());
    for (Method method : found.values()) {
      if (Modifier.isProtected(method.getModifiers())) {
        names.add(Members.named(method.getName()));
      }
    }
    for (Method method : found.values()) {
      String name = Members.named(method.getName());
      if (names.contains(name)) {
        methods(name).add(method);
      }
    }
    for (Class<?> c = superclass; c != null; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (Modifier.isProtected(field.getModifiers())) {
          members.putIfAbsent(Members.named(field.getName()), field);
        }
      }
    }
  }

  @SuppressWarnings("unchecked")
  private List<Method> methods(String name) {
    return (List<Method>) members.computeIfAbsent(name, n -> new ArrayList<Method>());
  }

  /** What calls the superclass's own methods of a name. */
  synchronized Group group(String name) {
    return groups.computeIfAbsent(
        name,
        n -> {
          List<Overload> overloads = new ArrayList<>();
          for (Method method : methods(n)) {
            MethodHandle handle = handle(method);
            if (handle != null) {
              boolean receives = !Modifier.isStatic(method.getModifiers());
              overloads.add(Overload.of(method, handle, receives, Detachment.of(method), bindings));
            }
          }
          return new Group(type(), n, Group.Kind.METHODS, overloads);
        });
  }

  private @Nullable MethodHandle handle(Method method) {
    MethodType signature = type(method);
    try {
      if (Modifier.isStatic(method.getModifiers())) {
        return lookup.findStatic(superclass, method.getName(), signature);
      } else if (Modifier.isAbstract(method.getModifiers())) {
        Supplier<AbstractMethodError> made =
            () ->
                new AbstractMethodError(method.getName() + " is abstract: Java has no code for it");
        MethodHandle error =
            LOOKUP
                .findVirtual(Supplier.class, "get", methodType(Object.class))
                .bindTo(made)
                .asType(methodType(AbstractMethodError.class));
        MethodHandle thrower =
            MethodHandles.collectArguments(
                MethodHandles.throwException(signature.returnType(), AbstractMethodError.class),
                0,
                error);
        List<Class<?>> given = new ArrayList<>(signature.parameterList());
        given.addFirst(type());
        return MethodHandles.dropArguments(thrower, 0, given);
      }
      return lookup.findSpecial(above(method), method.getName(), signature, type());
    } catch (IllegalAccessException | NoSuchMethodException e) {
      return null; // what its types name is not for all to see
    }
  }

  // Where a super call begins to look: a default method's interface must be a direct one
  private Class<?> above(Method method) {
    Class<?> declaring = method.getDeclaringClass();
    if (declaring.isAssignableFrom(superclass)) {
      return superclass;
    }
    return interfaces.stream().filter(declaring::isAssignableFrom).findFirst().orElse(superclass);
  }

  /** The superclass's constructors, as those of this class: their receiver is the extension. */
  synchronized Group initializer() {
    return groups.computeIfAbsent(
        ConstantDescs.INIT_NAME,
        n -> {
          List<Overload> overloads = new ArrayList<>();
          for (Constructor<?> constructor : constructors(superclass)) {
            MethodType given =
                methodType(void.class, constructor.getParameterTypes())
                    .insertParameterTypes(0, Object.class);
            try {
              MethodHandle handle = lookup.findConstructor(type(), given);
              overloads.add(
                  Overload.of(constructor, handle, true, Detachment.of(constructor), bindings));
            } catch (IllegalAccessException | NoSuchMethodException e) {
              // Its types are not for all to see: then Python code cannot make them either
            }
          }
          return new Group(type(), "__init__", Group.Kind.INITIALIZERS, overloads);
        });
  }

  /** What reads and writes a protected field of an object, or of the class. */
  FieldAccess field(String name, Field field) {
    return FieldAccess.of(type(), name, field, lookup);
  }

  Members.StaticField staticField(String name, Field field) {
    return Members.staticField(type(), name, field, lookup, bindings);
  }

  // The class

  /** The extension of an object of such a class, or null. */
  static @Nullable Extension extensionOf(Object value) {
    return (Extension) HELD.of(value);
  }

  private MethodHandles.Lookup define(ClassLoader parent) {
    ClassDesc self = ClassDesc.of(PACKAGE, superclass.getSimpleName());
    try {
      List<MethodHandle> handles =
          List.of(
              LOOKUP.findStatic(Extension.class, "routed", ROUTED),
              LOOKUP.findStatic(Extension.class, "called", CALLED));
      byte[] file = ClassFile.of().build(self, c -> write(c, self));
      return HiddenClasses.host(parent, PACKAGE)
          .defineHiddenClassWithClassData(file, handles, true);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot extend " + superclass.getName(), e);
    }
  }

  private void write(ClassBuilder type, ClassDesc self) {
    type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC | ClassFile.ACC_SUPER)
        .withSuperclass(desc(superclass))
        .withInterfaceSymbols(interfaces.stream().map(Subclass::desc).toList())
        .withField(EXTENSION, CD_Object, ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
    for (Constructor<?> constructor : constructors(superclass)) {
      MethodTypeDesc above = desc(methodType(void.class, constructor.getParameterTypes()));
      type.withMethodBody(
          ConstantDescs.INIT_NAME,
          above.insertParameterTypes(0, CD_Object),
          ClassFile.ACC_PUBLIC,
          code -> {
            // Before the superclass's constructor, which may call what Python defines
            code.aload(0).aload(1).putfield(self, EXTENSION, CD_Object);
            code.aload(0);
            parameters(code, above, 2);
            code.invokespecial(desc(superclass), ConstantDescs.INIT_NAME, above).return_();
          });
    }
    for (int i = 0; i < overridable.size(); i++) {
      method(type, self, overridable.get(i).method(), i);
    }
  }

  private void method(ClassBuilder type, ClassDesc self, Method method, int index) {
    MethodTypeDesc signature = desc(type(method));
    int access = method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED);
    type.withMethodBody(
        method.getName(),
        signature,
        access,
        code -> {
          if (!Modifier.isAbstract(method.getModifiers())) {
            constant(code, 0);
            receiver(code, self, index);
            code.invokevirtual(
                CD_MethodHandle,
                "invokeExact",
                MethodTypeDesc.of(CD_boolean, CD_Object, CD_Object, CD_int));
            code.ifThen(
                Opcode.IFEQ,
                own -> {
                  Class<?> above = above(method);
                  own.aload(0);
                  parameters(own, signature, 1);
                  own.invokespecial(desc(above), method.getName(), signature, above.isInterface());
                  own.return_(TypeKind.from(signature.returnType()));
                });
          }
          constant(code, 1);
          receiver(code, self, index);
          boxed(code, signature);
          code.invokevirtual(
              CD_MethodHandle,
              "invokeExact",
              MethodTypeDesc.of(CD_Object, CD_Object, CD_Object, CD_int, CD_Object.arrayType()));
          result(code, signature.returnType());
        });
  }

  private static void receiver(CodeBuilder code, ClassDesc self, int index) {
    code.aload(0).getfield(self, EXTENSION, CD_Object).aload(0).loadConstant(index);
  }

  private static void parameters(CodeBuilder code, MethodTypeDesc type, int first) {
    int slot = first;
    for (ClassDesc parameter : type.parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      code.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
  }

  private static void boxed(CodeBuilder code, MethodTypeDesc type) {
    code.loadConstant(type.parameterCount()).anewarray(CD_Object);
    int slot = 1;
    for (int i = 0; i < type.parameterCount(); i++) {
      ClassDesc parameter = type.parameterType(i);
      TypeKind kind = TypeKind.from(parameter);
      code.dup().loadConstant(i).loadLocal(kind, slot);
      if (parameter.isPrimitive()) {
        ClassDesc box = box(kind);
        code.invokestatic(box, "valueOf", MethodTypeDesc.of(box, parameter));
      }
      code.aastore();
      slot += kind.slotSize();
    }
  }

  private static void result(CodeBuilder code, ClassDesc type) {
    TypeKind kind = TypeKind.from(type);
    if (kind == TypeKind.VOID) {
      code.pop().return_();
      return;
    }
    if (type.isPrimitive()) {
      ClassDesc box = box(kind);
      code.checkcast(box).invokevirtual(box, type.displayName() + "Value", MethodTypeDesc.of(type));
    } else {
      code.checkcast(type);
    }
    code.return_(kind);
  }

  private static ClassDesc box(TypeKind kind) {
    return desc(
        switch (kind) {
          case BOOLEAN -> Boolean.class;
          case BYTE -> Byte.class;
          case CHAR -> Character.class;
          case SHORT -> Short.class;
          case INT -> Integer.class;
          case LONG -> Long.class;
          case FLOAT -> Float.class;
          case DOUBLE -> Double.class;
          case REFERENCE, VOID -> throw new IllegalArgumentException(kind.toString());
        });
  }

  private static void constant(CodeBuilder code, int index) {
    code.ldc(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.ofConstantBootstrap(
                desc(MethodHandles.class), "classDataAt", CD_Object, CD_int),
            ConstantDescs.DEFAULT_NAME,
            CD_MethodHandle,
            index));
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  private static MethodTypeDesc desc(MethodType type) {
    return type.describeConstable().orElseThrow();
  }
}
