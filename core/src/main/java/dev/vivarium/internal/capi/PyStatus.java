package dev.vivarium.internal.capi;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** What CPython's start functions return by value: whether it went well, and where it did not. */
record PyStatus(boolean failed, String message) {

  static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_INT,
          MemoryLayout.paddingLayout(4),
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          MemoryLayout.paddingLayout(4));

  static PyStatus of(MemorySegment status) {
    long function = status.get(ValueLayout.JAVA_LONG, 8);
    long message = status.get(ValueLayout.JAVA_LONG, 16);
    return new PyStatus(
        status.get(ValueLayout.JAVA_INT, 0) != 0,
        (function == 0 ? "" : Memory.getString(function) + ": ")
            + (message == 0 ? "no reason given" : Memory.getString(message)));
  }
}
