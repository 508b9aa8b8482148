package dev.vivarium;

import dev.vivarium.internal.memory.Borrowed;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Java's streams and channels as Python files: what {@code files.py} asks of Java. Java's part is
 * done detached, since it may block; bytes go straight between Python's buffer and Java's.
 */
final class JavaFile {

  private static final PerInterpreter<Owned> SOURCE =
      PerInterpreter.owned(new OwnSource(JavaFile.class, "files.py")::run);
  private static final int MOST = 1 << 16; // bytes through Java's heap at a time

  /** Fills Python's memory or reads it: how many bytes, null for none now, or what went wrong. */
  @FunctionalInterface
  interface Transfer {
    @Nullable Object of(PyObject memory);
  }

  /** Gives a number, null, or what went wrong. */
  @FunctionalInterface
  interface Question {
    @Nullable Object ask();
  }

  /** As {@link Question}, of a number. */
  @FunctionalInterface
  interface NumberQuestion {
    @Nullable Object ask(long number);
  }

  /** Java's part of a transfer. */
  @FunctionalInterface
  private interface Bytes {
    int in(MemorySegment memory) throws IOException;
  }

  /** Java's part of anything else. */
  @FunctionalInterface
  private interface Work {
    @Nullable Object run() throws IOException;
  }

  private final Home home;
  private final Map<String, Object> functions = new HashMap<>();

  private JavaFile(Home home, AutoCloseable closed) {
    this.home = home;
    functions.put("close", (Question) () -> detached(() -> close(closed)));
  }

  static PyObject of(Home home, InputStream in) {
    JavaFile file = new JavaFile(home, in);
    byte[] part = new byte[MOST];
    file.transfer("read", memory -> read(in, part, memory));
    return file.open(in);
  }

  static PyObject of(Home home, OutputStream out) {
    JavaFile file = new JavaFile(home, out);
    byte[] part = new byte[MOST];
    file.transfer("write", memory -> write(out, part, memory));
    return file.open(out);
  }

  static PyObject of(Home home, SeekableByteChannel channel) {
    JavaFile file = new JavaFile(home, channel);
    if (can(() -> channel.read(ByteBuffer.allocate(0)))) {
      file.transfer("read", memory -> channel.read(bytes(memory)));
    }
    if (can(() -> channel.write(ByteBuffer.allocate(0)))) {
      file.transfer("write", memory -> channel.write(bytes(memory)));
    }
    file.question("tell", channel::position);
    file.question("size", channel::size);
    file.numberQuestion("seek", channel::position);
    file.numberQuestion("truncate", channel::truncate);
    return file.open(channel);
  }

  /** What Java does with a number, which Python is told again. */
  @FunctionalInterface
  private interface OfNumber {
    Object to(long number) throws IOException;
  }

  private void transfer(String name, Bytes bytes) {
    functions.put(name, (Transfer) memory -> transfer(memory, bytes));
  }

  private void question(String name, Work work) {
    functions.put(name, (Question) () -> detached(work));
  }

  private void numberQuestion(String name, OfNumber work) {
    functions.put(
        name,
        (NumberQuestion)
            number ->
                detached(() -> {
                  work.to(number);
                  return number;
                }));
  }

  private @Nullable Object transfer(PyObject memory, Bytes bytes) {
    try (memory) { // whose wrapper would else be left to the garbage collector
      return memory.within(pointer ->
          Borrowed.during(home, pointer, segment -> detached(() -> transfer(segment, bytes))));
    }
  }

  // One at a time, and with nothing attached, so that no GIL waits for it
  private synchronized @Nullable Object transfer(MemorySegment segment, Bytes bytes)
      throws IOException {
    int count = bytes.in(segment);
    if (count == 0 && segment.byteSize() > 0) {
      return null;
    }
    return Math.max(0, count);
  }

  private @Nullable Object detached(Work work) {
    try {
      return home.detached(work::run);
    } catch (IOException e) {
      return e;
    }
  }

  private static @Nullable Object close(AutoCloseable closed) throws IOException {
    try {
      closed.close();
      return null;
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static int read(InputStream in, byte[] part, MemorySegment memory) throws IOException {
    int count = in.read(part, 0, (int) Math.min(part.length, memory.byteSize()));
    if (count > 0) {
      memory.asSlice(0, count).copyFrom(MemorySegment.ofArray(part).asSlice(0, count));
    }
    return count;
  }

  // Flushed each time: what Python has flushed shall not wait in a buffer of Java's
  private static int write(OutputStream out, byte[] part, MemorySegment memory) throws IOException {
    int count = (int) Math.min(part.length, memory.byteSize());
    MemorySegment.ofArray(part).asSlice(0, count).copyFrom(memory.asSlice(0, count));
    out.write(part, 0, count);
    out.flush();
    return count;
  }

  private static ByteBuffer bytes(MemorySegment memory) {
    return memory.asSlice(0, Math.min(memory.byteSize(), Integer.MAX_VALUE)).asByteBuffer();
  }

  private static boolean can(Work nothing) {
    try {
      nothing.run();
      return true;
    } catch (NonReadableChannelException
        | NonWritableChannelException
        | UnsupportedOperationException e) {
      return false;
    } catch (IOException e) {
      return true; // it would, and says so when it is used
    }
  }

  private PyObject open(Object stream) {
    String name = "<" + stream.getClass().getName() + ">";
    return PyObject.ofCall(home, SOURCE.in(home).item("binary"), name, functions);
  }

  /** The class of files that write through {@link PyWritableFile}; borrowed, attached. */
  static long writer(Home home) {
    return SOURCE.in(home).item("Writer");
  }
}
