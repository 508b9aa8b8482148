package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.Text;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An overload that takes the arguments, and how well. */
final class Choice {

  private static final int VARARGS = 9;

  final Overload overload;
  final @Nullable Object receiver;
  private final long[] arguments;
  private final int[] ranks;
  private final int phase;
  private final boolean spread; // the last arguments are a variable parameter's

  private Choice(
      Overload overload,
      @Nullable Object receiver,
      long[] arguments,
      int[] ranks,
      int phase,
      boolean spread) {
    this.overload = overload;
    this.receiver = receiver;
    this.arguments = arguments;
    this.ranks = ranks;
    this.phase = phase;
    this.spread = spread;
  }

  static @Nullable Choice of(
      Home home,
      Overload overload,
      @Nullable Object receiver,
      long[] given,
      int positional,
      long keywords) {
    long[] arguments = given;
    Object self = receiver;
    if (overload.receives && receiver == null) {
      return null;
    }
    if (keywords != 0 && given.length > positional) {
      arguments = ordered(home, overload, given, positional, keywords);
      if (arguments == null) {
        return null;
      }
    }
    if (!overload.takes(arguments.length)) {
      return null;
    }
    Choice whole =
        arguments.length == overload.count() && !isOneMore(home, overload, arguments)
            ? ranked(home, overload, self, arguments, false)
            : null;
    return whole != null || !overload.varargs
        ? whole
        : ranked(home, overload, self, arguments, true);
  }

  /** Whether the last is a Python list that can be one of a variable parameter's, as in Java. */
  private static boolean isOneMore(Home home, Overload overload, long[] arguments) {
    if (!overload.varargs) {
      return false;
    }
    long last = arguments[arguments.length - 1];
    long type = Types.typeOf(last);
    return (type == Types.LIST || type == Types.TUPLE)
        && Arguments.rank(home, last, parameter(overload, arguments.length - 1, true))
            != Arguments.NO;
  }

  private static long @Nullable [] ordered(
      Home home, Overload overload, long[] given, int positional, long keywords) {
    List<String> names = overload.names;
    if (names == null || given.length != overload.count()) {
      return null;
    }
    long[] ordered = Arrays.copyOf(given, given.length);
    Arrays.fill(ordered, positional, ordered.length, 0);
    for (int i = positional; i < given.length; i++) {
      int at = names.indexOf(Text.toJava(home, C.PyTuple_GetItem(keywords, i - positional)));
      if (at < positional) {
        return null;
      }
      ordered[at] = given[i];
    }
    return ordered;
  }

  private static @Nullable Choice ranked(
      Home home, Overload overload, @Nullable Object self, long[] arguments, boolean spread) {
    int[] ranks = new int[arguments.length];
    int phase = spread ? VARARGS : 0;
    for (int i = 0; i < arguments.length; i++) {
      ranks[i] = Arguments.rank(home, arguments[i], parameter(overload, i, spread));
      if (ranks[i] == Arguments.NO) {
        return null;
      }
      phase = Math.max(phase, ranks[i] / Arguments.PHASE);
    }
    return new Choice(overload, self, arguments, ranks, phase, spread);
  }

  private static Class<?> parameter(Overload overload, int index, boolean spread) {
    int last = overload.count() - 1;
    return spread && index >= last
        ? overload.parameters.get(last).component().type
        : overload.parameters.get(index).type;
  }

  /** Below 0 if this one is the better choice, 0 if neither is. */
  int compare(Choice other) {
    if (phase != other.phase) {
      return phase - other.phase;
    }
    boolean better = false;
    boolean worse = false;
    for (int i = 0; i < ranks.length; i++) {
      int order = compareAt(i, other);
      better |= order < 0;
      worse |= order > 0;
    }
    return better == worse ? 0 : better ? -1 : 1;
  }

  private int compareAt(int i, Choice other) {
    if (ranks[i] != other.ranks[i]) {
      return ranks[i] - other.ranks[i];
    }
    return Specificity.compare(
        parameter(overload, i, spread), parameter(other.overload, i, other.spread));
  }

  /** Calls it, and writes back what Java has changed in arrays of Python's. */
  @Nullable Object call(Home home, boolean detached) throws Throwable {
    @Nullable Object[] converted = convert(home);
    if (overload.type.parameterList().stream().noneMatch(WrittenBack::concerns)) {
      return overload.call(home, receiver, converted, detached);
    }
    try (WrittenBack back = WrittenBack.of(home)) {
      int whole = spread ? converted.length - 1 : converted.length;
      for (int i = 0; i < whole; i++) {
        back.add(arguments[i], converted[i]);
      }
      return overload.call(home, receiver, converted, detached);
    }
  }

  private @Nullable Object[] convert(Home home) {
    int count = overload.count();
    @Nullable Object[] converted = new Object[count];
    int whole = spread ? count - 1 : count;
    for (int i = 0; i < whole; i++) {
      converted[i] = overload.parameters.get(i).convert(home, arguments[i]);
    }
    if (spread) {
      Declared component = overload.parameters.get(whole).component();
      Class<?> array = overload.type.parameterType(whole);
      Object rest = Array.newInstance(array.getComponentType(), arguments.length - whole);
      for (int i = whole; i < arguments.length; i++) {
        Array.set(rest, i - whole, component.convert(home, arguments[i]));
      }
      converted[whole] = rest;
    }
    return converted;
  }
}
