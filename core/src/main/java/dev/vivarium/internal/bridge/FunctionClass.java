package dev.vivarium.internal.bridge;

import dev.vivarium.internal.object.Home;
import java.lang.reflect.Method;
import java.util.Objects;

/** A class of functional objects, and whether what they do keeps the GIL: as {@link Detachment}. */
final class FunctionClass {

  private static final int CALLS_BEFORE_LOOK = 16;
  private static final String OURS = "dev.vivarium";

  private static final ClassValue<FunctionClass> ALL =
      new ClassValue<>() {
        @Override
        protected FunctionClass computeValue(Class<?> type) {
          return new FunctionClass(type);
        }
      };

  private final Class<?> type;
  private int calls;
  private boolean keeps;

  private FunctionClass(Class<?> type) {
    this.type = type;
    if (isOurs(type)) {
      calls = CALLS_BEFORE_LOOK + 1;
      keeps = true;
    }
  }

  static FunctionClass of(Class<?> type) {
    return ALL.get(type);
  }

  // What this library gives to Python detaches by itself, where it calls others
  private static boolean isOurs(Class<?> type) {
    String inPackage = type.getPackageName();
    return type.getModule().equals(FunctionClass.class.getModule())
        && Objects.equals(type.getClassLoader(), FunctionClass.class.getClassLoader())
        && (inPackage.equals(OURS) || inPackage.startsWith(OURS + ".internal."));
  }

  /** Whether a call of that method keeps the GIL; attached. */
  boolean keeps(Home home, Method method) {
    return calls > CALLS_BEFORE_LOOK ? keeps : isKnown(home, method);
  }

  private boolean isKnown(Home home, Method method) {
    if (calls == CALLS_BEFORE_LOOK) {
      keeps = home.<Boolean, RuntimeException>detached(() -> LookThrough.isKnown(type, method));
    }
    calls++; // others may count at the same time: it need not be exact
    return keeps;
  }
}
