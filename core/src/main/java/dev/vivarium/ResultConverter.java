package dev.vivarium;

import dev.vivarium.internal.mirror.Mirror;
import dev.vivarium.internal.object.Converters;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToPython;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A user's converter of what Java members give, as the inner rooms call it. */
record ResultConverter<T>(Class<T> type, BiFunction<? super T, ? super Interpreter, ?> converter)
    implements Converters.Own {

  ResultConverter {
    Objects.requireNonNull(converter, "converter");
    RegisteredConverter.requireOwn(type);
  }

  @Override
  public long toPython(Home home, Object value) {
    Interpreter into = Interpreter.of(home);
    Object converted =
        home.<@Nullable Object, RuntimeException>detached(
            () -> converter.apply(type.cast(value), into));
    return type.isInstance(converted)
        ? Mirror.of(home).reference(converted)
        : ToPython.convert(home, converted);
  }

  @Override
  public Object convert(Home home, long object) {
    throw new UnsupportedOperationException("a result goes one way");
  }
}
