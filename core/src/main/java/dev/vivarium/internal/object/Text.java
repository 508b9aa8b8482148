package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Memory;
import dev.vivarium.internal.capi.StrLayout;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.thread.JavaThread;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Java strings and Python strs, all of Unicode, with lone surrogates kept as they are. */
public final class Text {

  // Arena.global(): one text for the life of the process
  private static final long SURROGATEPASS = Arena.global().allocateFrom("surrogatepass").address();
  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final long UTF_16 =
      Arena.global().allocateFrom(LITTLE ? "utf-16-le" : "utf-16-be").address();

  private static final int LOOKED_THROUGH = 64;

  private Text() {}

  /** A new reference, or 0 with an exception raised. */
  public static long toPython(String text) {
    if (!isLatin1(text, Math.min(text.length(), LOOKED_THROUGH))) {
      return fromUtf16(text);
    }
    int length = text.length();
    byte[] bytes = room(length);
    lowHalves(text, bytes);
    // A long text is compared as a whole, which is many times faster than char by char
    return length <= LOOKED_THROUGH
            || text.equals(new String(bytes, 0, length, StandardCharsets.ISO_8859_1))
        ? fromLatin1(bytes, length)
        : fromUtf16(text);
  }

  // Short ones cost less anew
  private static byte[] room(int length) {
    return length <= LOOKED_THROUGH ? new byte[length] : JavaThread.current().room(length);
  }

  @SuppressWarnings("deprecation") // it leaves half of each char out, which there is nothing in
  private static void lowHalves(String text, byte[] into) {
    text.getBytes(0, text.length(), into, 0);
  }

  private static boolean isLatin1(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  private static long fromLatin1(byte[] bytes, int length) {
    JavaThread thread = JavaThread.current();
    long scratch = thread.scratch(padded(length));
    if (scratch != 0) {
      try {
        return fromLatin1(bytes, length, scratch);
      } finally {
        thread.scratchFree(scratch);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      return fromLatin1(bytes, length, arena.allocate(length).address());
    }
  }

  private static long fromLatin1(byte[] bytes, int length, long copy) {
    Memory.putBytes(copy, bytes, length);
    return C.PyUnicode_DecodeLatin1(copy, length, 0);
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
