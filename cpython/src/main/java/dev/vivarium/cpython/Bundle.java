package dev.vivarium.cpython;

import dev.vivarium.PythonStartException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The CPython in a jar: which of its files are wanted, and what tells it from another one.
 *
 * @param jar the jar
 * @param prefix the folder in the jar, with a slash at its end
 * @param files what is wanted, in the jar's order
 * @param library the path of libpython in the unpacked folder
 * @param program the path of the {@code python} program in the unpacked folder
 * @param key what tells this CPython from every other: of the same files, always the same
 */
record Bundle(
    Path jar, String prefix, List<Entry> files, String library, String program, String key) {

  /**
   * A file to unpack.
   *
   * @param source its name in the jar
   * @param path where it goes, relative to the unpacked folder
   * @param size in bytes
   * @param crc the CRC-32 of its content
   */
  record Entry(String source, String path, long size, long crc) {}

  private static final String ROOT = "org/bytedeco/cpython/";

  private static final Pattern LIBRARY =
      Pattern.compile(
          "(?:bin/|lib/)?(?:libpython3\\.\\d+t?(?:\\.so\\.1\\.0|\\.dylib)|python3\\d+t?\\.dll)");
  private static final Pattern FFI =
      Pattern.compile("(?:libffi\\.so\\.\\d+|libffi\\.\\d+\\.dylib)");
  private static final Pattern PROGRAM = Pattern.compile("bin/python3(?:\\.\\d+t?)?|python\\.exe");
  private static final Pattern EXTENSIONS = Pattern.compile("lib/python3\\.\\d+t?/lib-dynload/");

  /** The CPython for this machine on the class path or the module path. */
  static Bundle onClassPath() {
    return onClassPath(Platform.current());
  }

  static Bundle onClassPath(String platform) {
    URL url = resource(platform);
    if (url != null) {
      return read(jarOf(url), folder(platform));
    }
    Path jar = onModulePath(platform);
    if (jar != null) {
      return read(jar, folder(platform));
    }
    List<String> others =
        Platform.ALL.stream()
            .filter(other -> resource(other) != null || onModulePath(other) != null)
            .toList();
    throw new PythonStartException(
        "the embedded CPython for "
            + platform
            + " is not there"
            + (others.isEmpty() ? "" : ", only that for " + String.join(" and ", others))
            + ": "
            + (Platform.ALL.contains(platform)
                ? "add the artifact dev.vivarium:vivarium-cpython-" + platform + ", or name"
                : "there is none for this platform; name")
            + " another Python (PythonOptions, --python, VIVARIUM_PYTHON)");
  }

  private static @Nullable URL resource(String platform) {
    ClassLoader own = Bundle.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    URL url = own == null ? null : own.getResource(folder(platform));
    return url == null && context != null ? context.getResource(folder(platform)) : url;
  }

  /**
   * The artifact's jar on the module path, or null. It is a module that requires JavaCPP, which
   * nobody has, so it is never resolved, and no class loader sees it.
   */
  private static @Nullable Path onModulePath(String platform) {
    String path = System.getProperty("jdk.module.path", "");
    if (path.isEmpty()) {
      return null;
    }
    Path[] entries =
        Arrays.stream(path.split(Pattern.quote(File.pathSeparator)))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .toArray(Path[]::new);
    try {
      return ModuleFinder.of(entries)
          .find("org.bytedeco.cpython." + platform.replace('-', '.'))
          .flatMap(ModuleReference::location)
          .map(Path::of)
          .orElse(null);
    } catch (FindException | IllegalArgumentException e) {
      throw new PythonStartException("the module path " + path + " cannot be read", e);
    }
  }

  private static String folder(String platform) {
    return ROOT + platform + "/";
  }

  /** The CPython for this machine in a jar. */
  static Bundle ofJar(Path jar) {
    return ofJar(jar, Platform.current());
  }

  static Bundle ofJar(Path jar, String platform) {
    return read(jar, folder(platform));
  }

  /** The jar that a class path resource lies in. */
  private static Path jarOf(URL url) {
    String text = url.toString();
    int end = text.indexOf("!/");
    if (text.startsWith("jar:file:") && end == text.lastIndexOf("!/")) {
      try {
        return Path.of(URI.create(text.substring("jar:".length(), end)));
      } catch (IllegalArgumentException e) {
        throw new PythonStartException("the CPython on the class path cannot be read: " + url, e);
      }
    }
    throw new PythonStartException(
        "the CPython on the class path is not in a jar file of its own, but at "
            + url
            + "; keep the jar of org.bytedeco:cpython a file outside of other jars, or name"
            + " another Python (PythonOptions, --python, VIVARIUM_PYTHON)");
  }

  private static Bundle read(Path jar, String prefix) {
    List<Entry> files = new ArrayList<>();
    String library = null;
    String program = null;
    Entry ffi = null;
    String extensions = null;
    Key key = new Key();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry e : Collections.list(zip.entries())) {
        String name = e.getName();
        if (!name.startsWith(prefix) || e.isDirectory()) {
          continue;
        }
        String path = name.substring(prefix.length());
        if (!Selection.isWanted(path)) {
          continue;
        }
        Entry entry = new Entry(name, path, e.getSize(), e.getCrc());
        key.add(entry);
        files.add(entry);
        if (LIBRARY.matcher(path).matches()) {
          library = path;
        } else if (PROGRAM.matcher(path).matches()) {
          // The longest name is the one with the version, which nothing shadows.
          program = program == null || program.length() < path.length() ? path : program;
        } else if (FFI.matcher(path).matches()) {
          ffi = entry;
        } else if (extensions == null && path.contains("/lib-dynload/")) {
          extensions = path.substring(0, path.lastIndexOf('/') + 1);
        }
      }
    } catch (IOException e) {
      throw new PythonStartException(
          jar
              + " cannot be read: "
              + e.getMessage()
              + "; delete it and let the build fetch it again",
          e);
    }
    if (library == null || program == null) {
      throw new PythonStartException(
          jar
              + " has no CPython for this machine: "
              + (files.isEmpty()
                  ? "there is no " + prefix + " in it"
                  : "libpython or its program is missing in " + prefix)
              + "; use org.bytedeco:cpython with the classifier "
              + Platform.current());
    }
    if (ffi != null && extensions != null && EXTENSIONS.matcher(extensions).matches()) {
      // _ctypes looks for it in its own folder, and not where the jar has it.
      String name = ffi.path().substring(ffi.path().lastIndexOf('/') + 1);
      files.add(new Entry(ffi.source(), extensions + name, ffi.size(), ffi.crc()));
    }
    return new Bundle(jar, prefix, List.copyOf(files), library, program, key.text());
  }

  /** The name of the folder in the cache. */
  String folderName() {
    String name = library.substring(library.lastIndexOf('/') + 1);
    String version = name.replaceFirst("^(?:lib)?python3\\.?(\\d+t?)\\..*$", "3.$1");
    String platform = prefix.substring(ROOT.length(), prefix.length() - 1);
    return "cpython-" + version + "-" + platform + "-" + key;
  }

  /** How many bytes it takes on a disk. */
  long bytes() {
    long bytes = 0;
    for (Entry entry : files) {
      // A disk gives out whole blocks.
      bytes += (entry.size() + 4095) / 4096 * 4096;
    }
    return bytes;
  }

  InputStream open(ZipFile zip, Entry entry) throws IOException {
    ZipEntry found = zip.getEntry(entry.source());
    InputStream in = found == null ? null : zip.getInputStream(found);
    if (in == null) {
      throw new IOException(jar + " has changed: " + entry.source() + " is no longer in it");
    }
    return in;
  }

  /** Two checksums over what the jar lists: quick, and enough to tell artifacts apart. */
  private static final class Key {
    private final CRC32 one = new CRC32();
    private final CRC32C other = new CRC32C();
    private final ByteBuffer numbers = ByteBuffer.allocate(16);

    void add(Entry entry) {
      byte[] name = entry.path().getBytes(StandardCharsets.UTF_8);
      one.update(name);
      other.update(name);
      byte[] sizeAndSum = numbers.putLong(0, entry.size()).putLong(8, entry.crc()).array();
      one.update(sizeAndSum);
      other.update(sizeAndSum);
    }

    String text() {
      return HexFormat.of().toHexDigits((one.getValue() << 32) | other.getValue());
    }
  }
}
