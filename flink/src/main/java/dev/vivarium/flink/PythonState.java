package dev.vivarium.flink;

import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/**
 * Keyed state that a Python function has, by the name under which it asks for it: {@code
 * ctx.state("sum").value()}. It lies in Flink's state backend, in Flink's own types, so that a
 * function of Java's could go on with it.
 */
public final class PythonState implements Serializable {

  @Serial private static final long serialVersionUID = 1;

  enum Kind {
    VALUE,
    LIST,
    MAP
  }

  private final String name;
  private final Kind kind;
  private final @Nullable TypeInformation<?> key;
  private final TypeInformation<?> value;
  private final @Nullable StateTtlConfig timeToLive;

  private PythonState(
      String name,
      Kind kind,
      @Nullable TypeInformation<?> key,
      TypeInformation<?> value,
      @Nullable StateTtlConfig timeToLive) {
    this.name = Objects.requireNonNull(name, "name");
    this.kind = kind;
    this.key = key;
    this.value = Objects.requireNonNull(value, "type");
    this.timeToLive = timeToLive;
  }

  /** One value: {@code value()}, {@code update(value)}, {@code clear()}. */
  public static PythonState value(String name, TypeInformation<?> type) {
    return new PythonState(name, Kind.VALUE, null, type, null);
  }

  /**
   * A list: {@code get()}, which copies it, {@code add(value)}, {@code add_all(values)}, {@code
   * update(values)}, {@code clear()}.
   *
   * @param type of an item
   */
  public static PythonState list(String name, TypeInformation<?> type) {
    return new PythonState(name, Kind.LIST, null, type, null);
  }

  /**
   * A map: {@code get(key)}, {@code put(key, value)}, {@code put_all(entries)}, {@code
   * contains(key)}, {@code remove(key)}, {@code keys()}, {@code values()}, {@code items()}, {@code
   * is_empty()}, {@code clear()}.
   */
  public static PythonState map(
      String name, TypeInformation<?> keyType, TypeInformation<?> valueType) {
    return new PythonState(
        name, Kind.MAP, Objects.requireNonNull(keyType, "keyType"), valueType, null);
  }

  /** The same, which Flink forgets after some time. */
  public PythonState timeToLive(StateTtlConfig config) {
    return new PythonState(name, kind, key, value, Objects.requireNonNull(config, "config"));
  }

  String name() {
    return name;
  }

  Kind kind() {
    return kind;
  }

  Conversion key() {
    return Values.conversion(Objects.requireNonNull(key, "only a map has keys"));
  }

  Conversion value() {
    return Values.conversion(value);
  }

  /** As Flink is asked for it. */
  StateDescriptor<?, ?> descriptor() {
    StateDescriptor<?, ?> descriptor =
        switch (kind) {
          case VALUE -> new ValueStateDescriptor<>(name, value);
          case LIST -> new ListStateDescriptor<>(name, value);
          case MAP -> new MapStateDescriptor<>(name, Objects.requireNonNull(key), value);
        };
    if (timeToLive != null) {
      descriptor.enableTimeToLive(timeToLive);
    }
    return descriptor;
  }

  @Override
  public String toString() {
    return "PythonState[" + name + "]";
  }
}
