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
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    // A long text is compared as a whole, which is many times faster than char by char
    return text.length() <= LOOKED_THROUGH
            || text.equals(new String(bytes, StandardCharsets.ISO_8859_1))
        ? fromLatin1(bytes)
        : fromUtf16(text);
  }

  private static boolean isLatin1(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) > 0xFF) {
        return false;
      }
    }
    return true;
  }

  private static long fromLatin1(byte[] bytes) {
    JavaThread thread = JavaThread.current();
    long scratch = thread.scratch(padded(bytes.length));
    if (scratch != 0) {
      try {
        Memory.putBytes(scratch, bytes);
        return C.PyUnicode_DecodeLatin1(scratch, bytes.length, 0);
      } finally {
        thread.scratchFree(scratch);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      long copy = arena.allocate(bytes.length).address();
      Memory.putBytes(copy, bytes);
      return C.PyUnicode_DecodeLatin1(copy, bytes.length, 0);
    }
  }

  private static long fromUtf16(String text) {
    try (Arena arena = Arena.ofConfined()) {
      long order = arena.allocate(8, 8).address();
      Memory.putInt(order, LITTLE ? -1 : 1);
      long copy = arena.allocate(2L * text.length(), 2).address();
      Memory.putChars(copy, text);
      return C.PyUnicode_DecodeUTF16(copy, 2L * text.length(), SURROGATEPASS, order);
    }
  }

  /** The text of a str. */
  public static String toJava(Home home, long str) {
    String text = Types.typeOf(str) == Types.STR ? StrLayout.text(str) : null;
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

  private static long padded(int bytes) {
    return (bytes + 15L) & ~7L;
  }
}
