package dev.vivarium.cpython;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A small jar that is laid out as the real artifact is, to be unpacked in milliseconds. */
final class FakeArtifact {

  static final String PREFIX = "org/bytedeco/cpython/" + Platform.current() + "/";
  static final String LIBRARY = "libpython3.14.so.1.0";
  static final String PROGRAM = "bin/python3.14";
  static final String MATH = "lib/python3.14/lib-dynload/math.cpython-314.so";

  private final Map<String, byte[]> files = new LinkedHashMap<>();

  private final String prefix;

  FakeArtifact() {
    this(PREFIX);
    with(LIBRARY, "a library\n".repeat(5000));
    with("libffi.so.8", "ffi");
    with("libjnipython.so", "not needed");
    with("python3.14", "the program");
    with(PROGRAM, "the program");
    with("bin/python3", "the program");
    with("bin/python3.14-config", "#!/somewhere/else");
    with("bin/pip3", "#!/somewhere/else");
    with("include/python3.14/Python.h", "header");
    with("lib/pkgconfig/python3.pc", "not needed");
    with(MATH, "math");
    with("lib/python3.14/lib-dynload/_ctypes.cpython-314.so", "ctypes");
    with("lib/python3.14/os.py", "# os\n");
    with("lib/python3.14/site.py", "# site\n");
    with("lib/python3.14/encodings/__init__.py", "# encodings\n");
    with("lib/python3.14/ast.py", "# no start looks at this one\n");
    with("lib/python3.14/test/test_os.py", "# test\n");
    with("lib/python3.14/test/data.txt", "data");
  }

  private FakeArtifact(String prefix) {
    this.prefix = prefix;
  }

  /** Without any files. */
  static FakeArtifact empty(String platform) {
    return new FakeArtifact("org/bytedeco/cpython/" + platform + "/");
  }

  FakeArtifact with(String path, String content) {
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  FakeArtifact without(String path) {
    files.remove(path);
    return this;
  }

  /** Writes the jar. Its entries are not compressed, so that a byte of one can be altered. */
  Path write(Path jar) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.setMethod(ZipOutputStream.STORED);
      folder(out, prefix);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        put(out, prefix + file.getKey(), file.getValue());
      }
      put(out, "META-INF/other.txt", new byte[] {1});
    }
    return jar;
  }

  private static void folder(ZipOutputStream out, String name) throws IOException {
    put(out, name, new byte[0]);
  }

  private static void put(ZipOutputStream out, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(content);
    out.closeEntry();
  }
}
