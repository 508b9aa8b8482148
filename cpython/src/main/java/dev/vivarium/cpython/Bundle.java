package dev.vivarium.cpython;

import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The CPython in a jar.
 *
 * @param jar the jar
 * @param contents what of it is wanted
 * @param library the path of libpython in the unpacked folder
 * @param program the path of the {@code python} program in the unpacked folder
 */
record Bundle(Jar jar, Contents contents, String library, String program) {

  private static final String ROOT = "org/bytedeco/cpython/";

  private static final Pattern LIBRARY =
      Pattern.compile(
          "(?:bin/|lib/)?(?:libpython3\\.\\d+t?(?:\\.so\\.1\\.0|\\.dylib)|python3\\d+t?\\.dll)");
  private static final Pattern FFI =
      Pattern.compile("(?:libffi\\.so\\.\\d+|libffi\\.\\d+\\.dylib)");
  private static final Pattern PROGRAM = Pattern.compile("bin/python3(?:\\.\\d+t?)?|python\\.exe");
  // What no Python starts without, and what is large enough to be cut short by a full disk
  private static final Pattern LOOKED_AT =
      Pattern.compile(
          "(?i).*libffi.*"
              + "|lib/(python3\\.\\d+t?/)?(os|site|codecs|io|abc)\\.py"
              + "|lib/(python3\\.\\d+t?/)?(encodings|json|ctypes|importlib)/__init__\\.py"
              + "|(?:.*/)?(?:lib-dynload|dlls|lib)/"
              + "(math|_json|_ctypes|_ssl|_sqlite3|_socket|_decimal)\\.[^/]*");
  private static final Pattern EXTENSIONS = Pattern.compile("lib/python3\\.\\d+t?/lib-dynload/");

  /** The CPython for this machine on the class path or the module path. */
  static Bundle onClassPath() {
    return onClassPath(Platform.current());
  }

  static Bundle onClassPath(String platform) {
    Jar jar = find(platform);
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

  /** The jar with that for a platform on the class path or the module path, or null. */
  static @Nullable Jar find(String platform) {
    URL url = resource(platform);
    return url == null ? onModulePath(platform) : Artifact.jarOf(url, "cpython");
  }

  private static @Nullable URL resource(String platform) {
    return Artifact.resource(folder(platform));
  }

  private static @Nullable Jar onModulePath(String platform) {
    return Artifact.onModulePath("cpython", platform);
  }

  private static String folder(String platform) {
    return ROOT + platform + "/";
  }

  /** The CPython for this machine in a jar. */
  static Bundle ofJar(Jar jar) {
    return ofJar(jar, Platform.current());
  }

  static Bundle ofJar(Jar jar, String platform) {
    return read(jar, folder(platform));
  }

  private static Bundle read(Jar jar, String prefix) {
    List<Contents.Entry> files = new ArrayList<>();
    String library = null;
    String program = null;
    Contents.Entry ffi = null;
    String extensions = null;
    try (ZipFile zip = jar.open()) {
      for (ZipEntry e : Collections.list(zip.entries())) {
        String name = e.getName();
        if (!name.startsWith(prefix) || e.isDirectory()) {
          continue;
        }
        String path = name.substring(prefix.length());
        if (!Selection.isWanted(path)) {
          continue;
        }
        Contents.Entry entry = Contents.Entry.ofJar(jar, e, path);
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
      throw Artifact.unreadable(jar, e);
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
    String platform = prefix.substring(ROOT.length(), prefix.length() - 1);
    String name = "cpython-" + version(library) + "-" + platform;
    String key = Contents.key(files);
    if (ffi != null && extensions != null && EXTENSIONS.matcher(extensions).matches()) {
      // _ctypes looks for it in its own folder, and not where the jar has it.
      files.add(ffi.at(extensions + ffi.path().substring(ffi.path().lastIndexOf('/') + 1)));
    }
    Set<String> lookedAt = new HashSet<>(Set.of(library, program));
    for (Contents.Entry entry : files) {
      if (LOOKED_AT.matcher(entry.path()).matches()) {
        lookedAt.add(entry.path());
      }
    }
    return new Bundle(
        jar,
        new Contents("the embedded CPython", name, key, files, lookedAt, program),
        library,
        program);
  }

  private static String version(String library) {
    String name = library.substring(library.lastIndexOf('/') + 1);
    return name.replaceFirst("^(?:lib)?python3\\.?(\\d+t?)\\..*$", "3.$1");
  }
}
