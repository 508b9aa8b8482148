package dev.vivarium.behaviour;

import dev.vivarium.testing.PythonUnderTest;
import kotlin.Metadata;
import kotlin.jvm.internal.DefaultConstructorMarker;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * That functions of Kotlin's are called with their default arguments. Those of the standard library
 * are as Kotlin's compiler made them; the classes here are written as it makes others.
 */
@ExtendWith(PythonUnderTest.class)
public final class KotlinTest {

  /**
   * As of {@code open class Robot(val name: String, val speed: Double = 1.5, val id: Long = 7)}.
   */
  @Metadata
  public static class Robot {
    /** All that was given. */
    public final String all;

    /** As written. */
    public Robot(String name, double speed, long id) {
      all = name + " " + speed + " " + id;
    }

    /** What stands for it where arguments are left out. */
    public Robot(
        String name, double speed, long id, int mask, @Nullable DefaultConstructorMarker marker) {
      if ((mask & 2) != 0) {
        speed = 1.5;
      }
      if ((mask & 4) != 0) {
        id = 7;
      }
      this(name, speed, id);
    }
  }

  /** Functions with defaults. */
  @Metadata
  public static class Functions {

    /**
     * {@code open fun go(to: String, far: Long = 2, fast: Boolean = far > 5, scale: Double = 0.5)}.
     */
    public String go(String to, long far, boolean fast, double scale) {
      return to + " " + far + " " + fast + " " + scale;
    }

    /** With defaults. */
    public static String go$default(
        Functions self,
        String to,
        long far,
        boolean fast,
        double scale,
        int mask,
        @Nullable Object marker) {
      if (marker != null) {
        throw new UnsupportedOperationException("Super calls with default arguments");
      }
      if ((mask & 2) != 0) {
        far = 2;
      }
      if ((mask & 4) != 0) {
        fast = far > 5;
      }
      if ((mask & 8) != 0) {
        scale = 0.5;
      }
      return self.go(to, far, fast, scale);
    }

    /** {@code fun late(first: Int = 1, second: String)}: a default before what must be given. */
    public String late(int first, String second) {
      return first + second;
    }

    /** With defaults. */
    public static String late$default(
        Functions self, int first, String second, int mask, @Nullable Object marker) {
      if ((mask & 1) != 0) {
        first = 1;
      }
      return self.late(first, second);
    }

    /** An overload that takes fewer. */
    public static String over(int one) {
      return "one";
    }

    /** {@code fun over(one: Int, other: Int = 5)}. */
    public static String over(int one, int other) {
      return "two " + other;
    }

    /** With defaults. */
    public static String over$default(int one, int other, int mask, @Nullable Object marker) {
      if ((mask & 2) != 0) {
        other = 5;
      }
      return over(one, other);
    }

    /** {@code fun over(one: String, other: Int = 6)}. */
    public static String over(String one, int other) {
      return "text " + other;
    }

    /** With defaults. */
    public static String over$default(String one, int other, int mask, @Nullable Object marker) {
      if ((mask & 2) != 0) {
        other = 6;
      }
      return over(one, other);
    }

    /** {@code fun rest(first: Int = 1, vararg others: String)}. */
    public static String rest(int first, String... others) {
      return first + String.join(",", others);
    }

    /** With defaults. */
    public static String rest$default(
        int first, String[] others, int mask, @Nullable Object marker) {
      if ((mask & 1) != 0) {
        first = 1;
      }
      return rest(first, others);
    }

    /** Changes an array. */
    public static int fill(int[] array, int with) {
      java.util.Arrays.fill(array, with);
      return array.length;
    }

    /** With defaults. */
    public static int fill$default(int[] array, int with, int mask, @Nullable Object marker) {
      if ((mask & 2) != 0) {
        with = 9;
      }
      return fill(array, with);
    }

    /** More than one mask has bits for, and all with defaults. */
    public static int many(
        int a0,
        int a1,
        int a2,
        int a3,
        int a4,
        int a5,
        int a6,
        int a7,
        int a8,
        int a9,
        int a10,
        int a11,
        int a12,
        int a13,
        int a14,
        int a15,
        int a16,
        int a17,
        int a18,
        int a19,
        int a20,
        int a21,
        int a22,
        int a23,
        int a24,
        int a25,
        int a26,
        int a27,
        int a28,
        int a29,
        int a30,
        int a31,
        int a32,
        int a33) {
      return a0 + 10 * a31 + 100 * a32 + 1000 * a33;
    }

