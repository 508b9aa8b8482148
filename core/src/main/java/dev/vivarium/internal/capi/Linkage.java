package dev.vivarium.internal.capi;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Turns an interface of C functions into an object that calls them: a hidden class whose every
 * method loads its downcall handle as a constant, so that the JIT folds the call, and no method
 * needs a body of its own.
 */
final class Linkage {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private Linkage() {}

  static <T> T bind(Class<T> functions) {
    List<Method> methods =
        Arrays.stream(functions.getDeclaredMethods())
            .filter(m -> m.accessFlags().contains(AccessFlag.ABSTRACT))
            .toList();
    List<MethodHandle> handles = new ArrayList<>();
    for (Method method : methods) {
      handles.add(handle(method));
    }
    try {
      Class<?> bound =
          LOOKUP
              .defineHiddenClassWithClassData(classFile(functions, methods), handles, true)
              .lookupClass();
      return functions.cast(bound.getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot bind " + functions.getName(), e);
    }
  }

  /** A function pointer that native code may call for as long as the arena lives. */
  static long upcall(
      MethodHandles.Lookup lookup, Class<?> owner, String name, MethodType type, Arena arena) {
    try {
      MethodHandle nothing = MethodHandles.zero(type.returnType());
      MethodHandle caught =
          MethodHandles.catchException(
              lookup.findStatic(owner, name, type),
              Throwable.class,
              MethodHandles.dropArguments(nothing, 0, Throwable.class));
      return upcall(caught, type, arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(owner.getName() + "." + name, e);
    }
  }

  static long upcall(MethodHandle target, MethodType type, Arena arena) {
    return LINKER.upcallStub(target, descriptor(type), arena).address();
  }

  /** A handle on a C function of the C library or the loaded CPython. */
  static MethodHandle downcall(String symbol, MethodType type, Linker.Option... options) {
    MemorySegment address =
        LINKER
            .defaultLookup()
            .find(symbol)
            .orElseThrow(() -> new LinkageError("no C function " + symbol + " on this system"));
    return LINKER.downcallHandle(address, descriptor(type), options);
  }

  /**
   * What to throw where a downcall has thrown: an error of the JVM's, a full stack say, as it is.
   */
  static LinkageError failed(String symbol, Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return new LinkageError(symbol, thrown);
  }

  private static MethodHandle handle(Method method) {
    MethodType type = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    Symbol symbol = method.getAnnotation(Symbol.class);
    String[] names = symbol == null ? new String[] {method.getName()} : symbol.value();
    for (String name : names) {
      OptionalLong address = LibPython.find(name);
      if (address.isPresent()) {
        Linker.Option[] options =
            method.isAnnotationPresent(Critical.class)
                ? new Linker.Option[] {Linker.Option.critical(false)}
                : new Linker.Option[0];
        return LINKER.downcallHandle(
            MemorySegment.ofAddress(address.getAsLong()), descriptor(type), options);
      }
    }
    return missing(names[0], type);
  }

  private static MethodHandle missing(String name, MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), UnsupportedOperationException.class)
            .bindTo(
                new UnsupportedOperationException(
                    name + " is not in the loaded CPython (" + LibPython.name() + ")"));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }

  private static FunctionDescriptor descriptor(MethodType type) {
    MemoryLayout[] parameters =
        type.parameterList().stream().map(Linkage::layout).toArray(MemoryLayout[]::new);
    return type.returnType() == void.class
        ? FunctionDescriptor.ofVoid(parameters)
        : FunctionDescriptor.of(layout(type.returnType()), parameters);
  }

  private static MemoryLayout layout(Class<?> type) {
    if (type == long.class) {
      return ValueLayout.JAVA_LONG;
    } else if (type == int.class) {
      return ValueLayout.JAVA_INT;
    } else if (type == double.class) {
      return ValueLayout.JAVA_DOUBLE;
    }
    throw new IllegalArgumentException("no C type for " + type);
  }

  private static byte[] classFile(Class<?> functions, List<Method> methods) {
    ClassDesc self = ClassDesc.of(functions.getName() + "Bound");
    return ClassFile.of()
        .build(
            self,
            type -> {
              type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
                  .withInterfaceSymbols(functions.describeConstable().orElseThrow())
                  .withMethodBody(
                      ConstantDescs.INIT_NAME,
                      ConstantDescs.MTD_void,
                      ClassFile.ACC_PUBLIC,
                      code ->
                          code.aload(0)
                              .invokespecial(
                                  ConstantDescs.CD_Object,
                                  ConstantDescs.INIT_NAME,
                                  ConstantDescs.MTD_void)
                              .return_());
              for (int i = 0; i < methods.size(); i++) {
                Method method = methods.get(i);
                MethodTypeDesc signature =
                    MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                        .describeConstable()
                        .orElseThrow();
                int index = i;
                type.withMethodBody(
                    method.getName(),
                    signature,
                    ClassFile.ACC_PUBLIC,
                    code -> forward(code, signature, index));
              }
            });
  }

  private static void forward(CodeBuilder code, MethodTypeDesc signature, int index) {
    code.ldc(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.ofConstantBootstrap(
                MethodHandles.class.describeConstable().orElseThrow(),
                "classDataAt",
                ConstantDescs.CD_Object,
                ConstantDescs.CD_int),
            ConstantDescs.DEFAULT_NAME,
            CD_MethodHandle,
            index));
    int slot = 1;
    for (ClassDesc parameter : signature.parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      code.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
    code.invokevirtual(CD_MethodHandle, "invokeExact", signature);
    code.return_(TypeKind.from(signature.returnType()));
  }
}
