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
  private static final int DEFAULTS = 10;
  private static final int LEFT_OUT = -1;

  final Overload overload;
  final @Nullable Object receiver;
  private final long[] arguments; // 0 for one that is left out
  private final int[] ranks;
  private final int phase;
  private final boolean spread; // the last arguments are a variable parameter's
  private final long @Nullable [] named; // names and values for the map of keyword arguments

  private Choice(
      Overload overload,
      @Nullable Object receiver,
      long[] arguments,
      int[] ranks,
      int phase,
      boolean spread,
      long @Nullable [] named) {
    this.overload = overload;
    this.receiver = receiver;
    this.arguments = arguments;
    this.ranks = ranks;
    this.phase = phase;
    this.spread = spread;
    this.named = named;
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
    boolean byName = keywords != 0 && given.length > positional;
    if (overload.keywords && (byName || given.length < overload.count())) {
      return withMap(home, overload, self, given, positional, keywords);
    }
    if (byName) {
      arguments = ordered(home, overload, given, positional, keywords);
      if (arguments == null) {
        return null;
      }
    }
    if (!overload.takes(arguments.length)) {
      return null;
    }
    if (leavesOut(arguments)) {
      return ranked(home, overload, self, arguments, false, null);
    }
    Choice whole =
        arguments.length == overload.count() && !isOneMore(home, overload, arguments)
            ? ranked(home, overload, self, arguments, false, null)
            : null;
    if (whole == null && overload.varargs) {
      whole = ranked(home, overload, self, arguments, true, null);
    }
    Defaults defaults = overload.defaults;
    return whole == null
            && defaults != null
            && arguments.length < overload.count()
            && defaults.from(arguments.length)
        ? ranked(home, overload, self, Arrays.copyOf(arguments, overload.count()), false, null)
        : whole;
  }

  private static boolean leavesOut(long[] arguments) {
    return Arrays.stream(arguments).anyMatch(argument -> argument == 0);
  }

  /** What has the name of another parameter is that one's, and the rest the map's. */
  private static @Nullable Choice withMap(
      Home home,
      Overload overload,
      @Nullable Object self,
      long[] given,
      int positional,
      long keywords) {
    int plain = overload.count() - 1;
    if (positional > plain) {
      return null;
    }
    long[] arguments = Arrays.copyOf(Arrays.copyOf(given, positional), plain);
    long[] named = new long[2 * (given.length - positional)];
    int count = 0;
    for (int i = positional; i < given.length; i++) {
      long name = C.PyTuple_GetItem(keywords, i - positional);
      int at = overload.names == null ? -1 : overload.names.indexOf(Text.toJava(home, name));
      if (at < 0 || at == plain) {
        named[count++] = name;
        named[count++] = given[i];
      } else if (at < positional) {
        return null; // given twice
      } else {
        arguments[at] = given[i];
      }
    }
    return Arrays.stream(arguments).anyMatch(argument -> argument == 0)
        ? null
        : ranked(home, overload, self, arguments, false, Arrays.copyOf(named, count));
  }

  /** Whether the last is a Python object that can be one of a variable parameter's, as in Java. */
  private static boolean isOneMore(Home home, Overload overload, long[] arguments) {
    if (!overload.varargs) {
      return false;
    }
    long last = arguments[arguments.length - 1];
    return last != Types.NONE
        && Mirror.of(home).java(last, Types.typeOf(last), Object.class) == null
        && Arguments.rank(home, last, parameter(overload, arguments.length - 1, true))
            != Arguments.NO;
  }

  private static long @Nullable [] ordered(
      Home home, Overload overload, long[] given, int positional, long keywords) {
    List<String> names = overload.names;
    Defaults defaults = overload.defaults;
    int count = overload.count();
    if (names == null || given.length > count || (given.length < count && defaults == null)) {
      return null;
    }
    long[] ordered = Arrays.copyOf(given, count);
    Arrays.fill(ordered, positional, ordered.length, 0);
    for (int i = positional; i < given.length; i++) {
      int at = names.indexOf(Text.toJava(home, C.PyTuple_GetItem(keywords, i - positional)));
      if (at < positional) {
        return null;
      }
      ordered[at] = given[i];
    }
    for (int i = positional; i < count; i++) {
      if (ordered[i] == 0 && (defaults == null || !defaults.has(i))) {
        return null;
      }
    }
    return ordered;
  }

  private static @Nullable Choice ranked(
      Home home,
      Overload overload,
      @Nullable Object self,
      long[] arguments,
      boolean spread,
      long @Nullable [] named) {
    int[] ranks = new int[arguments.length];
    int phase = spread || named != null ? VARARGS : 0; // after those with just these parameters
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] == 0) {
        ranks[i] = LEFT_OUT;
        phase = DEFAULTS;
        continue;
      }
      ranks[i] = Arguments.rank(home, arguments[i], parameter(overload, i, spread));
      if (ranks[i] == Arguments.NO) {
        return null;
      }
      phase = Math.max(phase, ranks[i] / Arguments.PHASE);
    }
    return new Choice(overload, self, arguments, ranks, phase, spread, named);
  }

  /** What an argument is to be, where all of a variable parameter are given one by one. */
  static Declared declared(Overload overload, int index) {
    int last = overload.count() - 1;
    return overload.varargs && index >= last
        ? overload.parameters.get(last).component()
        : overload.parameters.get(index);
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
    for (int i = 0; i < Math.min(ranks.length, other.ranks.length); i++) {
      int order = compareAt(i, other);
      better |= order < 0;
      worse |= order > 0;
    }
    return better == worse ? 0 : better ? -1 : 1;
  }

  private int compareAt(int i, Choice other) {
    if (ranks[i] == LEFT_OUT || other.ranks[i] == LEFT_OUT) {
      return 0;
    } else if (ranks[i] != other.ranks[i]) {
      return ranks[i] - other.ranks[i];
    }
    return Specificity.compare(
        parameter(overload, i, spread), parameter(other.overload, i, other.spread));
  }

  /** Calls it, and writes back what Java has changed in arrays of Python's. */
  @Nullable Object call(Home home, boolean detached) throws Throwable {
    @Nullable Object[] converted = convert(home);
    if (!overload.changesArguments) {
      return overload.call(home, receiver, converted, detached);
    }
    try (WrittenBack back = WrittenBack.of(home)) {
      int whole = spread || named != null ? overload.count() - 1 : overload.count();
      for (int i = 0; i < whole; i++) {
        if (arguments[i] != 0) {
          back.add(arguments[i], converted[i]);
        }
      }
      return overload.call(home, receiver, converted, detached);
    }
  }

  private @Nullable Object[] convert(Home home) {
    int count = overload.count();
    @Nullable Object[] converted = new Object[count];
    int whole = spread || named != null ? count - 1 : count;
    boolean all = true;
    for (int i = 0; i < whole; i++) {
      boolean given = arguments[i] != 0;
      converted[i] =
          given
              ? overload.convert(home, receiver, i, arguments[i])
              : Array.get(Array.newInstance(overload.type.parameterType(i), 1), 0);
      all &= given;
    }
    if (!all && overload.defaults != null) {
      return overload.defaults.complete(converted, arguments);
    }
    if (named != null) {
      converted[whole] = map(home, named, overload.parameters.get(whole));
    } else if (spread) {
      Declared component = overload.parameters.get(whole).component();
      Class<?> array = overload.type.parameterType(whole);
      Object rest = Array.newInstance(array.getComponentType(), arguments.length - whole);
      for (int i = whole; i < arguments.length; i++) {
        Array.set(rest, i - whole, component.convert(home, arguments[i]));
      }
      if (overload.isFormat() && rest instanceof Object[] values) {
        FormatArguments.adapt(overload.template(receiver, converted), values);
      }
      converted[whole] = rest;
    }
    return converted;
  }

  private static @Nullable Object map(Home home, long[] named, Declared to) {
    long dict = home.checked(C.PyDict_New());
    try {
      for (int i = 0; i < named.length; i += 2) {
        home.checked(C.PyDict_SetItem(dict, named[i], named[i + 1]));
      }
      return to.convert(home, dict);
    } finally {
      C.Py_DecRef(dict);
    }
  }
}
