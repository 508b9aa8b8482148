package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Converter;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.PythonUnderTest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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

  /** What Python's pick does. */
  public interface Picker {
    /** One of some. */
    Locale pick(List<Locale> some, int index);
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

  private static Converter<Locale> locales(String separator) {
    return new Converter<>() {
      @Override
      public Object toPython(Locale locale, Interpreter interpreter) {
        return locale.toLanguageTag().replace("-", separator);
      }

      @Override
      public Locale toJava(PyObject python) {
        return Locale.forLanguageTag(python.asString().replace(separator, "-"));
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
      PythonUnderTest.python().register(Locale.class, locales("_"));
      try (Interpreter after = PythonUnderTest.ownGil()) {
        after.register(Locale.class, locales("/"));
        assertThat(before.toPython(Locale.GERMANY).asString()).isEqualTo("de_DE");
        assertThat(after.toPython(Locale.GERMANY).asString()).isEqualTo("de/DE");
        before.exec("class P:\n    def pick(self, some, index): return some[index]");
        Picker picker = before.eval("P()").as(Picker.class);
        assertThat(picker.pick(List.of(Locale.UK, Locale.ITALY), 1)).isEqualTo(Locale.ITALY);
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
}
