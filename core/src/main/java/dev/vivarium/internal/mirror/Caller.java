package dev.vivarium.internal.mirror;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * Whose eyes Python code sees Java with: those of an empty class of its own on the class path, to
 * which public members of exported packages are accessible, and nothing of this library. What a
 * module has opened to this library is passed on to it.
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
    return isPublic(type) && isExported(type.getModule(), type.getPackageName());
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
      if (!Modifier.isPublic(c.getModifiers()) || c.isHidden() || c.isAnonymousClass()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isExported(Module module, String name) {
    Module code = LOOKUP.lookupClass().getModule();
    if (!module.isExported(name, code) && module.isOpen(name, Caller.class.getModule())) {
      module.addOpens(name, code);
    }
    return module.isExported(name, code);
  }

  /** If a public class is not to be seen since its module keeps it to itself, what to do. */
  static @Nullable String kept(Class<?> type) {
    Module module = type.getModule();
    String name = type.getPackageName();
    if (!isPublic(type) || isExported(module, name)) {
      return null;
    }
    Module library = Caller.class.getModule();
    return "the module "
        + module.getName()
        + " keeps "
        + type.getName()
        + " to itself: its module-info may say 'exports "
        + name
        + ";'"
        + (library.isNamed() ? " or 'opens " + name + " to " + library.getName() + ";'" : "")
        + ", and java has --add-exports "
        + module.getName()
        + "/"
        + name
        + "=ALL-UNNAMED";
  }
}
