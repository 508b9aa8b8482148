package dev.vivarium.internal.discovery;

import dev.vivarium.PythonStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The libpython that belongs to a program, from what the program said about itself. */
record ProgramLibrary(ProgramReport report, Machine machine) {

  /**
   * The file to load.
   *
   * @throws PythonStartException if there is none, with what to do about it
   */
  Path file() {
    String why = null;
    Path last = null;
    for (Path candidate : candidates()) {
      if (!Files.exists(candidate) && !Files.isSymbolicLink(candidate)) {
        continue;
      }
      String reason = LibraryCheck.whyNotLoadable(candidate, machine);
      if (reason == null) {
        return candidate;
      }
      why = why == null ? reason : why;
      last = candidate;
    }
    if (last != null && why != null) {
      throw new PythonStartException(why);
    }
    String shared = report.value("Py_ENABLE_SHARED");
    if (shared.equals("0") || shared.isEmpty()) {
      throw new PythonStartException(
          report.program()
              + " (Python "
              + report.version()
              + ") is a static build: it has no libpython that can be loaded. "
              + LibraryCheck.SHARED_ADVICE);
    }
    throw new PythonStartException(
        report.program()
            + " (Python "
            + report.version()
            + ") says that its library is "
            + report.value("INSTSONAME")
            + " in "
            + report.value("LIBDIR")
            + ", but it is not there; install it (on Debian and Ubuntu, the package libpython3."
            + report.version().minor()
            + ") or name it (PythonOptions.library, VIVARIUM_LIBRARY)");
  }

  private List<Path> candidates() {
    int minor = report.version().minor();
    String abi = report.version().freeThreaded() ? "t" : "";
    Set<String> names = new LinkedHashSet<>();
    for (String key : List.of("INSTSONAME", "LDLIBRARY")) {
      String name = report.value(key);
      // A static build names its archive here.
      if (!name.isEmpty() && !name.endsWith(".a")) {
        names.add(name);
      }
    }
    switch (machine.os()) {
      case LINUX -> {
        names.add("libpython3." + minor + abi + ".so.1.0");
        names.add("libpython3." + minor + abi + ".so");
      }
      case MACOS -> names.add("libpython3." + minor + abi + ".dylib");
      case WINDOWS -> names.add("python3" + minor + abi + ".dll");
    }
    Set<Path> folders = new LinkedHashSet<>();
    addFolder(folders, report.value("LIBDIR"));
    addFolder(folders, report.value("PYTHONFRAMEWORKPREFIX"));
    if (!report.value("LIBDIR").isEmpty() && !report.value("MULTIARCH").isEmpty()) {
      addFolder(folders, report.value("LIBDIR") + "/" + report.value("MULTIARCH"));
    }
    if (!report.value("base_prefix").isEmpty()) {
      folders.addAll(InstallationFolder.libraryFolders(Path.of(report.value("base_prefix"))));
    }
    if (!report.value("base_executable").isEmpty()) {
      Path parent =
          InstallationFolder.realPath(Path.of(report.value("base_executable"))).getParent();
      if (parent != null) {
        folders.add(parent);
        folders.add(parent.resolveSibling("lib"));
      }
    }
    addFolder(folders, report.value("LIBPL"));
    List<Path> candidates = new ArrayList<>();
    if (!report.value("loaded").isEmpty()) {
      candidates.add(Path.of(report.value("loaded")));
    }
    for (Path folder : folders) {
      for (String name : names) {
        candidates.add(folder.resolve(name));
      }
    }
    return candidates.stream().map(Path::normalize).distinct().toList();
  }

  private static void addFolder(Set<Path> folders, String folder) {
    if (!folder.isEmpty()) {
      folders.add(Path.of(folder));
    }
  }
}
