package dev.vivarium.internal.imports;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.OwnSource;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The Python modules below {@code META-INF/python/} of a class loader, for one interpreter or
 * several. Any thread may use it; Python's calls come detached.
 */
public final class ClassPathModules {

  /**
   * Where they lie. No package of Java's can have that name, and so no module hides what is there.
   */
  public static final String FOLDER = "META-INF/python/";

  private static final OwnSource SOURCE = new OwnSource(ClassPathModules.class, "class_path.py");

  private final ClassLoader loader;
  private final Cache cache = new Cache();

  // Code of what does not change
  private final Map<String, byte[]> compiled = new ConcurrentHashMap<>();

  private volatile @Nullable Roots known;

  /** What is asked with the path of a resource. */
  @FunctionalInterface
  interface TextOf {
    @Nullable String of(String path) throws IOException;
  }

  /** What is asked for bytes. */
  @FunctionalInterface
  interface BytesOf {
    byte @Nullable [] of(String path) throws IOException;
  }

  /** Finds a module. */
  @FunctionalInterface
  interface Find {
    @Nullable String find(String base, String extensions) throws IOException;
  }

  /** Unpacks a resource. */
  @FunctionalInterface
  interface Unpack {
    String unpack(String path) throws IOException;
  }

  /** Looks for code. */
  @FunctionalInterface
  interface Code {
    byte @Nullable [] code(String path, String tag) throws IOException;
  }

  /** Keeps code. */
  @FunctionalInterface
  interface Keep {
    void keep(String path, String tag, byte[] source, byte[] code, boolean onDisk)
        throws IOException;
  }

  private ClassPathModules(ClassLoader loader) {
    this.loader = loader;
  }

  /** Those of a class loader, or null if there is no such folder. */
  public static @Nullable ClassPathModules of(ClassLoader loader) {
    return loader.getResource(FOLDER) == null ? null : new ClassPathModules(loader);
  }

  /** Lets an interpreter import them, after all others; attached. */
  public void install(Home home) {
    Find find = this::find;
    TextOf kind = this::kind;
    TextOf list = this::list;
    BytesOf read = this::read;
    Unpack unpack = this::unpack;
    Code code = this::code;
    Keep keep = this::keep;
    Runnable forget = this::forget;
    C.Py_DecRef(
        SOURCE.run(
            home,
            Map.ofEntries(
                Map.entry("find", find),
                Map.entry("kind", kind),
                Map.entry("listed", list),
                Map.entry("read", read),
                Map.entry("unpack", unpack),
                Map.entry("code", code),
                Map.entry("keep", keep),
                Map.entry("forget", forget))));
  }

  // Two threads may both look: they see the same
  private Roots roots() throws IOException {
    Roots roots = known;
    if (roots == null) {
      roots = new Roots(loader, FOLDER);
      known = roots;
    }
    return roots;
  }

  /** Has it looked anew, for a class loader that has got more jars. */
  private void forget() {
    known = null;
    compiled.clear();
  }

  /**
   * What follows that path where a module or package of it lies: {@code /__init__.py}, the suffix
   * of an extension module, {@code .py}, or {@code /} for a folder; null if nothing is there.
   *
   * @param extensions the suffixes of extension modules, with spaces between them
   */
  private @Nullable String find(String base, String extensions) throws IOException {
    if (!isInside(base)) {
      return null;
    }
    Roots roots = roots();
    boolean folder = roots.hasFolder(base);
    for (String inner : folder ? List.of("/__init__", "") : List.of("")) {
      for (String suffix : extensions.split(" ", -1)) {
        if (roots.hasFile(base + inner + suffix)) {
          return inner + suffix;
        }
      }
      if (roots.hasFile(base + inner + ".py")) {
        return inner + ".py";
      }
    }
    return folder ? "/" : null;
  }

  /** {@code file}, {@code folder} or null. */
  private @Nullable String kind(String path) throws IOException {
    if (!isInside(path)) {
      return null;
    }
    return roots().hasFolder(path) ? "folder" : roots().hasFile(path) ? "file" : null;
  }

  /** The names in a folder, a line each, folders with a slash behind; null if there is none. */
  private @Nullable String list(String path) throws IOException {
    return isInside(path) && roots().hasFolder(path) ? String.join("\n", roots().list(path)) : null;
  }

  // By the class loader, which closes what it opens when it is closed
  private byte @Nullable [] read(String path) throws IOException {
    try (InputStream in =
        isInside(path) && roots().hasFile(path) ? loader.getResourceAsStream(path) : null) {
      return in == null ? null : in.readAllBytes();
    }
  }

  /** The path of a file with a resource's content. */
  private String unpack(String path) throws IOException {
    byte[] content = read(path);
    if (content == null) {
      throw new FileNotFoundException(path + " is not on the class path");
    }
    return cache.file(path.substring(path.lastIndexOf('/') + 1), content).toString();
  }

  /**
   * The code that a source was compiled to before, as {@code marshal} has it, or null.
   *
   * @param tag of the CPython that made it
   */
  private byte @Nullable [] code(String path, String tag) throws IOException {
    byte[] before = compiled.get(path);
    if (before != null) {
      return before;
    }
    Checksum source = checksum(path);
    byte[] code = source == null ? null : cache.code(path, tag, source);
    if (code != null && roots().lasts(path)) {
      compiled.put(path, code);
    }
    return code;
  }

  // Of a jar's file without reading it
  private @Nullable Checksum checksum(String path) throws IOException {
    Checksum known = isInside(path) ? roots().checksum(path) : null;
    if (known != null) {
      return known;
    }
    byte[] source = read(path);
    return source == null ? null : Checksum.of(source);
  }

  private void keep(String path, String tag, byte[] source, byte[] code, boolean onDisk)
      throws IOException {
    if (roots().lasts(path)) {
      compiled.put(path, code);
    }
    if (onDisk) {
      cache.keepCode(path, tag, Checksum.of(source), code);
    }
  }

  /** Whether a path leads nowhere else, by points or otherwise. */
  private static boolean isInside(String path) {
    if (!(path + "/").startsWith(FOLDER) || path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return false;
      }
    }
    return true;
  }
}