    /** With those of some. */
    public static int many$default(
        int a0,
        int a1,
        int a2,
        int a3,
        int a4,
        int a5,
        int a6,
        int a7,
        int a8,
        int a9,
        int a10,
        int a11,
        int a12,
        int a13,
        int a14,
        int a15,
        int a16,
        int a17,
        int a18,
        int a19,
        int a20,
        int a21,
        int a22,
        int a23,
        int a24,
        int a25,
        int a26,
        int a27,
        int a28,
        int a29,
        int a30,
        int a31,
        int a32,
        int a33,
        int mask,
        int more,
        @Nullable Object marker) {
      if ((mask & 1) != 0) {
        a0 = 1;
      }
      if ((mask & Integer.MIN_VALUE) != 0) {
        a31 = 2;
      }
      if ((more & 1) != 0) {
        a32 = 3;
      }
      if ((more & 2) != 0) {
        a33 = 4;
      }
      return many(
          a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19,
          a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33);
    }

    /** Says nothing of what it makes of the mask. */
    public static int unclear(int one, int other) {
      return one + other;
    }

    /** Not as Kotlin's compiler writes it. */
    public static int unclear$default(int one, int other, int mask, @Nullable Object marker) {
      return unclear(one, mask == 2 ? 3 : other);
    }
  }

  /** Overrides, without saying defaults, as Kotlin has it. */
  @Metadata
  public static final class Overrides extends Functions {
    @Override
    public String go(String to, long far, boolean fast, double scale) {
      return "over " + super.go(to, far, fast, scale);
    }
  }

  /** {@code interface Greets { fun greet(name: String = "you", often: Int = 2): String }}. */
  @Metadata
  public interface Greets {
    /** Greets. */
    String greet(String name, int often);

    /** Where Kotlin has an interface's defaults. */
    final class DefaultImpls {
      private DefaultImpls() {}

      /** With defaults. */
      public static String greet$default(
          Greets self, String name, int often, int mask, @Nullable Object marker) {
        if ((mask & 1) != 0) {
          name = "you";
        }
        if ((mask & 2) != 0) {
          often = 2;
        }
        return self.greet(name, often);
      }
    }
  }

  /** Implements it. */
  @Metadata
  public static final class Greeter implements Greets {
    @Override
    public String greet(String name, int often) {
      return ("hello " + name + " ").repeat(often).strip();
    }
  }

  /** Is from Java, and has a method that looks as if there were defaults. */
  public static final class OfJava {
    private OfJava() {}

    /** Adds. */
    public static int add(int one, int other) {
      return one + other;
    }

    /** An ordinary method. */
    public static int add$default(int one, int other, int mask, @Nullable Object marker) {
      if ((mask & 2) != 0) {
        other = 3;
      }
      return add(one, other);
    }
  }

  private static void inEach(String code) {
    InEach.run(
        """
        from dev.vivarium.behaviour import KotlinTest as T
        import inspect
        F, Robot = T.Functions, T.Robot
        """,
        code);
  }

  @Test
  @DisplayName("Functions of Kotlin's standard library are called without what has a default")
  void library() {
    inEach(
        """
        from kotlin.collections import CollectionsKt
        from kotlin.text import StringsKt, Regex
        from kotlin.io import NoSuchFileException
        from java.io import File
        join = CollectionsKt.joinToString
        assert join([1, 2, 3]) == '1, 2, 3' and join([1, 2], '-') == '1-2'
        assert join([1, 2], '-', '<', '>') == '<1-2>'
        assert join([1, 2, 3], '-', '<', '>', 1, '~', lambda x: str(x)) == '<1-~>'
        assert list(StringsKt.split('a,b,c', [','])) == ['a', 'b', 'c']
        assert list(StringsKt.split('aXbxc', ['x'], True)) == ['a', 'b', 'c']
        assert list(StringsKt.split('a,b,c', [','], False, 2)) == ['a', 'b,c']
        assert StringsKt.padStart('7', 3) == '  7' and StringsKt.padStart('7', 3, '0') == '007'
        assert Regex('b+').find('abba').getValue() == 'bb' and Regex('b+').find('abba', 3) is None
        missing = NoSuchFileException(File('/a'))
        assert missing.getFile() == File('/a') and missing.getReason() is None
        assert NoSuchFileException(File('/a'), None, 'why').getReason() == 'why'
        refused(lambda: join(), 'joinToString()')
        refused(lambda: StringsKt.split('a,b'))
        """);
  }

