package dev.vivarium.internal.mirror;

import static dev.vivarium.internal.capi.CApi.C;
import static java.lang.invoke.MethodType.methodType;

import dev.vivarium.internal.bridge.Definition;
import dev.vivarium.internal.bridge.FastCall;
import dev.vivarium.internal.bridge.Raising;
import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.ToJava;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MutableCallSite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The overloads of one name: a C function of its own that Python calls, and the choice among them.
 * Made once a class, and shared by all interpreters.
 */
final class Group {

  private static final MethodHandle CALL;
  private static final MethodHandle UNDECIDED;
  private static final MethodHandle IS_COUNT;
  private static final MethodHandle FAILED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      CALL = lookup.findVirtual(Entry.class, "call", FastCall.BODY);
      UNDECIDED =
          lookup.findVirtual(
              Group.class,
              "undecided",
              methodType(long.class, Object.class, Home.class, long.class, int.class));
      FAILED =
          lookup.findVirtual(
              Group.class,
              "failed",
              methodType(
                  long.class, Throwable.class, Object.class, Home.class, long.class, int.class));
      IS_COUNT =
          lookup.findStatic(
              Group.class,
              "isCount",
              methodType(
                  boolean.class, Object.class, Home.class, long.class, int.class, int.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How a call's receiver and result are to be understood. */
  enum Kind {
    /** Of an object, or a class for static ones: the C function's self. */
    METHODS,
    /** Of a Java exception, whose Python object has no room for a number. */
    OF_THROWABLE,
    /** {@code __init__} of a Python class that extends a Java class. */
    INITIALIZERS,
    /** {@code __new__}: the first argument is the Python type. */
    CONSTRUCTORS
  }

  final String name;
  final Kind kind;
  private final Class<?> owner;
  private final boolean ofProtocols; // a function of ours, which users do not call by its name
  private final Overload[] overloads;

  // By number of arguments, where that alone says which; else null
  private final @Nullable Overload[] decided;

  // Leads to those of them that have been called: receiver, home, arguments and their number to a
  // new reference
  private final MutableCallSite direct;
  private final MethodHandle invoker;
  private final Set<Integer> linked = new HashSet<>();
  private final Definition definition;

  /**
   * A group.
   *
   * @param owner the class whose members they are
   */
  Group(Class<?> owner, String name, Kind kind, List<Overload> overloads) {
    this.name = name;
    this.kind = kind;
    this.owner = owner;
    this.ofProtocols = owner == Protocols.class;
    this.overloads =
        overloads.stream()
            .sorted(Comparator.comparingInt(Overload::count).thenComparing(Overload::toString))
            .toArray(Overload[]::new); // so that messages do not differ from one JVM to the next
    this.decided = decided(this.overloads);
    this.direct = new MutableCallSite(UNDECIDED.bindTo(this));
    this.invoker = direct.dynamicInvoker();
    this.definition =
        new Definition(
            owner,
            arena ->
                FastCall.define(
                    arena, name, documentation(), CALL.bindTo(new Entry(this, kind, invoker))));
  }

  private static @Nullable Overload[] decided(Overload[] overloads) {
    int most = Arrays.stream(overloads).mapToInt(Overload::count).max().orElse(-1);
    @Nullable Overload[] decided = new Overload[most + 1];
    for (int i = 0; i <= most; i++) {
      int count = i;
      List<Overload> taking = Arrays.stream(overloads).filter(o -> o.takes(count)).toList();
      Overload only = taking.size() == 1 ? taking.getFirst() : null;
      if (only != null && !only.varargs && only.count() == count) {
        decided[i] = only;
      }
    }
    return decided;
  }

  /** What the first of them returns. */
  Class<?> returns() {
    return overloads[0].type.returnType();
  }

  /** The constructor that alone takes so many arguments, if {@link Overload#construct} calls it. */
  @Nullable Overload onlyConstructor(int count) {
    Overload only = count < decided.length ? decided[count] : null;
    return only == null || only.changesArguments ? null : only;
  }

  boolean isStatic() {
    return Arrays.stream(overloads).noneMatch(o -> o.receives);
  }

  boolean isMixed() {
    return !isStatic() && Arrays.stream(overloads).anyMatch(o -> !o.receives);
  }

  /** {@code PyMethodDef*} with a function pointer of the group's own, for an interpreter. */
  long definition(Home home) {
    return definition.in(home);
  }

  // CPython takes the first line for the signature that inspect and help show
  private String documentation() {
    String self = isStatic() ? "" : "$self, ";
    Overload only = overloads.length == 1 ? overloads[0] : null;
    String parameters = only == null || only.varargs ? self + "*args" : self + parameters(only);
    return name
        + "("
        + parameters
        + ")\n--\n\n"
        + Arrays.stream(overloads).map(Overload::described).collect(Collectors.joining("\n"));
  }

  private static String parameters(Overload overload) {
    int plain = overload.keywords ? overload.count() - 1 : overload.count();
    List<String> names = overload.names;
    String rest =
        !overload.keywords
            ? ""
            : (plain == 0 ? "**" : ", **") + (names == null ? "keywords" : names.getLast());
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < plain; i++) {
      boolean optional = overload.defaults != null && overload.defaults.from(i);
      shown.add((names == null ? "arg" + i : names.get(i)) + (optional ? "=..." : ""));
    }
    boolean positional = names == null && (plain > 0 || (overload.receives && !overload.keywords));
    if (positional) {
      shown.add("/");
    }
    return String.join(", ", shown) + rest;
  }

  /**
   * What the C function leads to. A record, whose fields the JIT takes for constants.
   *
   * @param invoker of the call site that leads to the overloads
   */
  private record Entry(Group group, Kind kind, MethodHandle invoker) {

    @SuppressWarnings("unused") // through a method handle
    long call(Home home, long self, long arguments, int count, long keywords) {
      try {
        if (kind != Kind.METHODS || keywords != 0) {
          return group.callOther(home, self, arguments, count, keywords);
        }
        Object receiver = Mirror.receiver(home, self);
        return receiver != null && receiver.getClass().isHidden()
            ? group.callHidden(home, receiver, arguments, count)
            : (long) invoker.invokeExact(receiver, home, arguments, count);
      } catch (Throwable t) {
        return group.failed(t, null, home, arguments, count);
      }
    }
  }

  // Of an object of a Python class that extends a Java class: what Java itself has, as by super()
  private long callHidden(Home home, Object receiver, long arguments, int count) throws Throwable {
    return (long) own(home, receiver).invoker.invokeExact(receiver, home, arguments, count);
  }

  private Group own(Home home, @Nullable Object receiver) {
    Extension extension = receiver == null ? null : Subclass.extensionOf(receiver);
    Group own = extension == null || owner.isHidden() ? null : extension.own(home, name);
    return own == null ? this : own;
  }

  private long callOther(Home home, long self, long arguments, int count, long keywords)
      throws Throwable {
    if (kind == Kind.CONSTRUCTORS) {
      return Mirror.of(home).construct(this, arguments, count, keywords);
    }
    if (kind == Kind.INITIALIZERS) {
      return Mirror.of(home).initialize(this, self, arguments, count, keywords);
    }
    Object receiver =
        kind == Kind.METHODS ? Mirror.receiver(home, self) : Mirror.of(home).thrown(self);
    Group own = own(home, receiver);
    if (own != this) {
      long[] given = given(arguments, count, keywords);
      return Results.of(home, own.choose(home, receiver, given, count, keywords, false));
    }
    if (keywords == 0) {
      return (long) invoker.invokeExact(receiver, home, arguments, count);
    }
    long[] given = given(arguments, count, keywords);
    boolean factory = overloads.length > 0 && isStatic() && Mirror.of(home).sees(returns());
    Builder builder = factory ? Builder.of(returns()) : null;
    return Results.of(
        home,
        builder != null && !takes(home, receiver, given, count, keywords)
            ? builder.make(home, this, given, count, keywords)
            : choose(home, receiver, given, count, keywords, false));
  }

  @SuppressWarnings("unused") // the receiver, which a handler is given before what it wants
  private long failed(
      Throwable thrown, @Nullable Object receiver, Home home, long arguments, int count) {
    try {
      if (thrown instanceof Raised) {
        return 0;
      }
      if (thrown instanceof Mismatch mismatch) {
        int first = kind == Kind.CONSTRUCTORS ? 1 : 0; // after the class
        long[] given = given(arguments + 8L * first, Math.max(0, count - first), 0);
        return Raising.typeError(explain(home, given, mismatch));
      }
      return Raising.raise(home, thrown);
    } catch (Throwable t) {
      return Raising.raise(home, t);
    }
  }

  /** A number of arguments that {@code direct} does not know yet, or that leaves a choice. */
  @SuppressWarnings("unused") // through a method handle
  private long undecided(@Nullable Object receiver, Home home, long arguments, int count)
      throws Throwable {
    Overload only = count < decided.length ? decided[count] : null;
    if (only != null && (receiver != null || !only.receives)) {
      if (!only.receives || !isMixed()) {
        add(count, only);
      }
      return (long) only.invoker().invokeExact(receiver, home, arguments);
    }
    long[] given = given(arguments, count, 0);
    return Results.of(home, choose(home, receiver, given, count, 0, false));
  }

  private synchronized void add(int count, Overload only) {
    if (linked.add(count)) {
      // Caught there and then: each compiled frame that an exception leaves costs some 50 ns
      MethodHandle call =
          MethodHandles.catchException(
              MethodHandles.dropArguments(only.invoker(), 3, int.class),
              Throwable.class,
              FAILED.bindTo(this));
      direct.setTarget(
          MethodHandles.guardWithTest(
              MethodHandles.insertArguments(IS_COUNT, 4, count), call, direct.getTarget()));
    }
  }

  @SuppressWarnings("unused") // through a method handle
  private static boolean isCount(
      @Nullable Object receiver, Home home, long arguments, int given, int count) {
    return given == count;
  }

  /** The arguments of a call, those by name last. */
  static long[] given(long arguments, int positional, long keywords) {
    int named = keywords == 0 ? 0 : (int) C.PyTuple_Size(keywords);
    long[] given = new long[positional + named];
    for (int i = 0; i < given.length; i++) {
      given[i] = Memory.getLong(arguments + 8L * i);
    }
    return given;
  }

  /**
   * Chooses an overload and calls it.
   *
   * @param detached let other threads run Python meanwhile, whatever is called
   */
  @Nullable Object choose(
      Home home,
      @Nullable Object receiver,
      long[] given,
      int positional,
      long keywords,
      boolean detached)
      throws Throwable {
    List<Choice> choices = choices(home, receiver, given, positional, keywords);
    if (choices.isEmpty() && keywords == 0) {
      tellWhy(home, receiver, given);
    }
    return best(choices).call(home, detached);
  }

  private List<Choice> choices(
      Home home, @Nullable Object receiver, long[] given, int positional, long keywords) {
    List<Choice> choices = new ArrayList<>();
    for (Overload overload : overloads) {
      Choice choice = Choice.of(home, overload, receiver, given, positional, keywords);
      if (choice != null) {
        choices.add(choice);
      }
    }
    return choices;
  }

  /** Whether any of them takes these arguments. */
  boolean takes(Home home, @Nullable Object receiver, long[] given, int positional, long keywords) {
    return !choices(home, receiver, given, positional, keywords).isEmpty();
  }

  // Where only one has so many parameters: which argument does not fit it, and how
  private void tellWhy(Home home, @Nullable Object receiver, long[] given) {
    List<Overload> near =
        Arrays.stream(overloads)
            .filter(o -> o.takes(given.length) && (receiver != null || !o.receives))
            .toList();
    if (near.size() != 1) {
      return;
    }
    for (int i = 0; i < given.length; i++) {
      try {
        Object ignored = Choice.declared(near.getFirst(), i).convert(home, given[i]);
      } catch (Mismatch e) {
        String place = given.length == 1 ? "" : "argument " + (i + 1) + ": ";
        throw new Mismatch(place + e.getMessage());
      }
    }
  }

  private Choice best(List<Choice> choices) {
    if (choices.isEmpty()) {
      throw new Mismatch(
          overloads.length == 0
              ? "the class has no public constructor"
              : "none takes these arguments");
    }
    Choice best = choices.getFirst();
    for (Choice choice : choices) {
      best = choice.compare(best) < 0 ? choice : best;
    }
    for (Choice choice : choices) {
      if (choice.overload != best.overload && best.compare(choice) >= 0) {
        throw new Mismatch(
            "ambiguous between "
                + best.overload
                + " and "
                + choice.overload
                + " (construct an argument of the type that is meant)");
      }
    }
    return best;
  }

  /** What does not fit, and what there is. */
  String explain(Home home, long[] given, Mismatch mismatch) {
    if (ofProtocols || !mismatch.ofArguments) {
      return String.valueOf(mismatch.getMessage());
    }
    String types =
        Arrays.stream(given)
            .mapToObj(argument -> ToJava.typeName(home, argument))
            .collect(Collectors.joining(", "));
    String what = overloads.length == 0 ? "" : overloads[0].shortName() + "(" + types + "): ";
    return what
        + mismatch.getMessage()
        + (overloads.length == 0 ? "" : "; there is ")
        + Arrays.stream(overloads).map(Overload::toString).collect(Collectors.joining(", "));
  }
}
