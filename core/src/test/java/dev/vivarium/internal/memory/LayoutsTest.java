package dev.vivarium.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LayoutsTest {

  private static long offset(MemoryLayout layout, String... names) {
    PathElement[] path = new PathElement[names.length];
    for (int i = 0; i < names.length; i++) {
      path[i] = PathElement.groupElement(names[i]);
    }
    return layout.byteOffset(path);
  }

  @Test
  @DisplayName("A number is its layout, in its byte order")
  void numbers() {
    assertThat(Layouts.of("d", 8)).isEqualTo(ValueLayout.JAVA_DOUBLE_UNALIGNED);
    assertThat(Layouts.of("?", 1)).isEqualTo(ValueLayout.JAVA_BOOLEAN);
    assertThat(((ValueLayout) Layouts.of(">h", 2)).order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    assertThat(((ValueLayout) Layouts.of("<h", 2)).order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(Layouts.of("=l", 4).byteSize()).isEqualTo(4);
    assertThat(Layouts.of("5s", 5).byteSize()).isEqualTo(5);
    assertThat(offset(Layouts.of("Zd", 16), "imag")).isEqualTo(8);
  }

  @Test
  @DisplayName("A record has its fields' names, with padding where C or the format has it")
  void records() {
    MemoryLayout aligned = Layouts.of("T{b:a:d:b:}", 16);
    assertThat(offset(aligned, "b")).isEqualTo(8);
    MemoryLayout packed = Layouts.of("T{b:a:=d:b:}", 9);
    assertThat(offset(packed, "b")).isEqualTo(1);
    MemoryLayout padded = Layouts.of("T{i:a:xxxxd:b:3x}", 19);
    assertThat(offset(padded, "b")).isEqualTo(8);
    assertThat(Layouts.of("T{d:a:?:b:}", 16).byteSize()).isEqualTo(16); // as NumPy has it
    MemoryLayout nested = Layouts.of("T{T{h:x:h:y:}:p:(2,3)f:m:h:end:}", 30);
    assertThat(offset(nested, "p", "y")).isEqualTo(2);
    assertThat(offset(nested, "m")).isEqualTo(4);
    assertThat(offset(nested, "end")).isEqualTo(28);
    assertThat(
            nested.byteOffset(
                PathElement.groupElement("m"),
                PathElement.sequenceElement(1),
                PathElement.sequenceElement(2)))
        .isEqualTo(4 + 4 * 5);
  }

  @Test
  @DisplayName("What has no counterpart is refused, and so is what does not add up")
  void refused() {
    for (String format :
        new String[] {"", "O", "T{O:x:}", "T{i:a:", "T", "(2", "g", "dd", "T{i:a}"}) {
      assertThatThrownBy(() -> Layouts.of(format, 8))
          .as(format)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no counterpart");
    }
    assertThatThrownBy(() -> Layouts.of("i", 8)).hasMessageContaining("makes 4 bytes, not 8");
  }
}
