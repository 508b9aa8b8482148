package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record of what a Python object holds under the names of its components: a mapping's items, a
 * dataclass's or a named tuple's fields, another tuple's or a list's items by position, or any
 * other object's attributes.
 */
final class RecordTarget implements Conversion {

  private final Class<?> type;
  private final RecordComponent[] components;
  private final List<List<String>> names = new ArrayList<>();
  private final List<Conversion> conversions = new ArrayList<>();

  RecordTarget(Class<?> type) {
    this.type = type;
    this.components = type.getRecordComponents();
    for (RecordComponent component : components) {
      names.add(List.of(component.getName(), Names.toPython(component.getName())));
      conversions.add(Target.of(component.getGenericType(), true));
    }
  }

  @Override
  public Object convert(Home home, long object) {
    long parts;
    try (Call call = Call.of(home)) {
      parts =
          home.checked(
              call.addBorrowed(object)
                  .add((Object) names)
                  .callFunction(home.values().function("split_record")));
    }
    try {
      if (Types.isInstance(parts, Types.STR)) {
        throw ToJava.cannot(home, object, "a " + type.getName() + ": " + Text.toJava(home, parts));
      }
      return make(values(home, object, parts));
    } finally {
      C.Py_DecRef(parts);
    }
  }

  private @Nullable Object[] values(Home home, long object, long parts) {
    @Nullable Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String name = components[i].getName();
      long part = C.PyList_GetItem(parts, i);
      if (part != Types.NONE) {
        try {
          values[i] = conversions.get(i).convert(home, C.PyTuple_GetItem(part, 0));
        } catch (RuntimeException e) {
          throw Conversion.at(name + " of the " + ToJava.typeName(home, object), e);
        }
      } else if (components[i].getType() == Optional.class) {
        values[i] = Optional.empty();
      } else {
        throw ToJava.cannot(home, object, "a " + type.getName() + ": it has no " + name);
      }
    }
    return values;
  }

  private Object make(@Nullable Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw RecordTarget.<RuntimeException>sneaky(e.getCause());
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      throw new IllegalArgumentException(
          type.getName() + " cannot be made: open its package to dev.vivarium", e);
    }
  }

  // What the record's own constructor refuses, as it says it
  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(@Nullable Throwable thrown)
      throws X {
    throw (X) thrown;
  }
}
