package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.StrLayout;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Java strings and Python strs, all of Unicode, with lone surrogates kept as they are. */
public final class Text {

  // Arena.global(): one text for the life of the process
  private static final long SURROGATEPASS = Arena.global().allocateFrom("surrogatepass").address();
  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final long UTF_16 =
      Arena.global().allocateFrom(LITTLE ? "utf-16-le" : "utf-16-be").address();

  private static final int LOOKED_AT = 1; // most texts of other characters begin with one
  private static final int SHORT = 64;
  private static final int QUESTION_MARKS = 64;

  private Text() {}

  /** A new reference, or 0 with an exception raised. */
  public static long toPython(String text) {
    if (!isLatin1(text, Math.min(text.length(), LOOKED_AT))) {
      return fromUtf16(text);
    }
    long str = fromLatin1(text);
    if (str == 0 || isAllOf(text, str)) {
      return str;
    }
    C.Py_DecRef_quick(str);
    return fromUtf16(text);
  }

  /**
   * Whether the str that was made of a text in Latin-1 has all of it: there are question marks in
   * it for what is not Latin-1. They are found many times faster than chars are looked at one by
   * one.
   */
  private static boolean isAllOf(String text, long str) {
    int length = text.length();
    long from = 0;
    for (int i = 0; i < QUESTION_MARKS; i++) {
      long found = C.PyUnicode_FindChar(str, '?', from, length, 1);
      if (found < 0) {
        return true;
      }
      if (text.charAt((int) found) != '?') {
        return false;
      }
      from = found + 1;
    }
    return isLatin1(text, length);
  }

  private static boolean isLatin1(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  // Short ones cost less anew
  private static byte[] room(int length) {
    return length <= SHORT ? new byte[length] : JavaThread.current().room(length);
  }

  private static long fromLatin1(String text) {
    JavaThread thread = JavaThread.current();
    long bytes = text.length() + 1L;
    long scratch = thread.scratch(padded(bytes));
    if (scratch != 0) {
      try {
        return fromLatin1(text, scratch);
      } finally {
        thread.scratchFree(scratch);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      return fromLatin1(text, arena.allocate(bytes).address());
    }
  }

  private static long fromLatin1(String text, long copy) {
    Memory.putLatin1(copy, text);
    int length = text.length();
    return length <= SHORT
        ? C.PyUnicode_DecodeLatin1_short(copy, length, 0)
        : C.PyUnicode_DecodeLatin1(copy, length, 0);
  }

  private static long fromUtf16(String text) {
    JavaThread thread = JavaThread.current();
    long bytes = Long.BYTES + 2L * text.length();
    long scratch = thread.scratch(padded(bytes));
    if (scratch != 0) {
      try {
        return fromUtf16(text, scratch);
      } finally {
        thread.scratchFree(scratch);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      return fromUtf16(text, arena.allocate(bytes, Long.BYTES).address());
    }
  }

  private static long fromUtf16(String text, long memory) {
    Memory.putInt(memory, LITTLE ? -1 : 1);
    long copy = memory + Long.BYTES;
    Memory.putChars(copy, text);
    return C.PyUnicode_DecodeUTF16(copy, 2L * text.length(), SURROGATEPASS, memory);
  }

  /** The text of a str. */
  public static String toJava(Home home, long str) {
    String text = Types.typeOf(str) == Types.STR ? StrLayout.text(str, Text::room) : null;
    if (text != null) {
      return text;
    }
    JavaThread thread = JavaThread.current();
    long size = thread.scratch(Long.BYTES);
    if (size != 0) {
      try {
        return toJava(home, str, size);
      } finally {
        thread.scratchFree(size);
      }
    }
    try (Arena arena = Arena.ofConfined()) { // deep in nested calls
      return toJava(home, str, arena.allocate(ValueLayout.JAVA_LONG).address());
    }
  }

  private static String toJava(Home home, long str, long size) {
    long utf8 = C.PyUnicode_AsUTF8AndSize(str, size);
    if (utf8 == 0) {
      C.PyErr_Clear();
      return fromSurrogates(home, str);
    }
    return Memory.getUtf8(utf8, Math.toIntExact(Memory.getLong(size)));
  }

  private static String fromSurrogates(Home home, long str) {
    long bytes = home.checked(C.PyUnicode_AsEncodedString(str, UTF_16, SURROGATEPASS));
    try {
      int length = Math.toIntExact(C.PyBytes_Size(bytes) / 2);
      char[] chars = new char[length];
      byte[] raw = Memory.getBytes(C.PyBytes_AsString(bytes), 2 * length);
      java.nio.ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder()).asCharBuffer().get(chars);
      return new String(chars);
    } finally {
      C.Py_DecRef(bytes);
    }
  }

  private static long padded(long bytes) {
    return (bytes + 15L) & ~7L;
  }
}
