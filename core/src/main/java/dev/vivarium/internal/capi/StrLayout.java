package dev.vivarium.internal.capi;

import static dev.vivarium.internal.capi.CApi.C;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The text of a str, read where its characters lie: by CPython's functions every text that is not
 * ASCII costs two more copies, one of which the str keeps for its life. Where they lie is taken
 * only if strs of each kind show it, when this class is first used, by an attached thread.
 */
public final class StrLayout {

  private static final long LENGTH = Types.headOrZero();
  private static final long STATE = LENGTH + 2L * Long.BYTES; // behind the hash
  private static final long ASCII_TEXT = STATE + Long.BYTES;
  private static final long OTHER_TEXT =
      ASCII_TEXT + 2L * Long.BYTES; // behind UTF-8 and its length

  // In the state: three bits for the bytes of a character, then one for "in one piece" and one for
  // ASCII; in front of them what is interned, in 2 bits or, from 3.14 on, in 16
  private static final int[] KNOWN_SHIFTS = {2, 8, 16};
  private static final int KIND = 7;
  private static final int COMPACT = 8;
  private static final int ASCII = 16;
  private static final int UNPROVEN = -1;

  private static final int SHIFT = prove();

  private StrLayout() {}

  /** Gives an array for so many bytes, or a larger one, which is left alone afterwards. */
  @FunctionalInterface
  public interface Room {
    byte[] of(int bytes);
  }

  /** The text of an object that is exactly a str, or null if only CPython can tell. */
  public static @Nullable String text(long str, Room room) {
    return SHIFT == UNPROVEN ? null : text(str, SHIFT, room);
  }

  private static @Nullable String text(long str, int shift, Room room) {
    int state = Memory.getInt(str + STATE) >> shift;
    if ((state & COMPACT) == 0) {
      return null;
    }
    int length = Math.toIntExact(Memory.getLong(str + LENGTH));
    long text = str + ((state & ASCII) != 0 ? ASCII_TEXT : OTHER_TEXT);
    return switch (state & KIND) {
      case 1 -> {
        byte[] bytes = room.of(length);
        Memory.getBytes(text, bytes, length);
        yield new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
      }
      case 2 -> {
        char[] chars = new char[length];
        Memory.copyTo(chars, text);
        yield new String(chars);
      }
      case 4 -> {
        int[] codePoints = new int[length];
        Memory.copyTo(codePoints, text);
        yield new String(codePoints, 0, length);
      }
      default -> null;
    };
  }

  /** Asks strs of each kind, short and long, whose text is known. */
  private static int prove() {
    if (LENGTH == 0) {
      return UNPROVEN;
    }
    for (int shift : KNOWN_SHIFTS) {
      boolean shown = true;
      for (String text :
          new String[] {
            "",
            "x",
            "proven",
            "\u00e9",
            "caf\u00e9",
            "\u0416",
            "\u0416x",
            "x\u20ac",
            "\ud83d\ude00",
            "x\u0416\ud83d\ude00\u00e9",
            "\u007f",
            "\u0080",
            "\u00ff",
            "\u0100"
          }) {
        shown = shown && shows(text, shift);
      }
      if (shown) {
        return shift;
      }
    }
    return UNPROVEN;
  }

  private static boolean shows(String text, int shift) {
    try (Arena arena = Arena.ofConfined()) {
      long order = arena.allocate(8, 8).address();
      Memory.putInt(order, ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? -1 : 1);
      long copy = arena.allocate(2L * text.length() + 2, 2).address();
      Memory.putChars(copy, text);
      long str = C.PyUnicode_DecodeUTF16(copy, 2L * text.length(), 0, order);
      if (str == 0) {
        C.PyErr_Clear();
        return false;
      }
      try {
        int greatest = 0;
        for (int i = 0; i < text.length(); i++) {
          greatest = Math.max(greatest, text.codePointAt(i));
        }
        int state = Memory.getInt(str + STATE) >> shift;
        int kind = greatest <= 0xFF ? 1 : greatest <= 0xFFFF ? 2 : 4;
        // In this order: what is not shown is not read
        return Memory.getLong(str + LENGTH) == text.codePointCount(0, text.length())
            && (state & KIND) == kind
            && (state & COMPACT) != 0
            && ((state & ASCII) != 0) == (greatest < 0x80)
            && text.equals(text(str, shift, byte[]::new));
      } finally {
        C.Py_DecRef(str);
      }
    }
  }
}
