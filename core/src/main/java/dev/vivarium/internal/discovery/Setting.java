package dev.vivarium.internal.discovery;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value that whoever starts the JVM gives, and what gives it: a system property, {@code
 * vivarium.python}, or the variable of the environment that it stands beside, {@code
 * VIVARIUM_PYTHON}. Blank ones are as if they were not there.
 *
 * @param name for messages
 */
record Setting(String name, String value) {

  static @Nullable Setting variable(String variable, Map<String, String> environment) {
    return of("the environment variable " + variable, environment.get(variable));
  }

  static @Nullable Setting property(
      String variable, Function<String, @Nullable String> properties) {
    String property = variable.toLowerCase(Locale.ROOT).replace('_', '.');
    return of("the system property " + property, properties.apply(property));
  }

  private static @Nullable Setting of(String name, @Nullable String value) {
    return value == null || value.isBlank() ? null : new Setting(name, value);
  }
}
