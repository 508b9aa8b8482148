package dev.vivarium;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A CPython that can be loaded into this process.
 *
 * @param library the libpython to load
 * @param home what {@code PYTHONHOME} would name: the folder of the standard library; null where
 *     CPython finds it by itself, from {@code executable}
 * @param executable what becomes {@code sys.executable}, and what CPython looks around to find its
 *     folders; for a virtual environment, the {@code python} of that environment
 * @param source in words, where this installation came from
 * @param preload libraries to load with global symbols before {@code library}, in this order
 */
public record PythonInstallation(
    Path library,
    @Nullable Path home,
    @Nullable Path executable,
    String source,
    List<Path> preload) {

  /** Takes a copy of the list. */
  public PythonInstallation {
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(source, "source");
    preload = List.copyOf(preload);
  }

  /** An installation that needs no other libraries loaded first. */
  public PythonInstallation(
      Path library, @Nullable Path home, @Nullable Path executable, String source) {
    this(library, home, executable, source, List.of());
  }
}
