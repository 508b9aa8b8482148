package dev.vivarium.internal.thread;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The scoped values that go along where a thread has its work done by another, since those that are
 * bound cannot be asked for: somebody names them.
 */
public final class CarriedValues {

  private static volatile List<ScopedValue<?>> named = List.of();

  private CarriedValues() {}

  /** Sets which. */
  public static void name(List<ScopedValue<?>> values) {
    named = values;
  }

  /** What binds those that are bound in the calling thread; null if none is. */
  public static ScopedValue.@Nullable Carrier bound() {
    ScopedValue.Carrier bound = null;
    for (ScopedValue<?> value : named) {
      bound = with(value, bound);
    }
    return bound;
  }

  private static <T extends @Nullable Object> ScopedValue.@Nullable Carrier with(
      ScopedValue<T> value, ScopedValue.@Nullable Carrier others) {
    if (!value.isBound()) {
      return others;
    }
    return others == null
        ? ScopedValue.where(value, value.get())
        : others.where(value, value.get());
  }

  /** The body with what is bound now bound then. */
  static <T extends @Nullable Object> Callable<T> carrying(Callable<T> body) {
    ScopedValue.Carrier bound = bound();
    return bound == null ? body : () -> bound.<T, Exception>call(body::call);
  }
}
