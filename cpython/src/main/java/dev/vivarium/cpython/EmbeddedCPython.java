package dev.vivarium.cpython;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonProvider;
import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import dev.vivarium.internal.discovery.CacheFolder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The CPython that the Maven artifact {@code org.bytedeco:cpython} carries for this machine.
 *
 * <p>It is unpacked into a folder of the user's cache at first use, by one process at a time and
 * all or nothing; later starts look at some of its files and are quick. A copy that was damaged or
 * only half made is made again. The cache lies where the system property {@code vivarium.cache} or
 * the variable {@code VIVARIUM_CACHE} says, else at {@code XDG_CACHE_HOME/vivarium}, else where the
 * system keeps caches: {@code ~/.cache/vivarium}, {@code ~/Library/Caches/vivarium} or {@code
 * %LOCALAPPDATA%\vivarium}.
 *
 * <p>Any thread may use it.
 */
public final class EmbeddedCPython implements PythonProvider {

  private static final Logger LOG = System.getLogger("dev.vivarium.cpython");

  private final @Nullable Jar jar;
  private final @Nullable Path cache;
  private @Nullable Bundle read;

  /**
   * The CPython of the artifact on the class path or the module path. Nothing is looked at before
   * it is asked for.
   */
  public EmbeddedCPython() {
    this(null, null);
  }

  EmbeddedCPython(@Nullable Jar jar, @Nullable Path cache) {
    this.jar = jar;
    this.cache = cache;
  }

  /**
   * The CPython of a certain artifact, for instance another version than the one on the class path.
   *
   * @param jar the jar with the classifier of this machine, such as {@code linux-x86_64}
   */
  public static EmbeddedCPython fromJar(Path jar) {
    return new EmbeddedCPython(Jar.of(Objects.requireNonNull(jar, "jar")), null);
  }

  /**
   * The cache folder: CPythons lie in folders of it.
   *
   * @throws PythonStartException if the environment tells of no folder for a cache
   */
  public static Path cacheFolder() {
    return CacheFolder.fromEnvironment();
  }

  /**
   * The folder where this CPython lies, or will lie once it has been unpacked.
   *
   * @throws PythonStartException if there is no such artifact, or no folder for a cache
   */
  public Path folder() {
    return cache().resolve(bundle().contents().folderName());
  }

  /**
   * Unpacks this CPython if that has not been done, mends a copy that is seen to be damaged, and
   * says where it lies.
   *
   * @throws PythonStartException if there is no such artifact, or the cache folder cannot be
   *     written or is full
   */
  @Override
  public PythonInstallation provide() {
    Path folder = cache();
    Memo memo = jar == null ? memoOfClassPath(folder) : Memo.ofJar(folder, jar);
    if (memo != null && Manifest.quickProblem(memo.folder()) == null) {
      return installation(memo.folder(), memo.one(), memo.other(), memo.jar());
    }
    Bundle bundle = bundle();
    Path home = new Unpacking(bundle.contents(), folder).ensure();
    Memo.keep(
        folder,
        bundle.jar(),
        null,
        "",
        bundle.contents().folderName(),
        bundle.library(),
        bundle.program());
    return installation(home, bundle.library(), bundle.program(), bundle.jar());
  }

  /**
   * The folder of the {@linkplain EmbeddedNumPy NumPy on the class path}, unpacked if that has not
   * been done. What is there and cannot be used, for it is of another CPython or lacks a jar, is
   * left out, and a warning of the logger {@code dev.vivarium.cpython} says so.
   */
  @Override
  public List<Path> packages(PythonVersion version) {
    EmbeddedNumPy numPy = EmbeddedNumPy.find();
    if (numPy == null) {
      return List.of();
    }
    String problem = numPy.problem(version);
    if (problem != null) {
      LOG.log(Level.WARNING, problem);
      return List.of();
    }
    return List.of(numPy.provide());
  }

  /**
   * Reads every file of the unpacked copy and compares its checksum, which takes about half a
   * second. Changes nothing: {@link #repair()} does.
   *
   * @return what is wrong, a line each, such as {@code lib/python3.14/os.py: altered}; empty if
   *     nothing is
   * @throws PythonStartException if there is no such artifact, or no folder for a cache
   */
  public List<String> verify() {
    return new Unpacking(bundle().contents(), cache()).problems();
  }

  /**
   * Checks as {@link #verify()} does, and unpacks anew if anything is wrong. Processes that run
   * from the damaged copy are not disturbed, except on Windows, where they must end first.
   *
   * @return what was wrong
   * @throws PythonStartException if there is no such artifact, or the cache folder cannot be
   *     written or is full
   */
  public List<String> repair() {
    return new Unpacking(bundle().contents(), cache()).repair();
  }

  // By its name there, which class loaders need not be asked for; else as they have it
  private static @Nullable Memo memoOfClassPath(Path cache) {
    String platform = Platform.current();
    Memo named = Memo.ofClassPath(cache, platform);
    Jar found = named == null ? Bundle.find(platform) : null;
    return found == null ? named : Memo.ofJar(cache, found);
  }

  private static PythonInstallation installation(
      Path home, String library, String program, Jar jar) {
    return new PythonInstallation(
        home.resolve(library),
        home,
        home.resolve(program),
        "the embedded CPython of " + jar.name());
  }

  private Path cache() {
    return cache == null ? CacheFolder.fromEnvironment() : cache;
  }

  private synchronized Bundle bundle() {
    Bundle known = read;
    if (known == null) {
      known = jar == null ? Bundle.onClassPath() : Bundle.ofJar(jar);
      read = known;
    }
    return known;
  }
}
