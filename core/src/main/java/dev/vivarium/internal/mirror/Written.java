package dev.vivarium.internal.mirror;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericSignatureFormatError;
import java.lang.reflect.MalformedParameterizedTypeException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Types as they are written in a class, or else the erased ones: what they name may not be there,
 * as an optional dependency, or a tool may have left them as they no longer are. Loads classes.
 */
final class Written {

  private Written() {}

  static Type[] parameters(Executable member) {
    Type[] erased = member.getParameterTypes();
    Type[] written = either(member::getGenericParameterTypes, erased);
    // Of a constructor of an inner class they may leave some out
    return written.length == erased.length ? written : erased;
  }

  static Type result(Method method) {
    return either(method::getGenericReturnType, method.getReturnType());
  }

  static Type type(Field field) {
    return either(field::getGenericType, field.getType());
  }

  static @Nullable Type superclass(Class<?> type) {
    return Written.<@Nullable Type>either(type::getGenericSuperclass, type.getSuperclass());
  }

  static Type[] interfaces(Class<?> type) {
    return either(type::getGenericInterfaces, type.getInterfaces());
  }

  static Type bound(TypeVariable<?> variable) {
    return either(() -> variable.getBounds()[0], Object.class);
  }

  static Type bound(WildcardType wildcard) {
    return either(() -> wildcard.getUpperBounds()[0], Object.class);
  }

  private static <T extends @Nullable Object> T either(Supplier<T> written, T erased) {
    try {
      return written.get();
    } catch (TypeNotPresentException
        | MalformedParameterizedTypeException
        | GenericSignatureFormatError e) {
      return erased;
    }
  }
}
