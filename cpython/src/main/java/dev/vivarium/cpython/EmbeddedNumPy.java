package dev.vivarium.cpython;

import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import dev.vivarium.internal.discovery.CacheFolder;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The NumPy that the Maven artifact {@code org.bytedeco:numpy} carries for this machine, with the
 * OpenBLAS of {@code org.bytedeco:openblas}, which it is linked with. It is unpacked as {@link
 * EmbeddedCPython} is, into a folder beside that one, and {@link dev.vivarium.Python#start} puts
 * the folder at the end of {@code sys.path}.
 *
 * <p>Immutable; any thread may use it.
 */
public final class EmbeddedNumPy {

  private static final String ROOT = "org/bytedeco/numpy/";
  private static final String BLAS_ROOT = "org/bytedeco/openblas/";

  private static final Pattern TAG =
      Pattern.compile("numpy/_?core/_multiarray_umath\\.c(?:python-|p)3(\\d+t?)-.*");
  private static final Pattern VERSION = Pattern.compile("numpy-([^/]+)\\.dist-info/METADATA");
  private static final Pattern LIBRARY = Pattern.compile("lib[^/]*\\.(?:so\\.\\d+|dylib|dll)");

  // Those that let another interpreter than main load them first, and then crash or fail in main;
  // later ones say themselves that they are for one interpreter
  private static final Pattern MAIN_FIRST = Pattern.compile("1\\..*|2\\.[0-3]\\..*");

  // Where wheels have them
  private static final String LIBRARIES = "numpy.libs/";

  // NumPy's own place for who distributes it, imported before its extension modules. By its code,
  // not by ours, so that what sys.executable starts has them too
  private static final String INIT = "numpy/_distributor_init_local.py";
  // Of this version of Vivarium: what another one has unpacked may be made otherwise
  private static final String RULES =
      Contents.key(List.of(Contents.Entry.ofText(initText("2", ""), INIT)));

  private final Jar jar;
  private final @Nullable Jar blas;
  private final Path cache;
  private final String version;
  private final String cpython;

  // From a memo, which knows the folder, or read, or neither where a jar is missing
  private final @Nullable Path known;
  private final @Nullable Contents contents;

  private EmbeddedNumPy(
      Jar jar,
      @Nullable Jar blas,
      Path cache,
      String version,
      String cpython,
      @Nullable Path known,
      @Nullable Contents contents) {
    this.jar = jar;
    this.blas = blas;
    this.cache = cache;
    this.version = version;
    this.cpython = cpython;
    this.known = known;
    this.contents = contents;
  }

  /**
   * That of the artifact on the class path or the module path; null if there is none for this
   * machine.
   *
   * @throws PythonStartException if its jar cannot be read
   */
  public static @Nullable EmbeddedNumPy find() {
    String platform = Platform.current();
    Jar jar = jar("numpy", ROOT + platform + "/", platform);
    return jar == null
        ? null
        : of(
            jar,
            jar("openblas", BLAS_ROOT + platform + "/", platform),
            CacheFolder.fromEnvironment(),
            platform);
  }

  private static @Nullable Jar jar(String artifact, String folder, String platform) {
    URL url = Artifact.resource(folder);
    return url == null ? Artifact.onModulePath(artifact, platform) : Artifact.jarOf(url, artifact);
  }

  static EmbeddedNumPy of(Jar jar, @Nullable Jar blas, Path cache, String platform) {
    if (blas != null) {
      Memo memo = Memo.ofJars(cache, jar, blas, RULES);
      if (memo != null && Manifest.quickProblem(memo.folder()) == null) {
        return new EmbeddedNumPy(jar, blas, cache, memo.one(), memo.other(), memo.folder(), null);
      }
    }
    return read(jar, blas, cache, platform);
  }

  private static EmbeddedNumPy read(Jar jar, @Nullable Jar blas, Path cache, String platform) {
    List<Contents.Entry> files = new ArrayList<>();
    Set<String> lookedAt = new HashSet<>(Set.of(INIT, "numpy/__init__.py"));
    String version = "";
    String cpython = "";
    String prefix = ROOT + platform + "/python/";
    for (ZipEntry entry : entries(jar, prefix)) {
      String path = entry.getName().substring(prefix.length());
      if (path.contains("/tests/")) {
        continue;
      }
      files.add(Contents.Entry.ofJar(jar, entry, path));
      Matcher tag = TAG.matcher(path);
      Matcher info = VERSION.matcher(path);
      if (tag.matches()) {
        cpython = "3." + tag.group(1);
        lookedAt.add(path);
      } else if (info.matches()) {
        version = info.group(1);
      }
    }
    if (cpython.isEmpty() || version.isEmpty()) {
      throw new PythonStartException(
          jar
              + " has no NumPy for this machine in "
              + prefix
              + "; use another version of org.bytedeco:numpy, or leave it out"
              + " (PythonOptions.classPathPackages)");
    }
    if (blas == null) {
      return new EmbeddedNumPy(jar, null, cache, version, cpython, null, null);
    }
    List<String> libraries = new ArrayList<>();
    String blasPrefix = BLAS_ROOT + platform + "/";
    for (ZipEntry entry : entries(blas, blasPrefix)) {
      String name = entry.getName().substring(blasPrefix.length());
      if (LIBRARY.matcher(name).matches() && isWanted(name)) {
        libraries.add(name);
        lookedAt.add(LIBRARIES + name);
        files.add(Contents.Entry.ofJar(blas, entry, LIBRARIES + name));
      }
    }
    // Each after what it is linked with
    libraries.sort(
        Comparator.comparing((String name) -> name.startsWith("libopenblas"))
            .thenComparing(name -> name.startsWith("libgfortran"))
            .thenComparing(name -> name));
    String names =
        libraries.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
    files.add(Contents.Entry.ofText(initText(version, names), INIT));
    String name = "numpy-" + version + "-cp" + cpython.replace(".", "") + "-" + platform;
    Contents contents =
        new Contents("NumPy of " + jar.name(), name, Contents.key(files), files, lookedAt, null);
    return new EmbeddedNumPy(jar, blas, cache, version, cpython, null, contents);
  }

  private static String initText(String version, String names) {
    return """
    # Written by Vivarium: loads what NumPy's extension modules are linked with, and would not find


    def _load():
        import os

        try:
            import ctypes
        except ImportError:  # in an interpreter where NumPy says by itself that it can't be loaded
            return
        here = os.path.dirname(os.path.abspath(__file__))
        folder = os.path.join(os.path.dirname(here), "numpy.libs")
        names = [%s]
        if MAIN_FIRST and hasattr(os, "RTLD_NOLOAD") and not _in_main():
            try:
                ctypes.CDLL(os.path.join(folder, names[-1]), os.RTLD_NOLOAD)
            except OSError:
                message = "import numpy in the main interpreter first: loaded in another one, it can crash the process"
                raise RuntimeError(message) from None  # NumPy takes an ImportError here for nothing
        for name in names:
            ctypes.CDLL(os.path.join(folder, name))


    def _in_main():
        try:
            import _interpreters
        except ImportError:
            import _xxsubinterpreters as _interpreters
        return _interpreters.get_current() == _interpreters.get_main()


    MAIN_FIRST = %s
    _load()
    """
        .formatted(names, MAIN_FIRST.matcher(version).matches() ? "True" : "False");
  }

  // libgcc_s: whatever has libstdc++, which NumPy wants too, has its own, and an older one loaded
  // first would not do for that
  private static boolean isWanted(String library) {
    return !library.startsWith("libjni") && !library.startsWith("libgcc_s.so");
  }

  private static List<ZipEntry> entries(Jar jar, String prefix) {
    try (ZipFile zip = jar.open()) {
      List<ZipEntry> found = new ArrayList<>();
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.getName().startsWith(prefix) && !entry.isDirectory()) {
          found.add(entry);
        }
      }
      return found;
    } catch (IOException e) {
      throw Artifact.unreadable(jar, e);
    }
  }

  /** Its version: {@code 2.4.2}. */
  public String version() {
    return version;
  }

  /** The CPython that it was built for, and no other: {@code 3.14}. */
  public String cpython() {
    return cpython;
  }

  /** The jar that it comes from, or the one that has that jar inside. */
  public Path jar() {
    return jar.file();
  }

  /** Why it cannot be used with a CPython, with what to do; null if it can. */
  public @Nullable String problem(PythonVersion python) {
    String running = python.major() + "." + python.minor() + (python.freeThreaded() ? "t" : "");
    String what = "NumPy " + version + " of " + jar.name() + " is left out: ";
    if (!running.equals(cpython)) {
      return what
          + "it was built for CPython "
          + cpython
          + ", and "
          + running
          + " runs; use the version of org.bytedeco:numpy that was built for this one, if there is"
          + " one, or another NumPy (PythonOptions.venv)";
    }
    if (blas == null) {
      return what
          + "it is linked with OpenBLAS, which is not there; add the artifact"
          + " org.bytedeco:openblas with the classifier "
          + Platform.current();
    }
    return null;
  }

  /**
   * Unpacks it if that has not been done, mends a copy that is seen to be damaged, and says where
   * it lies: the folder for {@code sys.path}. For one that has no {@link #problem}.
   *
   * @throws PythonStartException if the cache folder cannot be written or is full
   * @throws IllegalStateException if it lacks OpenBLAS
   */
  public Path provide() {
    if (known != null) {
      return known;
    }
    if (contents == null || blas == null) {
      throw new IllegalStateException("there is no OpenBLAS for NumPy " + version);
    }
    Path folder = new Unpacking(contents, cache).ensure();
    Memo.keep(cache, jar, blas, RULES, contents.folderName(), version, cpython);
    return folder;
  }

  @Override
  public String toString() {
    return "NumPy " + version + " for CPython " + cpython + ", of " + jar.name();
  }
}
