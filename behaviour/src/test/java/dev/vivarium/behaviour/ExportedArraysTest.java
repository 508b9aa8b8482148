package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Arrays of what exports its numbers as memory, beside the same object's items one by one: a class
 * of Python's, which may give other items than its memory, is always read so.
 */
@ExtendWith(PythonUnderTest.class)
final class ExportedArraysTest {

  private static final int ROUNDS = PythonUnderTest.count(3_000);

  private static final List<Class<?>> ELEMENTS =
      List.of(
          byte.class,
          short.class,
          int.class,
          long.class,
          float.class,
          double.class,
          boolean.class,
          char.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          Object.class,
          String.class);

  private static final String SOURCE =
      """
      import array, random
      class OneByOne(array.array):
          pass
      LIMITS = {'b': 7, 'B': 8, 'h': 15, 'H': 16, 'i': 31, 'I': 32, 'l': 63, 'L': 64, 'q': 63, 'Q': 64}
      def numbers(code, count, rnd):
          if code in 'fd':
              return [rnd.choice([rnd.gauss(0, 1e3), float(rnd.randrange(-9, 9)), float('inf'),
                                  -0.0, 5e-324, 1.5]) for _ in range(count)]
          if code == 'u':
              return [chr(rnd.randrange(1, 0x7ff)) for _ in range(count)]
          bits = rnd.randrange(1, LIMITS[code] + 1)
          least = -(1 << bits) if code in 'bhilq' and bits == LIMITS[code] else 0
          return [rnd.randrange(least, 1 << bits) for _ in range(count)]
      def both(seed):
          rnd = random.Random(seed)
          code = rnd.choice('bBhHiIlLqQfdu')
          items = numbers(code, rnd.choice([0, 1, 2, 7, 100]), rnd)
          return array.array(code, items), OneByOne(code, items)
      """;

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    test.run(PythonUnderTest.main());
    for (InterpreterOptions options :
        List.of(InterpreterOptions.isolated(), InterpreterOptions.shared())) {
      try (Interpreter sub = PythonUnderTest.python().newInterpreter(options)) {
        test.run(sub);
      }
    }
  }

  /** The array, or in words why there is none. */
  private static Object as(PyObject object, Class<?> type) {
    try {
      return object.as(type);
    } catch (ConversionException e) {
      return e.getMessage().replace("OneByOne", "array");
    }
  }

  private static void assertSame(Object array, Object expected, String what) {
    assertThat(array.getClass()).as(what).isEqualTo(expected.getClass());
    assertThat(Arrays.deepToString(new Object[] {array}))
        .as(what)
        .isEqualTo(Arrays.deepToString(new Object[] {expected}));
  }

  @Test
  @DisplayName("An array.array is the same Java array, or refused alike, as a memory or one by one")
  void arrays() {
    everywhere(in -> {
      in.exec(SOURCE);
      PyObject both = in.eval("both");
      for (int seed = 0; seed < ROUNDS / 3; seed++) {
        try (PyObject pair = both.call(seed);
            PyObject exported = pair.item(0);
            PyObject oneByOne = pair.item(1)) {
          for (Class<?> element : ELEMENTS) {
            Class<?> type = element.arrayType();
            String what = "seed " + seed + ", " + exported + " as " + type.getTypeName();
            if (type == byte[].class) {
              continue; // which is of bytes, and not of numbers
            }
            assertSame(as(exported, type), as(oneByOne, type), what);
          }
        }
      }
    });
  }

  @Test
  @DisplayName("Parts, strides and dimensions of a memoryview")
  void views() {
    everywhere(in -> {
      in.exec("import array\na = array.array('i', range(24))\nm = memoryview(a)");
      int[] all = new int[24];
      Arrays.setAll(all, i -> i);
      assertThat(in.eval("m").as(int[].class)).isEqualTo(all);
      assertThat(in.eval("m[::-2]").as(int[].class))
          .containsExactly(23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
      assertThat(in.eval("m[3:3]").as(int[].class)).isEmpty();
      assertThat(in.eval("m[5:9]").as(Double[].class)).containsExactly(5.0, 6.0, 7.0, 8.0);
      assertThat(in.eval("m.cast('B').cast('i', [2, 3, 4])").as(long[][][].class))
          .isDeepEqualTo(
              new long[][][] {
                {{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}},
                {{12, 13, 14, 15}, {16, 17, 18, 19}, {20, 21, 22, 23}}
              });
      assertThat(in.eval("memoryview(bytes([0, 1, 1])).cast('?')").as(boolean[].class))
          .containsExactly(false, true, true);
      assertThatThrownBy(() -> in.eval("array.array('d', [1.5])").as(int[].class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("item 0 of the array");
      assertThatThrownBy(() -> in.eval("array.array('q', [1, 2 ** 40])").as(int[].class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("item 1 of the array: 1099511627776 does not fit an int");
      assertThatThrownBy(() -> in.eval("m").as(int[][].class))
          .isInstanceOf(ConversionException.class);
      // Given back: what is exported could not grow
      in.exec("b = array.array('d', [1, 2])");
      assertThat(in.eval("b").as(double[].class)).containsExactly(1, 2);
      in.exec("b.append(3)");
    });
  }

  @Test
  @DisplayName("Long Java arrays of numbers are the same lists as short ones")
  void lists() {
    everywhere(in -> {
      PyObject sameItems =
          in.eval(
              "lambda many, parts: [(type(x), repr(x)) for x in many]"
                  + " == [(type(x), repr(x)) for p in parts for x in p]");
      Random random = new Random(7);
      for (Class<?> element :
          List.of(
              short.class,
              int.class,
              long.class,
              float.class,
              double.class,
              char.class,
              boolean.class)) {
        for (int length : new int[] {31, 32, 33, 500}) {
          Object many = Array.newInstance(element, length);
          Object[] parts = new Object[length];
          for (int i = 0; i < length; i++) {
            Array.set(many, i, random(element, random));
            parts[i] = Array.newInstance(element, 1);
            Array.set(parts[i], 0, Array.get(many, i));
          }
          assertThat(sameItems.call(many, parts).isTrue()).as("%s of %s", element, length).isTrue();
          assertThat(in.toPython(many).type().attr("__name__").asString()).isEqualTo("list");
        }
      }
    });
  }

  private static Object random(Class<?> element, Random random) {
    long bits = random.nextLong() >> random.nextInt(64);
    return switch (element.getName()) {
      case "short" -> (short) bits;
      case "int" -> (int) bits;
      case "long" -> bits;
      case "float" -> Float.intBitsToFloat((int) random.nextLong());
      case "double" -> Double.longBitsToDouble(random.nextLong());
      case "char" -> (char) random.nextInt(0xD800);
      default -> random.nextBoolean();
    };
  }
}
