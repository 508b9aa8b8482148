package dev.vivarium.cli.doctor;

import dev.vivarium.PythonStartException;
import dev.vivarium.cpython.EmbeddedCPython;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Looks at the CPython that comes with Vivarium, where it is unpacked. Changes nothing. */
final class CacheChecks {

  private static final int SHOWN = 3;

  private CacheChecks() {}

  static Finding cache() {
    try {
      EmbeddedCPython embedded = new EmbeddedCPython();
      Path folder = embedded.folder();
      if (!Files.isDirectory(folder)) {
        return Finding.ok("cache", folder + " (not unpacked yet; the first use does it)");
      }
      List<String> problems = embedded.verify();
      if (problems.isEmpty()) {
        return Finding.ok("cache", folder + ", every file checked");
      }
      return Finding.fail(
          "cache",
          folder
              + " is damaged: "
              + String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())))
              + (problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : ""),
          "delete " + folder + ": the next use unpacks it again");
    } catch (PythonStartException e) {
      return Finding.warn(
          "cache",
          "no embedded CPython: " + String.valueOf(e.getMessage()),
          "name a Python with --python, or set VIVARIUM_CACHE to a folder that can be written");
    }
  }
}
