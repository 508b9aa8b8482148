package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Converter;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.PythonUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Converters of a user's own. */
@ExtendWith(PythonUnderTest.class)
public final class ConvertersTest {

  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(double side) implements Shape {}

  record Drawing(String name, List<Shape> shapes, Optional<Shape> frame) {}

  /** Of a place; of no other test, since what is registered for all interpreters stays. */
  public record Place(String tag) {}

  /** What Python's pick does. */
  public interface Picker {
    /** One of some. */
    Place pick(List<Place> some, int index);
  }

  private static final Converter<Shape> SHAPES =
      new Converter<>() {
        @Override
        public Object toPython(Shape shape, Interpreter interpreter) {
          return switch (shape) {
            case Circle circle -> interpreter.tuple("circle", circle.radius());
            case Square square -> List.of("square", square.side());
          };
        }

        @Override
        public Shape toJava(PyObject python) {
          double size = python.item(1).asDouble();
          return switch (python.item(0).asString()) {
            case "circle" -> new Circle(size);
            case "square" -> new Square(size);
            default -> throw new IllegalArgumentException("no shape: " + python);
          };
        }
      };

  private static Converter<Place> places(String separator) {
    return new Converter<>() {
      @Override
      public Object toPython(Place place, Interpreter interpreter) {
        return place.tag().replace("-", separator);
      }

      @Override
      public Place toJava(PyObject python) {
        return new Place(python.asString().replace(separator, "-"));
      }
    };
  }

  @Test
  @DisplayName("a converter is used wherever a value crosses, for derived types too")
  void everywhereInOne() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      in.register(Shape.class, SHAPES);
      assertThat(in.toPython(new Circle(2)).repr()).isEqualTo("('circle', 2.0)");
      assertThat(in.toPython(Map.of("s", List.of(new Square(1)))).repr())
          .isEqualTo("{'s': [['square', 1.0]]}");
      assertThat(in.eval("('circle', 3)").as(Shape.class)).isEqualTo(new Circle(3));
      assertThat(in.eval("[('circle', 3)]").as(Shape[].class)).containsExactly(new Circle(3));
      assertThat(in.eval("{'name': 'd', 'shapes': [('square', 1)]}").as(Drawing.class))
          .isEqualTo(new Drawing("d", List.of(new Square(1)), Optional.empty()));
      assertThat(in.eval("None").asNullable(Shape.class)).isNull();
      assertThatThrownBy(() -> in.eval("[('circle', 3), 'xy']").as(Shape[].class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("item 1 of the list");
      assertThatThrownBy(() -> in.eval("('line', 3)").as(Shape.class))
          .isInstanceOf(ConversionException.class)
          .hasMessage("no shape: ('line', 3)");
    }
    assertThatThrownBy(() -> PythonUnderTest.main().eval("('circle', 3)").as(Shape.class))
        .as("registered for another interpreter")
        .isInstanceOf(ConversionException.class);
  }

  @Test
  @DisplayName("one of all interpreters gives way to an interpreter's own")
  void inAll() {
    try (Interpreter before = PythonUnderTest.ownGil()) {
      PythonUnderTest.python().register(Place.class, places("_"));
      try (Interpreter after = PythonUnderTest.ownGil()) {
        after.register(Place.class, places("/"));
        assertThat(before.toPython(new Place("de-DE")).asString()).isEqualTo("de_DE");
        assertThat(after.toPython(new Place("de-DE")).asString()).isEqualTo("de/DE");
        before.exec("class P:\n    def pick(self, some, index): return some[index]");
        Picker picker = before.eval("P()").as(Picker.class);
        assertThat(picker.pick(List.of(new Place("en-GB"), new Place("it-IT")), 1))
            .isEqualTo(new Place("it-IT"));
      }
    }
  }

