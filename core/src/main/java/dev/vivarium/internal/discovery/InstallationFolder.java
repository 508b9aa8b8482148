package dev.vivarium.internal.discovery;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where things lie in the folder of an installed Python (its {@code sys.base_prefix}). */
final class InstallationFolder {

  private InstallationFolder() {}

  /** Whether the folder has the standard library that belongs to a libpython. */
  static boolean hasStandardLibrary(Path home, LibraryName library, Machine machine) {
    return machine.os() == Machine.Os.WINDOWS
        ? Files.isRegularFile(home.resolve("Lib/os.py"))
            || Files.isRegularFile(home.resolve("python3" + library.minor() + ".zip"))
        : Files.isRegularFile(home.resolve("lib/" + library.standardLibrary() + "/os.py"))
            || Files.isRegularFile(home.resolve("lib64/" + library.standardLibrary() + "/os.py"))
            || Files.isRegularFile(home.resolve("lib/python3" + library.minor() + ".zip"));
  }

  /**
   * The libpythons in the folder whose standard library is there too, best first: the newest, and
   * of one version, first the plain build and the file itself rather than a link to it.
   */
  static List<Path> libraries(Path home, Machine machine) {
    List<Path> found = new ArrayList<>();
    for (Path folder : libraryFolders(home)) {
      for (Path file : entries(folder, "{libpython3.*,python3*.dll,Python,PythonT}")) {
        LibraryName name = LibraryName.parse(file);
        if (name != null
            && Files.isRegularFile(file)
            && hasStandardLibrary(home, name, machine)
            && LibraryCheck.whyNotLoadable(file, machine) == null) {
          found.add(file);
        }
      }
    }
    found.sort(
        Comparator.comparingInt((Path file) -> -versionOf(file))
            .thenComparing(file -> flagsOf(file))
            .thenComparing(Files::isSymbolicLink));
    return found;
  }

  /** The folders under an installation that can hold its libpython. */
  static List<Path> libraryFolders(Path home) {
    List<Path> folders = new ArrayList<>();
    folders.add(home);
    folders.add(home.resolve("lib"));
    folders.add(home.resolve("lib64"));
    folders.addAll(entries(home.resolve("lib"), "*-linux-gnu*"));
    return folders;
  }

  /**
   * The folder of the installation that a libpython lies in, found upwards from it, or null if its
   * standard library is not there.
   */
  static @Nullable Path around(Path library, LibraryName name, Machine machine) {
    Path folder = library.getParent();
    for (int up = 0; up < 3 && folder != null; up++) {
      if (hasStandardLibrary(folder, name, machine)) {
        return folder;
      }
      folder = folder.getParent();
    }
    return null;
  }

  /** The {@code python} program of a version in the folder, if there is one that can be run. */
  static @Nullable Path program(Path home, @Nullable LibraryName version) {
    List<Path> candidates = new ArrayList<>();
    if (version != null) {
      candidates.add(home.resolve("bin/" + version.standardLibrary()));
    }
    candidates.add(home.resolve("bin/python3"));
    candidates.add(home.resolve("bin/python"));
    candidates.add(home.resolve("python.exe"));
    return candidates.stream()
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .orElse(null);
  }

  /**
   * What {@code sys.executable} is to be for an installation: its program, or where that would be.
   * Without any, CPython takes a {@code python3} from the {@code PATH}, which is another Python.
   */
  static Path programOrItsPlace(Path home, LibraryName version, Machine machine) {
    Path program = program(home, version);
    if (program != null) {
      return program;
    }
    return machine.os() == Machine.Os.WINDOWS
        ? home.resolve("python.exe")
        : home.resolve("bin/" + version.standardLibrary());
  }

  /**
   * Libraries that extension modules need and do not find by themselves: a libffi that lies beside
   * libpython in the installation's own folder, where the search path of {@code _ctypes} does not
   * lead.
   */
  static List<Path> preload(Path library, Machine machine) {
    Path folder = library.getParent();
    LibraryName name = LibraryName.parse(library);
    if (folder == null || name == null || !hasStandardLibrary(folder, name, machine)) {
      return List.of();
    }
    String pattern =
        switch (machine.os()) {
          case LINUX -> "libffi.so.*";
          case MACOS -> "libffi.*.dylib";
          case WINDOWS -> "libffi-*.dll";
        };
    return entries(folder, pattern);
  }

  /** The entries of a folder that fit a glob, sorted; none if there is no such folder. */
  private static List<Path> entries(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
      stream.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    found.sort(Comparator.naturalOrder());
    return found;
  }

  private static int versionOf(Path file) {
    LibraryName name = LibraryName.parse(file);
    return name == null ? 0 : name.minor();
  }

  private static String flagsOf(Path file) {
    LibraryName name = LibraryName.parse(file);
    return name == null ? "" : name.flags();
  }

  /** Without symbolic links where that can be told, else absolute. */
  static Path realPath(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath();
    }
  }
}
