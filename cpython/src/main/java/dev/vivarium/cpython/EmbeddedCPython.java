package dev.vivarium.cpython;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonProvider;
import dev.vivarium.PythonStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The CPython that the Maven artifact {@code org.bytedeco:cpython} carries for this machine.
 *
 * <p>It is unpacked into a folder of the user's cache at first use, by one process at a time and
 * all or nothing; later starts look at some of its files and are quick. A copy that was damaged
 * or only half made is made again. The cache lies at {@code VIVARIUM_CACHE}, else at {@code
 * XDG_CACHE_HOME/vivarium}, else where the system keeps caches: {@code ~/.cache/vivarium}, {@code
 * ~/Library/Caches/vivarium} or {@code %LOCALAPPDATA%\vivarium}.
 *
 * <p>Any thread may use it.
 */
public final class EmbeddedCPython implements PythonProvider {

  private final Bundle bundle;
  private final Path cache;

  /**
   * The CPython of the artifact on the class path.
   *
   * @throws PythonStartException if there is none for this machine, or no folder for a cache
   */
  public EmbeddedCPython() {
    this(Bundle.onClassPath(), CacheFolder.fromEnvironment());
  }

  EmbeddedCPython(Bundle bundle, Path cache) {
    this.bundle = bundle;
    this.cache = cache;
  }

  /**
   * The CPython of a certain artifact, for instance another version than the one on the class path.
   *
   * @param jar the jar with the classifier of this machine, such as {@code linux-x86_64}
   * @throws PythonStartException if it is not such a jar, or there is no folder for a cache
   */
  public static EmbeddedCPython fromJar(Path jar) {
    return new EmbeddedCPython(Bundle.ofJar(jar), CacheFolder.fromEnvironment());
  }

  /** The cache folder: CPythons lie in folders of it. */
  public static Path cacheFolder() {
    return CacheFolder.fromEnvironment();
  }

  /** The folder where this CPython lies, or will lie once it has been unpacked. */
  public Path folder() {
    return cache.resolve(bundle.folderName());
  }

  /** Whether it has been unpacked, whole or not. */
  public boolean isUnpacked() {
    return Files.exists(folder());
  }

  /**
   * Unpacks this CPython if that has not been done, mends a copy that is seen to be damaged, and
   * says where it lies.
   *
   * @throws PythonStartException if the cache folder cannot be written or is full
   */
  @Override
  public PythonInstallation provide() {
    Path home = new Unpacking(bundle, cache).ensure();
    return new PythonInstallation(
        home.resolve(bundle.library()),
        home,
        home.resolve(bundle.program()),
        "embedded CPython, from " + bundle.origin());
  }

  /**
   * Reads every file of the unpacked copy and compares its checksum; about half a second. Changes
   * nothing: {@link #repair()} does.
   *
   * @return what is wrong, a line each, such as {@code lib/python3.14/os.py: altered}; empty if
   *     nothing is
   */
  public List<String> verify() {
    return new Unpacking(bundle, cache).problems();
  }

  /**
   * Checks as {@link #verify()} does, and unpacks anew if anything is wrong. Processes that run
   * from the damaged copy are not disturbed, except on Windows, where they must end first.
   *
   * @return what was wrong
   * @throws PythonStartException if the cache folder cannot be written or is full
   */
  public List<String> repair() {
    return new Unpacking(bundle, cache).repair();
  }
}
