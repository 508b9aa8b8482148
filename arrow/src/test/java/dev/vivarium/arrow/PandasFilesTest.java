package dev.vivarium.arrow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.PythonUnderTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Java's streams as the files of pandas; here, since here is where the tests have one. */
@ExtendWith(WithPyArrow.class)
final class PandasFilesTest {

  private static final int ROWS = 100_000; // more than any buffer on the way

  private final Interpreter main = PythonUnderTest.main();

  private static String csv() {
    StringBuilder text = new StringBuilder("id,näme\n");
    for (int i = 0; i < ROWS; i++) {
      text.append(i).append(",\"line ").append(i).append(", ä\"\n");
    }
    return text.toString();
  }

  private void assertReads(PyObject file, String options) {
    main.exec("import pandas");
    try (file;
        PyObject read = main.eval("lambda f: pandas.read_csv(f" + options + ")");
        PyObject frame = read.call(file);
        PyObject summary =
            main.eval("lambda d: (list(d), len(d), int(d['id'].sum()), d['näme'].iloc[-1])");
        PyObject found = summary.call(frame)) {
      assertThat(found.repr()).isEqualTo("(['id', 'näme'], 100000, 4999950000, 'line 99999, ä')");
    }
  }

  @Test
  @DisplayName("pandas.read_csv reads a Java InputStream, a compressed one and a Reader")
  void reads() throws IOException {
    byte[] bytes = csv().getBytes(UTF_8);
    assertReads(main.file(new ByteArrayInputStream(bytes)), "");
    assertReads(main.file(new ByteArrayInputStream(bytes)), ", engine='python'");
    assertReads(main.file(new StringReader(csv())), "");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    assertReads(main.file(new ByteArrayInputStream(packed.toByteArray())), ", compression='gzip'");
  }

  @Test
  @DisplayName("… and writes to a Java Writer, chunk by chunk")
  void writes() {
    main.exec("import pandas");
    StringWriter written = new StringWriter();
    try (PyObject file = main.file(written);
        PyObject write =
            main.eval(
                "lambda f: pandas.DataFrame({'a': range(50_000), 'b': 'ö'})"
                    + ".to_csv(f, index=False, chunksize=1000)")) {
      write.call(file).close();
      file.callMethod("flush").close();
    }
    assertThat(written.toString().lines()).hasSize(50_001).endsWith("49999,ö");
  }

  @Test
  @DisplayName("… and what the stream throws comes out of read_csv as itself")
  void fails() {
    main.exec("import pandas");
    IOException broken = new IOException("the line is cut");
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw broken;
          }
        };
    try (PyObject file = main.file(failing);
        PyObject read = main.eval("lambda f: pandas.read_csv(f)")) {
      assertThatThrownBy(() -> read.call(file))
          .satisfiesAnyOf(
              thrown -> assertThat(thrown).isSameAs(broken),
              thrown ->
                  assertThat(thrown)
                      .isInstanceOf(PythonException.class)
                      .hasMessageContaining("the line is cut")
                      .hasRootCause(broken));
    }
  }
}
