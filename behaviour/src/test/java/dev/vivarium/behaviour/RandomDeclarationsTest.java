package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassSignature;
import java.lang.classfile.MethodSignature;
import java.lang.classfile.Signature;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** That a declared type is kept, for types and values at random. */
@ExtendWith(PythonUnderTest.class)
public final class RandomDeclarationsTest {

  private static final int VALUES =
      Boolean.getBoolean("vivarium.test.full") ? 1_000_000 : PythonUnderTest.count(100_000);
  private static final int TYPES = 40;
  private static final int DEEPEST = 3;
  private static final String GENERATED = "dev.vivarium.behaviour.Declared";
  private static final ClassDesc HERE = ClassDesc.of(RandomDeclarationsTest.class.getName());
  private static final ClassDesc CALLABLE = ClassDesc.of("java.util.concurrent.Callable");
  private static final MethodTypeDesc TAKES =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object);

  private static @Nullable Object taken;
  private static long values;

  /** What generated code was given. */
  public static void take(Object value) {
    taken = value;
  }

  /** With a type variable that generated classes bind. */
  public static class Holder<T> {
    /** Of the bound type. */
    public @Nullable T value;

    /** Of lists of it. */
    public @Nullable List<T>[] lists;

    /** Takes one. */
    public void one(T one) {
      take(one);
    }

    /** Takes an array. */
    public void array(T[] array) {
      take(array);
    }

    /** Takes what is in a map. */
    public void map(Map<String, ? extends T> map) {
      take(map);
    }
  }

  /**
   * A type, and values of it at random.
   *
   * @param text as a class file writes it
   * @param erased its class
   */
  private record Kind(String text, Class<?> erased, Function<Random, Object> value) {}

  private static Kind scalar(Class<?> type, Function<Random, Object> value) {
    return new Kind(
        type.descriptorString(),
        type,
        random -> {
          values++;
          return value.apply(random);
        });
  }

  private static final List<Kind> KEYS =
      List.of(
          scalar(Integer.class, Random::nextInt),
          scalar(Short.class, random -> (short) random.nextInt()),
          scalar(Byte.class, random -> (byte) random.nextInt()),
          scalar(Long.class, Random::nextLong),
          scalar(Character.class, random -> (char) random.nextInt(0xD800)),
          scalar(Float.class, random -> random.nextFloat() * 1000 - 500),
          scalar(Double.class, random -> random.nextDouble() * 1000 - 500),
          scalar(BigInteger.class, random -> new BigInteger(1 + random.nextInt(100), random)),
          scalar(String.class, random -> "s" + random.nextInt(1000)),
          scalar(LocalDate.class, random -> LocalDate.ofEpochDay(random.nextInt(100_000))));

  private static final List<Kind> OTHERS =
      List.of(
          scalar(Boolean.class, Random::nextBoolean),
          array(scalar(int.class, Random::nextInt)),
          array(scalar(double.class, Random::nextDouble)));

  private static Kind array(Kind item) {
    return new Kind(
        "[" + item.text,
        item.erased.arrayType(),
        random -> {
          Object array = Array.newInstance(item.erased, random.nextInt(4));
          for (int i = 0; i < Array.getLength(array); i++) {
            Array.set(array, i, item.value.apply(random));
          }
          return array;
        });
  }

  private static @Nullable Object orNull(Kind kind, Random random) {
    boolean none = kind.erased != Optional.class && random.nextInt(20) == 0;
    return none ? null : kind.value.apply(random);
  }

  private static Kind list(Kind item, String wildcard) {
    return new Kind(
        "Ljava/util/List<" + wildcard + item.text + ">;",
        List.class,
        random -> {
          List<@Nullable Object> list = new ArrayList<>();
          for (int i = random.nextInt(4); i > 0; i--) {
            list.add(orNull(item, random));
          }
          return list;
        });
  }

  private static Kind set(Kind item) {
    return new Kind(
        "Ljava/util/Set<" + item.text + ">;",
        Set.class,
        random -> {
          Set<Object> set = new HashSet<>();
          for (int i = random.nextInt(4); i > 0; i--) {
            set.add(item.value.apply(random));
          }
          return set;
        });
  }

  private static Kind map(Kind key, Kind value) {
    return new Kind(
        "Ljava/util/Map<" + key.text + value.text + ">;",
        Map.class,
        random -> {
          Map<Object, @Nullable Object> map = new HashMap<>();
          for (int i = random.nextInt(4); i > 0; i--) {
            map.put(key.value.apply(random), orNull(value, random));
          }
          return map;
        });
  }

  private static Kind optional(Kind value) {
    return new Kind(
        "Ljava/util/Optional<" + value.text + ">;",
        Optional.class,
        random ->
            random.nextInt(3) == 0 ? Optional.empty() : Optional.of(value.value.apply(random)));
  }

  private static <T> T one(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static Kind kind(Random random, int depth) {
    if (depth == 0) {
      return one(random.nextInt(5) == 0 ? OTHERS : KEYS, random);
    }
    Kind item = kind(random, random.nextInt(depth));
    return switch (random.nextInt(6)) {
      case 0 -> list(item, "");
      case 1 -> list(item, "+");
      case 2 -> set(one(KEYS, random));
      case 3 -> map(one(KEYS, random), item);
      case 4 -> array(item);
      default -> item.erased == Optional.class ? list(item, "") : optional(item);
    };
  }

  // Per type: a method, a static field, a method that asks a Callable
  private static void declare(ClassBuilder made, int number, Kind kind) {
    ClassDesc erased = ClassDesc.ofDescriptor(kind.erased.descriptorString());
    int open = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
    made.withField(
        "field" + number,
        erased,
        field -> field.withFlags(open).with(SignatureAttribute.of(Signature.parseFrom(kind.text))));
    made.withMethod(
        "take" + number,
        MethodTypeDesc.of(ConstantDescs.CD_void, erased),
        open,
        method ->
            method
                .with(SignatureAttribute.of(MethodSignature.parseFrom("(" + kind.text + ")V")))
                .withCode(code -> code.aload(0).invokestatic(HERE, "take", TAKES).return_()));
    String callable = "Ljava/util/concurrent/Callable<" + kind.text + ">;";
    made.withMethod(
        "ask" + number,
        MethodTypeDesc.of(ConstantDescs.CD_void, CALLABLE),
        open,
        method ->
            method
                .with(SignatureAttribute.of(MethodSignature.parseFrom("(" + callable + ")V")))
                .withCode(code ->
                    code.aload(0)
                        .invokeinterface(
                            CALLABLE, "call", MethodTypeDesc.of(ConstantDescs.CD_Object))
                        .invokestatic(HERE, "take", TAKES)
                        .return_()));
  }

  // class Holder7 extends Holder<List<Short>>
  private static byte[] holder(int number, Kind kind) {
    ClassDesc parent = ClassDesc.of(Holder.class.getName());
    String signature = "L" + Holder.class.getName().replace('.', '/') + "<" + kind.text + ">;";
    return ClassFile.of()
        .build(
            ClassDesc.of(GENERATED + "Holder" + number),
            made -> {
              made.withFlags(ClassFile.ACC_PUBLIC)
                  .withSuperclass(parent)
                  .with(SignatureAttribute.of(ClassSignature.parseFrom(signature)));
              made.withMethodBody(
                  ConstantDescs.INIT_NAME,
                  ConstantDescs.MTD_void,
                  ClassFile.ACC_PUBLIC,
                  code ->
                      code.aload(0)
                          .invokespecial(parent, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                          .return_());
            });
  }

  private static void generate(List<Kind> kinds) throws IllegalAccessException {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    byte[] all =
        ClassFile.of()
            .build(
                ClassDesc.of(GENERATED),
                made -> {
                  made.withFlags(ClassFile.ACC_PUBLIC);
                  for (int i = 0; i < kinds.size(); i++) {
                    declare(made, i, kinds.get(i));
                  }
                });
    Class<?> ignored = lookup.defineClass(all);
    for (int i = 0; i < kinds.size(); i++) {
      Class<?> alsoIgnored = lookup.defineClass(holder(i, kinds.get(i)));
    }
  }

  /** Whether both are equal and of the same class, in all that they hold. */
  private static boolean same(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null) {
      return one == other;
    }
    if (one.getClass().isArray()) {
      return one.getClass() == other.getClass()
          && same(elements(one).iterator(), elements(other).iterator());
    }
    return switch (one) {
      case List<?> list -> other instanceof List<?> o && same(list.iterator(), o.iterator());
      case Map<?, ?> map ->
          other instanceof Map<?, ?> o
              && map.keySet().equals(o.keySet())
              && map.keySet().stream().allMatch(key -> same(map.get(key), o.get(key)));
      case Optional<?> optional ->
          other instanceof Optional<?> o && same(optional.orElse(null), o.orElse(null));
      default -> one.equals(other);
    };
  }

  private static boolean same(Iterator<?> one, Iterator<?> other) {
    while (one.hasNext() && other.hasNext()) {
      if (!same(one.next(), other.next())) {
        return false;
      }
    }
    return one.hasNext() == other.hasNext();
  }

  private static List<@Nullable Object> elements(Object array) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      elements.add(Array.get(array, i));
    }
    return elements;
  }

  private static void check(Kind kind, String how, Object given, @Nullable Object got) {
    assertThat(same(given, got))
        .withFailMessage(
            () -> how + " of " + kind.text + ": " + shown(given) + " was " + shown(got))
        .isTrue();
  }

  private static String shown(@Nullable Object value) {
    return value == null
        ? "null"
        : value.getClass().getSimpleName() + " " + Arrays.deepToString(new Object[] {value});
  }

  /** What Python code does with the generated classes, in one interpreter. */
  private static final class Caller {

    private final PyObject all;
    private final List<PyObject> holders = new ArrayList<>();
    private final PyObject lambda;
    private final PyObject implementing;

    Caller(Interpreter in, int count) {
      in.exec(
          """
          import vivarium
          from java.util.concurrent import Callable
          class Implementing(Callable):
              def __init__(self, value): self.value = value
              def call(self): return self.value
          """);
      all = in.eval("vivarium.jclass('" + GENERATED + "')");
      for (int i = 0; i < count; i++) {
        holders.add(in.eval("vivarium.jclass('" + GENERATED + "Holder" + i + "')()"));
      }
      lambda = in.eval("lambda ask, value: ask(lambda: value)");
      implementing = in.eval("lambda ask, value: ask(Implementing(value))");
    }

    void checkStatic(int number, Kind kind, Random random) throws ReflectiveOperationException {
      Object value = kind.value.apply(random);
      all.attr("take" + number).call(value).close();
      check(kind, "an argument", value, taken);
      all.setAttr("field" + number, value);
      Class<?> type = Class.forName(GENERATED);
      check(kind, "a static field", value, type.getField("field" + number).get(null));
      PyObject ask = all.attr("ask" + number);
      lambda.call(ask, value).close();
      check(kind, "a lambda's result", value, taken);
      implementing.call(ask, value).close();
      check(kind, "a method's result", value, taken);
    }

    void checkBound(int number, Kind kind, Random random) {
      PyObject holder = holders.get(number);
      Holder<?> java = holder.as(Holder.class);
      Object value = kind.value.apply(random);
      holder.attr("one").call(value).close();
      check(kind, "a bound argument", value, taken);
      holder.setAttr("value", value);
      check(kind, "a bound field", value, java.value);
      Object array = array(kind).value.apply(random);
      holder.attr("array").call(array).close();
      check(kind, "a bound array", array, taken);
      Object map = map(KEYS.get(8), kind).value.apply(random);
      holder.attr("map").call(map).close();
      check(kind, "a bound wildcard", map, taken);
      Object lists = array(list(kind, "")).value.apply(random);
      holder.setAttr("lists", lists);
      check(kind, "a field of arrays of lists", lists, java.lists);
    }
  }

  @Test
  @DisplayName("What Java gets is of the declared types, at any depth, for random types and values")
  void all() throws ReflectiveOperationException {
    long seed = Long.getLong("vivarium.test.seed", 20);
    Random random = new Random(seed);
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < TYPES; i++) {
      kinds.add(kind(random, i % (DEEPEST + 1)));
    }
    generate(kinds);
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      List<Caller> callers = new ArrayList<>();
      for (Interpreter in : List.of(PythonUnderTest.main(), own, shared)) {
        callers.add(new Caller(in, TYPES));
      }
      values = 0;
      while (values < VALUES) {
        int number = random.nextInt(TYPES);
        Caller caller = one(callers, random);
        caller.checkStatic(number, kinds.get(number), random);
        caller.checkBound(number, kinds.get(number), random);
      }
      taken = null;
    }
    PythonUnderTest.main().exec("del Implementing, Callable, vivarium");
  }
}
