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
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Turns an interface of C functions into an object that calls them: a hidden class whose every
 * method loads its downcall handle as a constant, so that the JIT folds the call, and no method
 * needs a body of its own.
 */
final class Linkage {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  // Each shape of a call costs milliseconds when it is first linked, so that there are few: an int
  // is passed and returned in the register of a long, whose upper half nobody looks at, and a
  // function that returns nothing leaves something there. One of fewer parameters than four is
  // given zeros in the registers behind, where it does not look: no C function that is called here
  // has a variable number of them
  private static final MethodType PADDED =
      MethodType.methodType(long.class, long.class, long.class, long.class, long.class);

  private static final MethodHandle CAUGHT;

  static {
    try {
      CAUGHT = LOOKUP.findVirtual(Caught.class, "call", Upcall.TYPE);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static volatile boolean rehearsed;

  private Linkage() {}

  /** Binds an interface and the one that it has its critical functions from. */
  static <T> T bind(Class<T> functions, Class<? super T> critical) {
    List<Method> methods = new ArrayList<>();
    List<@Nullable MethodHandle> handles = new ArrayList<>();
    for (Class<?> declaring : List.of(functions, critical)) {
      Linker.Option[] options =
          declaring == critical
              ? new Linker.Option[] {Linker.Option.critical(false)}
              : new Linker.Option[0];
      Map<MethodType, MethodHandle> shapes = new HashMap<>();
      for (Method method : declaring.getDeclaredMethods()) {
        if (Modifier.isAbstract(method.getModifiers())) {
          methods.add(method);
          handles.add(handle(method, shapes, options));
        }
      }
    }
    try {
      Class<?> bound =
          LOOKUP
              .defineHiddenClassWithClassData(classFile(functions, methods, handles), handles, true)
              .lookupClass();
      return functions.cast(bound.getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot bind " + functions.getName(), e);
    }
  }

  /** A function pointer that native code may call for as long as the arena lives. */
  static long upcall(Upcall function, Arena arena) {
    return upcall(CAUGHT.bindTo(new Caught(function)), arena);
  }

  /**
   * The same for a handle of type {@link Upcall#TYPE}, which throws nothing: that would end the
   * JVM.
   */
  static long upcall(MethodHandle target, Arena arena) {
    if (!rehearsed) {
      rehearse();
    }
    return stub(target, arena);
  }

  private static long stub(MethodHandle target, Arena arena) {
    return LINKER.upcallStub(target, descriptor(Upcall.TYPE), arena).address();
  }

  /** A record, so that the JIT takes its field for a constant. */
  private record Caught(Upcall function) {

    // Private, so that handles of it have the JDK's form for those of bridge.FastCall
    @SuppressWarnings("unused") // through a method handle
    private long call(long first, long second, long third, long fourth) {
      try {
        return function.call(first, second, third, fourth);
      } catch (Throwable t) {
        return 0;
      }
    }
  }

  // The JDK links the first upcall when it comes, and ends the JVM where the heap is full then. So
  // the first comes here, where an error can still be thrown, and again if it was: by the way that
  // all take. Two threads may both do it. No lambda: one that could not be linked never can
  private static void rehearse() {
    try (Arena arena = Arena.ofConfined()) {
      function(stub(CAUGHT.bindTo(new Caught(new Nothing())), arena), "a rehearsal").call();
    }
    rehearsed = true;
  }

  private record Nothing() implements Upcall {

    @Override
    public long call(long first, long second, long third, long fourth) {
      return 0;
    }
  }

  /** A function of the C library. */
  static CFunction function(String name, Linker.Option... options) {
    MemorySegment address =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new LinkageError("no C function " + name + " on this system"));
    return new CFunction(LINKER.downcallHandle(address, descriptor(PADDED), options), name);
  }

  /** The function at an address. */
  static CFunction function(long address, String name) {
    return new CFunction(downcall(address, PADDED.parameterCount()), name);
  }

  /**
   * A handle on the function at an address that takes so many integers or pointers, each as a long,
   * and returns a long, of which an int is the lower half.
   */
  static MethodHandle downcall(long address, int parameters) {
    MethodType type =
        MethodType.methodType(long.class, Collections.nCopies(parameters, (Class<?>) long.class));
    return LINKER.downcallHandle(MemorySegment.ofAddress(address), descriptor(type));
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

  /** The handle of a function, or null where the loaded CPython has none of that name. */
  private static @Nullable MethodHandle handle(
      Method method, Map<MethodType, MethodHandle> shapes, Linker.Option[] options) {
    for (String name : CNames.of(method.getName())) {
      OptionalLong address = LibPython.find(name);
      if (address.isPresent()) {
        return shapes
            .computeIfAbsent(
                wide(type(method)), type -> LINKER.downcallHandle(descriptor(type), options))
            .bindTo(MemorySegment.ofAddress(address.getAsLong()));
      }
    }
    return null;
  }

  private static MethodType type(Method method) {
    return MethodType.methodType(method.getReturnType(), method.getParameterTypes());
  }

  /** The type of the call that is linked for one. */
  private static MethodType wide(MethodType type) {
    MethodType wide = type.changeReturnType(wide(type.returnType()));
    for (int i = 0; i < type.parameterCount(); i++) {
      wide = wide.changeParameterType(i, wide(type.parameterType(i)));
    }
    boolean padded =
        wide.parameterCount() < PADDED.parameterCount()
            && wide.returnType() == long.class
            && wide.parameterList().stream().allMatch(one -> one == long.class);
    return padded ? PADDED : wide;
  }

  private static Class<?> wide(Class<?> type) {
    return type == int.class || type == void.class ? long.class : type;
  }

  @SuppressWarnings("unused") // from what is bound
  static UnsupportedOperationException missing(String name) {
    return new UnsupportedOperationException(
        name + " is not in the loaded CPython (" + LibPython.name() + ")");
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

  private static byte[] classFile(
      Class<?> functions, List<Method> methods, List<@Nullable MethodHandle> handles) {
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
                MethodType signature = type(method);
                int index = i;
                boolean found = handles.get(i) != null;
                type.withMethodBody(
                    method.getName(),
                    described(signature),
                    ClassFile.ACC_PUBLIC,
                    code -> {
                      if (found) {
                        forward(code, signature, index);
                      } else {
                        refuse(code, CNames.of(method.getName()).getFirst());
                      }
                    });
              }
            });
  }

  private static MethodTypeDesc described(MethodType type) {
    return type.describeConstable().orElseThrow();
  }

  private static void refuse(CodeBuilder code, String name) {
    MethodType missing = MethodType.methodType(UnsupportedOperationException.class, String.class);
    code.ldc(name)
        .invokestatic(
            Linkage.class.describeConstable().orElseThrow(), "missing", described(missing))
        .athrow();
  }

  private static void forward(CodeBuilder code, MethodType signature, int index) {
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
    for (ClassDesc parameter : described(signature).parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      code.loadLocal(kind, slot);
      if (kind == TypeKind.INT) {
        code.i2l();
      }
      slot += kind.slotSize();
    }
    MethodType wide = wide(signature);
    for (int i = signature.parameterCount(); i < wide.parameterCount(); i++) {
      code.lconst_0();
    }
    code.invokevirtual(CD_MethodHandle, "invokeExact", described(wide));
    TypeKind result = TypeKind.from(signature.returnType());
    switch (result) {
      case INT -> code.l2i();
      case VOID -> code.pop2();
      default -> {}
    }
    code.return_(result);
  }
}
