package dev.vivarium;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A CPython that can be loaded into this process. Immutable. */
public final class PythonInstallation {

  private final Path library;
  private final @Nullable Path home;
  private final @Nullable Path executable;
  private final String source;
  private final List<Path> preload;

  /**
   * An installation that needs no other libraries loaded first.
   *
   * @param library the libpython to load
   * @param home what {@code PYTHONHOME} would name: the folder of the standard library; null where
   *     CPython finds it by itself, from {@code executable}
   * @param executable what becomes {@code sys.executable}, and what CPython looks around to find
   *     its folders; for a virtual environment, the {@code python} of that environment
   * @param source in words, where this installation came from
   */
  public PythonInstallation(
      Path library, @Nullable Path home, @Nullable Path executable, String source) {
    this(library, home, executable, source, List.of());
  }

  private PythonInstallation(
      Path library,
      @Nullable Path home,
      @Nullable Path executable,
      String source,
      List<Path> preload) {
    this.library = Objects.requireNonNull(library, "library");
    this.home = home;
    this.executable = executable;
    this.source = Objects.requireNonNull(source, "source");
    this.preload = List.copyOf(preload);
  }

  /** The same, with libraries to load with global symbols before its own, in this order. */
  @CheckReturnValue
  public PythonInstallation withPreload(List<Path> libraries) {
    return new PythonInstallation(library, home, executable, source, libraries);
  }

  /** The libpython to load. */
  public Path library() {
    return library;
  }

  /** The folder of the standard library; null where CPython finds it by itself. */
  public @Nullable Path home() {
    return home;
  }

  /** What becomes {@code sys.executable}, or null. */
  public @Nullable Path executable() {
    return executable;
  }

  /** In words, where this installation came from. */
  public String source() {
    return source;
  }

  /** Libraries to load with global symbols before {@link #library}, in this order. */
  public List<Path> preload() {
    return preload;
  }

  @Override
  public String toString() {
    return "PythonInstallation[" + library + ", " + source + "]";
  }
}
