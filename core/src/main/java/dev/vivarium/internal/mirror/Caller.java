package dev.vivarium.internal.mirror;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Modifier;

/**
 * Whose eyes Python code sees Java with: those of an empty class of its own on the class path, to
 * which public members of exported packages are accessible, and nothing of this library.
 */
final class Caller extends ClassLoader {

  private static final String NAME = "python.Code";

  /** Also what methods that ask for their caller see. */
  static final MethodHandles.Lookup LOOKUP = make();

  private Caller() {
    super("python", ClassLoader.getSystemClassLoader());
  }

  private static MethodHandles.Lookup make() {
    ClassDesc lookup = MethodHandles.Lookup.class.describeConstable().orElseThrow();
    byte[] code =
        ClassFile.of()
            .build(
                ClassDesc.of(NAME),
                type ->
                    type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
                        .withMethodBody(
                            "look",
                            MethodTypeDesc.of(lookup),
                            ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                            body ->
                                body.invokestatic(
                                        MethodHandles.class.describeConstable().orElseThrow(),
                                        "lookup",
                                        MethodTypeDesc.of(lookup))
                                    .areturn()));
    try {
      Class<?> caller = new Caller().defineClass(NAME, code, 0, code.length);
      return (MethodHandles.Lookup) caller.getMethod("look").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Whether a class is public, all that enclose it too, and its package is exported. */
  static boolean sees(Class<?> type) {
    if (type.isArray()) {
      Class<?> component = type.getComponentType();
      return component.isPrimitive() || sees(component);
    }
    for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
      if (!Modifier.isPublic(c.getModifiers()) || c.isHidden() || c.isAnonymousClass()) {
        return false;
      }
    }
    return type.getModule().isExported(type.getPackageName(), LOOKUP.lookupClass().getModule());
  }
}
