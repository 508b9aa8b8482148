package dev.vivarium.internal.object;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.invoke.MethodType.methodType;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the class that implements an interface by calling Python: hidden, each of its methods with
 * a method handle as a constant, which the JIT folds. It lives in a loader of its own below that of
 * the interface, so that it sees all that the interface's methods name, and goes with it.
 */
final class ProxyClass {

  /**
   * One method.
   *
   * @param call (Object, parameters) to its result, where the object is the {@link ProxyTarget}
   * @param has (Object) to whether Python has it; null if the interface has no body for it
   */
  record Body(Method method, MethodHandle call, @Nullable MethodHandle has) {}

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String PACKAGE = "dev.vivarium.proxies";
  private static final String TARGET = "target";

  private static final List<Method> OF_OBJECT =
      List.of(ofObject("toString"), ofObject("hashCode"), ofObject("equals", Object.class));

  private static final HiddenClasses.HiddenField HELD =
      new HiddenClasses.HiddenField(PACKAGE, TARGET);

  private ProxyClass() {}

  /** The target of a proxy, or null if the value is none. */
  static @Nullable ProxyTarget targetOf(Object value) {
    return (ProxyTarget) HELD.of(value);
  }

  /**
   * A constructor, (Object) to Object, of what implements an interface.
   *
   * @throws IllegalAccessError if the interface is not open to everyone
   */
  static MethodHandle define(Class<?> type, List<Body> bodies) {
    List<MethodHandle> handles = new ArrayList<>();
    byte[] file =
        ClassFile.of()
            .build(
                ClassDesc.of(PACKAGE, type.getSimpleName()), c -> write(c, type, bodies, handles));
    try {
      MethodHandles.Lookup host = HiddenClasses.host(type.getClassLoader(), PACKAGE);
      MethodHandles.Lookup made = host.defineHiddenClassWithClassData(file, handles, true);
      return made.findConstructor(made.lookupClass(), methodType(void.class, Object.class))
          .asType(methodType(Object.class, Object.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot implement " + type.getName(), e);
    }
  }

  private static void write(
      ClassBuilder type, Class<?> implemented, List<Body> bodies, List<MethodHandle> handles) {
    ClassDesc self = ClassDesc.of(PACKAGE, implemented.getSimpleName());
    type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
        .withInterfaceSymbols(implemented.describeConstable().orElseThrow())
        .withField(TARGET, CD_Object, ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL)
        .withMethodBody(
            ConstantDescs.INIT_NAME,
            MethodTypeDesc.of(ConstantDescs.CD_void, CD_Object),
            ClassFile.ACC_PUBLIC,
            code ->
                code.aload(0)
                    .invokespecial(CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                    .aload(0)
                    .aload(1)
                    .putfield(self, TARGET, CD_Object)
                    .return_());
    for (Body body : bodies) {
      method(type, self, implemented, body, handles);
    }
    for (Method method : OF_OBJECT) {
      method(type, self, implemented, new Body(method, objectMethod(method), null), handles);
    }
  }

  private static void method(
      ClassBuilder type,
      ClassDesc self,
      Class<?> implemented,
      Body body,
      List<MethodHandle> handles) {
    Method method = body.method();
    MethodType signature = methodType(method.getReturnType(), method.getParameterTypes());
    MethodTypeDesc described = signature.describeConstable().orElseThrow();
    type.withMethodBody(
        method.getName(),
        described,
        ClassFile.ACC_PUBLIC,
        code -> {
          MethodHandle has = body.has();
          if (has != null) {
            constant(code, handles, has, methodType(boolean.class, Object.class));
            code.aload(0).getfield(self, TARGET, CD_Object);
            code.invokevirtual(
                CD_MethodHandle,
                "invokeExact",
                MethodTypeDesc.of(ConstantDescs.CD_boolean, CD_Object));
            code.ifThen(
                java.lang.classfile.Opcode.IFEQ,
                own -> {
                  own.aload(0);
                  parameters(own, described);
                  own.invokespecial(
                      implemented.describeConstable().orElseThrow(),
                      method.getName(),
                      described,
                      true);
                  own.return_(TypeKind.from(described.returnType()));
                });
          }
          constant(code, handles, body.call(), signature.insertParameterTypes(0, Object.class));
          code.aload(0).getfield(self, TARGET, CD_Object);
          parameters(code, described);
          code.invokevirtual(
              CD_MethodHandle, "invokeExact", described.insertParameterTypes(0, CD_Object));
          code.return_(TypeKind.from(described.returnType()));
        });
  }

  private static void parameters(CodeBuilder code, MethodTypeDesc type) {
    int slot = 1;
    for (ClassDesc parameter : type.parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      code.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
  }

  private static void constant(
      CodeBuilder code, List<MethodHandle> handles, MethodHandle handle, MethodType type) {
    code.ldc(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.ofConstantBootstrap(
                MethodHandles.class.describeConstable().orElseThrow(),
                "classDataAt",
                CD_Object,
                ConstantDescs.CD_int),
            ConstantDescs.DEFAULT_NAME,
            CD_MethodHandle,
            handles.size()));
    handles.add(handle.asType(type));
  }

  private static Method ofObject(String name, Class<?>... parameters) {
    try {
      return Object.class.getMethod(name, parameters);
    } catch (NoSuchMethodException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static MethodHandle objectMethod(Method method) {
    try {
      return switch (method.getName()) {
        case "equals" ->
            LOOKUP.findStatic(
                ProxyClass.class, "equal", methodType(boolean.class, Object.class, Object.class));
        default -> LOOKUP.unreflect(method);
      };
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(method.toString(), e);
    }
  }

  @SuppressWarnings("unused") // through a method handle
  private static boolean equal(Object target, @Nullable Object other) {
    return other != null && target.equals(targetOf(other));
  }

  /** Why an interface cannot be implemented, or null. */
  static @Nullable String refusal(Class<?> type) {
    if (!Modifier.isPublic(type.getModifiers())) {
      return "is not public, so it cannot be implemented: make the interface public";
    } else if (type.isSealed() || type.isAnnotation() || type.isHidden()) {
      return "is sealed, hidden or an annotation, so it cannot be implemented";
    } else if (!type.getModule().isExported(type.getPackageName())) {
      return "is in a package that its module does not export, so it cannot be implemented";
    }
    return null;
  }
}
