package dev.vivarium.internal.object;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/** Where hidden classes are made: in packages of loaders of their own, with which they go. */
public final class HiddenClasses {

  private static final class Loader extends ClassLoader {

    Loader(@Nullable ClassLoader parent) {
      super(parent);
    }

    Class<?> define(String name, byte[] file) {
      return defineClass(name, file, 0, file.length);
    }
  }

  /** A field that the hidden classes of a package have, and no others. */
  public static final class HiddenField {

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private record Getter(@Nullable MethodHandle handle) {}

    private final String packageName;
    private final String name;
    private final ClassValue<Getter> getters =
        new ClassValue<>() {
          @Override
          protected Getter computeValue(Class<?> type) {
            return new Getter(getter(type));
          }
        };

    public HiddenField(String packageName, String name) {
      this.packageName = packageName;
      this.name = name;
    }

    /** What an object has there, or null if its class has no such field. */
    public @Nullable Object of(Object value) {
      if (!value.getClass().isHidden()) {
        return null;
      }
      MethodHandle getter = getters.get(value.getClass()).handle();
      try {
        return getter == null ? null : getter.invoke(value);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable t) {
        throw new LinkageError(name, t);
      }
    }

    private @Nullable MethodHandle getter(Class<?> type) {
      if (!type.getPackageName().equals(packageName)) {
        return null;
      }
      try {
        return MethodHandles.privateLookupIn(type, LOOKUP).findGetter(type, name, Object.class);
      } catch (ReflectiveOperationException e) {
        return null; // somebody else's package of that name
      }
    }
  }

  private HiddenClasses() {}

  /** A new one, whose classes see what a loader sees: a lookup with all rights in the package. */
  public static MethodHandles.Lookup host(@Nullable ClassLoader parent, String packageName)
      throws ReflectiveOperationException {
    // Only a class of a package gives out such a lookup
    ClassDesc lookups = MethodHandles.class.describeConstable().orElseThrow();
    MethodTypeDesc lookup =
        MethodTypeDesc.of(MethodHandles.Lookup.class.describeConstable().orElseThrow());
    byte[] file =
        ClassFile.of()
            .build(
                ClassDesc.of(packageName, "Host"),
                c ->
                    c.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
                        .withMethodBody(
                            "lookup",
                            lookup,
                            ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                            code -> code.invokestatic(lookups, "lookup", lookup).areturn()));
    Class<?> host = new Loader(parent).define(packageName + ".Host", file);
    HiddenClasses.class.getModule().addReads(host.getModule()); // to read what is made
    return (MethodHandles.Lookup) host.getMethod("lookup").invoke(null);
  }
}
