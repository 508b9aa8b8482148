package dev.vivarium.internal.mirror;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The class loader of who starts Python: where imports look if nobody names another. The system's
 * is not it wherever programs are loaded by one of their own: executable jars with jars inside, web
 * applications, plug-ins.
 */
public final class StartersLoader {

  private static final String OWN = "dev.vivarium";

  private StartersLoader() {}

  /**
   * The context class loader of this thread; where there is none, or one of another program, as
   * threads of the common pool have the system's, that of the nearest caller which sees this
   * library.
   */
  public static ClassLoader find() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    if (context != null && sees(context)) {
      return context;
    }
    ClassLoader caller =
        StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .walk(frames ->
                frames
                    .map(StackWalker.StackFrame::getDeclaringClass)
                    .filter(type -> !isOwn(type))
                    .map(Class::getClassLoader)
                    .filter(loader -> loader != null && sees(loader))
                    .findFirst()
                    .orElse(StartersLoader.class.getClassLoader()));
    return Objects.requireNonNullElseGet(caller, ClassLoader::getSystemClassLoader);
  }

  private static boolean isOwn(Class<?> type) {
    String name = type.getPackageName();
    return name.equals(OWN) || name.startsWith(OWN + ".internal.");
  }

  private static boolean sees(@Nullable ClassLoader loader) {
    try {
      return Class.forName(StartersLoader.class.getName(), false, loader) == StartersLoader.class;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