  @Test
  @DisplayName("… by name any of them")
  void libraryByName() {
    inEach(
        """
        from kotlin.collections import CollectionsKt
        from kotlin.text import StringsKt
        from kotlin.io import NoSuchFileException
        from java.io import File
        join = CollectionsKt.joinToString
        assert join([1, 2, 3], prefix='[', postfix=']') == '[1, 2, 3]'
        assert join([1, 2, 3], '+', transform=lambda x: 'x' * x, limit=2) == 'x+xx+...'
        assert list(StringsKt.split('a,b,c', [','], limit=2)) == ['a', 'b,c']
        assert NoSuchFileException(File('/a'), reason='why').getReason() == 'why'
        assert NoSuchFileException(reason='why', file=File('/a')).getFile() == File('/a')
        refused(lambda: join([1], separater='-'), 'separator = ...')
        refused(lambda: join(prefix='['))
        refused(lambda: join([1], '-', separator='-'))
        refused(lambda: NoSuchFileException(reason='why'), 'File file, File other = ...')
        from kotlin import Pair
        p = Pair(1, second='a')
        assert tuple(p) == (1, 'a') and p.copy(second=2) == Pair(first=1, second=2) and p.first == 1
        """);
  }

  @Test
  @DisplayName("Defaults of methods and constructors, of wide values, that depend on others")
  void defaults() {
    inEach(
        """
        f = F()
        assert f.go('a') == 'a 2 false 0.5' and f.go('a', 6) == 'a 6 true 0.5'
        assert f.go('a', 6, False) == 'a 6 false 0.5' and f.go('a', 6, False, 2) == 'a 6 false 2.0'
        assert F.go(f, 'a') == 'a 2 false 0.5'
        refused(lambda: f.go(), 'go(String', 'long', '= ...')
        refused(lambda: f.go('a', 'b'))
        refused(lambda: f.go('a', 1, True, 1.0, 1))
        assert Robot('r').all == 'r 1.5 7' and Robot('r', 2).all == 'r 2.0 7' and Robot('r', 2, 3).all == 'r 2.0 3'
        refused(lambda: Robot())
        refused(lambda: Robot('r', 1.0, 1, 0, None))
        o = T.Overrides()
        assert o.go('a') == 'over a 2 false 0.5' and o.go('a', 6) == 'over a 6 true 0.5'
        g = T.Greeter()
        assert g.greet() == 'hello you hello you' and g.greet('x') == 'hello x hello x' and g.greet('x', 1) == 'hello x'
        first = [7] + [0] * 30
        assert F.many(*first) == 4327 and F.many(*first, 5) == 4357
        assert F.many(*first, 5, 6) == 4657 and F.many(*first, 5, 6, 8) == 8657
        refused(lambda: F.many(*first[1:]))
        a = [1, 2]
        assert F.fill(a) == 2 and a == [9, 9] and F.fill(a, 4) == 2 and a == [4, 4]
        """);
  }

  @Test
  @DisplayName("… what takes the arguments as given comes first; what must be given, must")
  void order() {
    inEach(
        """
        assert F.over(1) == 'one' and F.over(1, 2) == 'two 2' and F.over('a') == 'text 6'
        assert F.rest(2, 'a', 'b') == '2a,b' and F.rest(2) == '2'
        refused(lambda: F.rest())
        f = F()
        assert f.late(2, 'a') == '2a'
        refused(lambda: f.late(2))
        refused(lambda: f.late('a'))
        assert F.unclear(1, 2) == 3 and T.OfJava.add(1, 2) == 3
        refused(lambda: F.unclear(1))
        refused(lambda: T.OfJava.add(1))
        """);
  }

  @Test
  @DisplayName("… what there is says where defaults are, and help and inspect know them")
  void shown() {
    inEach(
        """
        from kotlin.collections import CollectionsKt
        refused(lambda: F().go(1, 2), 'long far = ...' if 'far' in str(F.go.__doc__) else 'long = ...')
        signature = inspect.signature(CollectionsKt.joinToString)
        assert list(signature.parameters)[1:3] == ['separator', 'prefix'], signature
        assert signature.parameters['prefix'].default is ... and 'receiver' in signature.parameters
        assert signature.parameters['receiver'].default is inspect.Parameter.empty
        """);
  }
}