  @Test
  @DisplayName("fixed conversions, and converters without end, are refused")
  void refused() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      Converter<Integer> ints =
          new Converter<>() {
            @Override
            public Object toPython(Integer value, Interpreter interpreter) {
              return value;
            }

            @Override
            public Integer toJava(PyObject object) {
              return 1;
            }
          };
      assertThatThrownBy(() -> in.register(Integer.class, ints))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fixed");
      in.register(
          Shape.class,
          new Converter<>() {
            @Override
            public Object toPython(Shape value, Interpreter interpreter) {
              return value;
            }

            @Override
            public Shape toJava(PyObject object) {
              return new Circle(1);
            }
          });
      assertThatThrownBy(() -> in.toPython(new Circle(1)))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("no end");
    }
  }

  /** What Java code does with shapes and prices. */
  public static class Shop {
    /** Has a price. */
    public static final Price PRICE = new Price(7);

    /** Gives one. */
    public static Price price(long cents) {
      return new Price(cents);
    }

    /** Gives some. */
    public static List<Price> prices() {
      return new ArrayList<>(List.of(new Price(1), new Discount(2)));
    }

    /** Asks for one. */
    public static long cents(Price price) {
      return price.cents;
    }

    /** Asks for anything. */
    public static String kind(Object value) {
      return value.getClass().getSimpleName() + " " + value;
    }

    /** Asks for one or text. */
    public static String either(Price price) {
      return "price";
    }

    /** Asks for one or text. */
    public static String either(String text) {
      return "text";
    }

    /** Asks for some. */
    public static long sum(List<Price> prices) {
      return prices.stream().mapToLong(p -> p.cents).sum();
    }

    /** Asks a function for one. */
    public static long asked(Supplier<Price> supplier) {
      return supplier.get().cents;
    }

    /** Asks for a number. */
    public static int number(int number) {
      return number;
    }
  }

  /** Of no record, so that nothing converts it. */
  public static class Price {
    /** How many. */
    public final long cents;

    /** Of so many. */
    public Price(long cents) {
      this.cents = cents;
    }

    @Override
    public String toString() {
      return Long.toString(cents);
    }
  }

  /** A price of a kind. */
  public static final class Discount extends Price {
    /** Of so many. */
    public Discount(long cents) {
      super(cents);
    }
  }

  private static void inEach(Consumer<Interpreter> body) {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own, shared)) {
        in.exec(
            """
            from dev.vivarium.behaviour import ConvertersTest as T
            Shop, Price = T.Shop, T.Price
            """);
        body.accept(in);
        in.exec("del T, Shop, Price");
      }
    }
  }

  @Test
  @DisplayName("What Java members give is converted where one is registered for results")
  void results() {
    inEach(in -> {
      in.exec("assert isinstance(Shop.price(5), Price)");
      in.registerResult(Price.class, (price, to) -> price.cents == 13 ? price : price.cents / 100.);
      in.exec(
          """
          assert Shop.price(250) == 2.5 and Shop.PRICE == 0.07
          assert list(Shop.prices()) == [0.01, 0.02] and Shop.prices()[1] == 0.02
          assert type(Shop.price(13)) is Price, 'left as it is'
          assert type(Price(5)) is Price, 'a constructor gives what it makes'
          assert Shop.prices().get(0) == 0.01
          """);
      in.registerResult(
          Price.class,
          (price, to) -> {
            throw new IllegalStateException("closed");
          });
      in.exec(
          """
          from java.lang import IllegalStateException
          try:
              Shop.price(1)
          except IllegalStateException as e:
              assert 'closed' in str(e)
          else:
              raise AssertionError()
          del IllegalStateException
          """);
      assertThatThrownBy(() -> in.registerResult(String.class, (text, to) -> text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fixed");
      in.registerResult(Price.class, (price, to) -> price); // of main, for the tests after it
    });
  }

  @Test
  @DisplayName("Objects of a Python class become Java values where the type or Object is asked for")
  void pythonClasses() {
    inEach(in -> {
      in.exec(
          """
          class Euro:
              def __init__(self, cents): self.cents = cents
          class Cut(Euro): pass
          class Count(int): pass
          class Few(Count): pass
          class Plain: pass
          """);
      try (PyObject euro = in.eval("Euro");
          PyObject count = in.eval("Count");
          PyObject few = in.eval("Few")) {
        in.register(euro, Price.class, ConvertersTest::priced);
        in.register(count, Integer.class, python -> 1000);
        in.register(few, Integer.class, python -> 3);
      }
      assertThat(in.eval("Cut(4)").as(Price.class).cents).isEqualTo(4);
      assertThat(in.eval("[Euro(4)]").as(Object.class).toString()).isEqualTo("[4]");
      assertThat(in.eval("Few(9)").as(Integer.class)).isEqualTo(3);
      in.exec(
          """
          assert Shop.cents(Euro(5)) == 5 and Shop.cents(Cut(6)) == 6
          assert Shop.kind(Euro(5)) == 'Price 5' and Shop.either(Euro(5)) == 'price'
          assert Shop.sum([Euro(5), Cut(6), Price(1)]) == 12
          assert Shop.asked(lambda: Euro(8)) == 8
          assert Shop.kind({'a': Euro(5)}) == 'LinkedHashMap {a=5}'
          assert Shop.kind(Count(5)) == 'Integer 1000' and Shop.number(Few(5)) == 3
          assert Shop.kind(Plain()).startswith('PyObject')
          from java.util import ArrayList
          prices = ArrayList()
          prices.add(Euro(5))
          assert type(prices[0]) is Price and prices[0].cents == 5
          try:
              Shop.cents(Euro(-1))
          except TypeError as e:
              assert 'negative' in str(e)
          else:
              raise AssertionError()
          try:
              Shop.cents(Euro(-2))
          except TypeError as e:
              assert 'gave null' in str(e)
          else:
              raise AssertionError()
          del prices, ArrayList
          """);
      assertThatThrownBy(() -> in.eval("[Euro(-1)]").as(Price[].class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("item 0")
          .hasMessageContaining("negative");
      in.exec("del Euro, Cut, Count, Few, Plain");
    });
  }

  private static Price priced(PyObject python) {
    long cents = python.attr("cents").asLong();
    if (cents == -1) {
      throw new IllegalArgumentException("negative");
    }
    return cents == -2 ? null : new Price(cents);
  }

  @Test
  @DisplayName("… no class, a built-in, a Java class and another interpreter's are refused")
  void pythonClassesRefused() {
    try (Interpreter in = PythonUnderTest.ownGil()) {
      for (String none : List.of("5", "int", "dict", "ValueError", "object")) {
        assertThatThrownBy(() -> in.register(in.eval(none), Price.class, p -> new Price(1)))
            .as(none)
            .isInstanceOf(IllegalArgumentException.class);
      }
      in.exec("from java.util import ArrayList; import vivarium; class_ = type('C', (), {})");
      for (String java : List.of("ArrayList", "vivarium.JavaObject", "vivarium.JavaException")) {
        assertThatThrownBy(() -> in.register(in.eval(java), Price.class, p -> new Price(1)))
            .as(java)
            .hasMessageContaining("Java class");
      }
      PyObject others = PythonUnderTest.main().eval("type('C', (), {})");
      assertThatThrownBy(() -> in.register(others, Price.class, p -> new Price(1)))
          .isInstanceOf(WrongInterpreterException.class);
      assertThatThrownBy(() -> in.register(in.eval("class_"), int.class, p -> 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("box");
    }
  }
}
