package dev.vivarium.internal.mirror;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Classes whose objects are what they are made of: records, and Kotlin's data classes. */
final class Data {

  private Data() {}

  /** The names of an object's components, in order; empty for other classes. */
  static List<String> namesOf(Class<?> type) {
    return type.isRecord()
        ? Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList()
        : ofKotlin(type);
  }

  /** Their types, likewise. */
  static List<Class<?>> typesOf(Class<?> type) {
    return type.isRecord()
        ? Arrays.<RecordComponent>stream(type.getRecordComponents())
            .<Class<?>>map(RecordComponent::getType)
            .toList()
        : components(type);
  }

  // What gives them is component1() and so on; their names are those of the fields behind, which
  // come first and in this order
  private static List<String> ofKotlin(Class<?> type) {
    List<Class<?>> components = components(type);
    if (components.isEmpty()) {
      return List.of();
    }
    List<Field> fields;
    try {
      fields =
          Arrays.stream(type.getDeclaredFields())
              .filter(f -> !Modifier.isStatic(f.getModifiers()) && !f.isSynthetic())
              .limit(components.size())
              .toList();
    } catch (NoClassDefFoundError e) { // of a field's type
      return List.of();
    }
    return fields.stream().map(Field::getType).toList().equals(components)
        ? fields.stream().map(Field::getName).toList()
        : List.of();
  }

  private static List<Class<?>> components(Class<?> type) {
    List<Class<?>> components = new ArrayList<>();
    if (type.getClassLoader() == null) {
      return components; // the JDK's own, which are no data classes
    }
    Class<?> next = component(type, 1);
    while (next != null) {
      components.add(next);
      next = component(type, components.size() + 1);
    }
    return components;
  }

  private static @Nullable Class<?> component(Class<?> type, int number) {
    try {
      return type.getMethod("component" + number).getReturnType();
    } catch (NoSuchMethodException e) {
      return null;
    }
  }
}
