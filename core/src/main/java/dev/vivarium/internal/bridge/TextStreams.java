package dev.vivarium.internal.bridge;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Call;
import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import dev.vivarium.internal.object.Owned;
import dev.vivarium.internal.object.PerInterpreter;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Java writers and a reader as an interpreter's standard streams (promise S3); null for those that
 * stay the process's own. Java's part is done detached, since it may block.
 */
public record TextStreams(@Nullable Writer out, @Nullable Writer err, @Nullable Reader in) {

  /** Those of the process. */
  public static final TextStreams OWN = new TextStreams(null, null, null);

  private static final OwnSource SOURCE = new OwnSource(TextStreams.class, "streams.py");

  // The classes that files are made of
  private static final PerInterpreter<Owned> CLASSES =
      PerInterpreter.owned(home -> SOURCE.run(home, Map.of("streams", Map.of())));

  private static final PerInterpreter<Live> LIVE = new PerInterpreter<>(_ -> new Live(OWN));
  private static final String ENDED = "the interpreter has ended";

  /** Python code may leak its streams; what they lead to shall not live on with them. */
  private static final class Live implements PerInterpreter.Kept {
    volatile TextStreams streams;

    Live(TextStreams streams) {
      this.streams = streams;
    }

    @Override
    public void ended() {
      streams = OWN;
    }
  }

  /** Writes text; gives what went wrong. */
  @FunctionalInterface
  interface Put {
    @Nullable IOException put(String text);
  }

  /**
   * Reads text, so many characters at most or one more; gives null at the end, or what went wrong.
   */
  @FunctionalInterface
  interface Take {
    @Nullable Object take(int most);
  }

  /** Closes; gives what went wrong. */
  @FunctionalInterface
  interface Shut {
    @Nullable IOException shut();
  }

  public TextStreams withOut(Writer writer) {
    return new TextStreams(writer, err, in);
  }

  public TextStreams withErr(Writer writer) {
    return new TextStreams(out, writer, in);
  }

  public TextStreams withIn(Reader reader) {
    return new TextStreams(out, err, reader);
  }

  /** These, and {@code System.out} and {@code System.err} where there is none to write to. */
  public TextStreams orSystem() {
    return new TextStreams(
        out == null ? new SystemWriter(() -> System.out) : out,
        err == null ? new SystemWriter(() -> System.err) : err,
        in);
  }

  /** Puts them into {@code sys}; attached. */
  public void install(Home home) {
    Live live = new Live(this);
    LIVE.set(home, live);
    Map<String, Object> streams = new HashMap<>();
    if (out != null) {
      streams.put("stdout", (Put) text -> home.detached(() -> write(live.streams.out, text)));
    }
    if (err != null) {
      streams.put("stderr", (Put) text -> home.detached(() -> write(live.streams.err, text)));
    }
    if (in != null) {
      streams.put("stdin", (Take) most -> home.detached(() -> read(live.streams.in, most)));
    }
    if (!streams.isEmpty()) {
      C.Py_DecRef(SOURCE.run(home, Map.of("streams", streams)));
    }
  }

  /** A new reference to a text file that reads from a Java reader; attached. */
  public static long file(Home home, Reader reader) {
    return file(home, "reading", (Take) most -> home.detached(() -> read(reader, most)), reader);
  }

  /** A new reference to a text file that writes to a Java writer; attached. */
  public static long file(Home home, Writer writer) {
    return file(home, "writing", (Put) text -> home.detached(() -> write(writer, text)), writer);
  }

  private static long file(Home home, String made, Object function, Closeable closed) {
    try (Call call = Call.of(home)) {
      long maker = CLASSES.in(home).item(made);
      Shut shut = () -> home.detached(() -> close(closed));
      return home.checked(call.add(function).add(shut).callFunction(maker));
    }
  }

  private static @Nullable IOException close(Closeable closed) {
    try {
      closed.close();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static @Nullable IOException write(@Nullable Writer writer, String text) {
    if (writer == null) {
      return new IOException(ENDED);
    }
    try {
      writer.write(text);
      writer.flush();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static @Nullable Object read(@Nullable Reader reader, int most) {
    if (reader == null) {
      return new IOException(ENDED);
    }
    try {
      char[] text = new char[most + 1];
      int count = reader.read(text, 0, most);
      if (count < 0) {
        return null;
      }
      if (count > 0 && Character.isHighSurrogate(text[count - 1])) {
        int low = reader.read(); // so that no character comes in two halves
        if (low >= 0) {
          text[count++] = (char) low;
        }
      }
      return new String(text, 0, count);
    } catch (IOException e) {
      return e;
    }
  }
}
