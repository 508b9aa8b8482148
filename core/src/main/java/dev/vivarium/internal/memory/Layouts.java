package dev.vivarium.internal.memory;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Formats of the {@code struct} module and of PEP 3118 as memory layouts: numbers, and records of
 * them ({@code T{d:x:i:y:}}), with padding, counts, sub-arrays and records inside.
 */
public final class Layouts {

  private final String format;
  private int at;
  private ByteOrder order = ByteOrder.nativeOrder();
  private boolean nativeSizes = true;
  private boolean aligned = true;

  private Layouts(String format) {
    this.format = format;
  }

  /**
   * The layout of one element.
   *
   * @throws IllegalArgumentException for a format without counterpart, such as Python objects, or
   *     one that does not add up to the size
   */
  public static MemoryLayout of(String format, long itemSize) {
    Layouts parsing = new Layouts(format);
    MemoryLayout layout = parsing.element();
    if (parsing.at < format.length()) {
      throw parsing.unknown();
    }
    if (layout instanceof StructLayout record && layout.byteSize() < itemSize) {
      return padded(record, itemSize); // what NumPy leaves unsaid
    }
    if (layout.byteSize() != itemSize) {
      throw new IllegalArgumentException(
          "format \"" + format + "\" makes " + layout.byteSize() + " bytes, not " + itemSize);
    }
    return layout;
  }

  private static MemoryLayout padded(StructLayout record, long itemSize) {
    List<MemoryLayout> members = new ArrayList<>(record.memberLayouts());
    members.add(MemoryLayout.paddingLayout(itemSize - record.byteSize()));
    return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
  }

  private MemoryLayout element() {
    signs();
    List<Long> shape = subArray();
    signs();
    MemoryLayout layout = counted();
    for (int i = shape.size() - 1; i >= 0; i--) {
      layout = MemoryLayout.sequenceLayout(shape.get(i), layout);
    }
    return layout;
  }

  private void signs() {
    for (; at < format.length(); at++) {
      switch (format.charAt(at)) {
        case '@' -> sign(ByteOrder.nativeOrder(), true, true);
        case '^' -> sign(ByteOrder.nativeOrder(), true, false);
        case '=' -> sign(ByteOrder.nativeOrder(), false, false);
        case '<' -> sign(ByteOrder.LITTLE_ENDIAN, false, false);
        case '>', '!' -> sign(ByteOrder.BIG_ENDIAN, false, false);
        default -> {
          return;
        }
      }
    }
  }

  private void sign(ByteOrder newOrder, boolean ofMachine, boolean align) {
    order = newOrder;
    nativeSizes = ofMachine;
    aligned = align;
  }

  // (2,3) in front of a code
  private List<Long> subArray() {
    List<Long> shape = new ArrayList<>();
    if (at < format.length() && format.charAt(at) == '(') {
      int end = format.indexOf(')', at);
      if (end < 0) {
        throw unknown();
      }
      for (String length : format.substring(at + 1, end).split(",", -1)) {
        shape.add(Long.valueOf(length.strip()));
      }
      at = end + 1;
    }
    return shape;
  }

  private MemoryLayout counted() {
    int digits = at;
    while (at < format.length() && Character.isDigit(format.charAt(at))) {
      at++;
    }
    if (digits == at) {
      return one();
    }
    long count = Long.parseLong(format.substring(digits, at));
    return MemoryLayout.sequenceLayout(count, one());
  }

  private MemoryLayout one() {
    if (at >= format.length()) {
      throw unknown();
    }
    char code = format.charAt(at++);
    return switch (code) {
      case 'T' -> record();
      case 'x' -> MemoryLayout.paddingLayout(1);
      case 'Z' -> complex();
      default -> number(code);
    };
  }

  private MemoryLayout complex() {
    MemoryLayout part = one();
    return MemoryLayout.structLayout(part.withName("real"), part.withName("imag"));
  }

  private ValueLayout number(char code) {
    ValueLayout layout =
        switch (code) {
          case '?' -> ValueLayout.JAVA_BOOLEAN;
          case 'b', 'B', 'c', 's', 'p' -> ValueLayout.JAVA_BYTE;
          case 'h', 'H', 'e' -> ValueLayout.JAVA_SHORT_UNALIGNED;
          case 'i', 'I', 'w' -> ValueLayout.JAVA_INT_UNALIGNED;
          case 'l', 'L' ->
              nativeSizes && longBytes() == Long.BYTES
                  ? ValueLayout.JAVA_LONG_UNALIGNED
                  : ValueLayout.JAVA_INT_UNALIGNED;
          case 'q', 'Q', 'n', 'N' -> ValueLayout.JAVA_LONG_UNALIGNED;
          case 'f' -> ValueLayout.JAVA_FLOAT_UNALIGNED;
          case 'd' -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
          default -> throw unknown();
        };
    return layout.withOrder(order);
  }

  // C's long on this system
  private static long longBytes() {
    return Objects.requireNonNull(Linker.nativeLinker().canonicalLayouts().get("long")).byteSize();
  }

  private MemoryLayout record() {
    if (at >= format.length() || format.charAt(at) != '{') {
      throw unknown();
    }
    at++;
    List<MemoryLayout> members = new ArrayList<>();
    long offset = 0;
    while (at < format.length() && format.charAt(at) != '}') {
      MemoryLayout member = element();
      long gap = aligned ? -offset & (alignment(member) - 1) : 0;
      if (gap > 0) {
        members.add(MemoryLayout.paddingLayout(gap));
      }
      offset += gap + member.byteSize();
      members.add(named(member));
      signs();
    }
    if (at >= format.length()) {
      throw unknown();
    }
    at++;
    return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
  }

  private MemoryLayout named(MemoryLayout member) {
    if (at >= format.length() || format.charAt(at) != ':') {
      return member;
    }
    int end = format.indexOf(':', at + 1);
    if (end < 0) {
      throw unknown();
    }
    String name = format.substring(at + 1, end);
    at = end + 1;
    return member.withName(name);
  }

  // As C aligns: that of a record or an array is its largest number's
  private static long alignment(MemoryLayout layout) {
    return switch (layout) {
      case ValueLayout value -> value.byteSize();
      case SequenceLayout sequence -> alignment(sequence.elementLayout());
      case GroupLayout group ->
          group.memberLayouts().stream().mapToLong(Layouts::alignment).max().orElse(1);
      case PaddingLayout padding -> 1;
    };
  }

  private IllegalArgumentException unknown() {
    return new IllegalArgumentException(
        "format \"" + format + "\" has no counterpart in Java's memory layouts");
  }
}
