package dev.vivarium;

import dev.vivarium.internal.mirror.Access;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Which Java classes the Python code of an interpreter may see. Immutable.
 *
 * <p>It is asked on every way to a class: imports, nested classes, and each object that comes to
 * Python. An object of a class that Python code may not see is shown as the nearest of its
 * superclasses and interfaces that it may see, or as an object without members; so its methods
 * cannot be called, and what {@code getClass()} gives leads nowhere: with any but {@link #all()},
 * {@code Class}, class loaders, {@code java.lang.reflect}, {@code java.lang.invoke} and their like
 * are never seen. Of the classes that may be seen, Python code has the public members, inherited
 * ones too; a class that is not public, or whose module does not export its package, is never seen.
 *
 * <p>This holds Python code off Java's classes. It makes no sandbox: the code still has Python's
 * own {@code os}, {@code ctypes} and extension modules.
 */
@CheckReturnValue
public final class JavaClasses {

  private static final JavaClasses ALL = new JavaClasses(Access.ALL);
  private static final JavaClasses NONE = new JavaClasses(Access.NONE);

  private final Access access;

  private JavaClasses(Access access) {
    this.access = access;
  }

  /** Every public class: the default, for code of one's own. */
  public static JavaClasses all() {
    return ALL;
  }

  /** No class. What Java code hands over by reference can be passed on, compared and printed. */
  public static JavaClasses none() {
    return NONE;
  }

  /**
   * The classes of those packages, not of packages below them. {@code java.lang} has more than
   * {@code String} in it: {@code System} and {@code Runtime} too; name classes with {@link
   * #matching} instead.
   */
  public static JavaClasses packages(String... names) {
    List<String> packages = List.copyOf(Arrays.asList(names));
    return new JavaClasses(
        new Access(
            type -> packages.contains(type.getPackageName()),
            name -> packages.stream().anyMatch(p -> p.equals(name) || p.startsWith(name + ".")),
            null));
  }

  /**
   * The classes for which a predicate says so. It is asked once a class and interpreter, on
   * whatever thread, detached from the interpreter.
   */
  public static JavaClasses matching(Predicate<? super Class<?>> visible) {
    Objects.requireNonNull(visible, "visible");
    return new JavaClasses(new Access(visible::test, null, null));
  }

  /**
   * The same of another class loader, where imports look; else of the context class loader of the
   * thread that {@linkplain Python#start(PythonOptions) starts} Python, as said there.
   */
  public JavaClasses loadedBy(ClassLoader loader) {
    Objects.requireNonNull(loader, "loader");
    return new JavaClasses(new Access(access.allowed(), access.packages(), loader));
  }

  Access access() {
    return access;
  }

  @Override
  public String toString() {
    String which =
        access.equals(Access.NONE)
            ? "none"
            : access.allowed() == null ? "all" : "those that a filter lets through";
    return "JavaClasses["
        + which
        + (access.loader() == null ? "]" : ", loaded by " + access.loader() + "]");
  }
}
