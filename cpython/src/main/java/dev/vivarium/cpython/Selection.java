package dev.vivarium.cpython;

import java.util.List;

/** Which files of the artifact an embedded Python needs. */
final class Selection {

  private static final List<String> UNWANTED =
      List.of(
          // For compiling and linking other programs.
          "include/",
          "libs/",
          "lib/cmake/",
          "lib/pkgconfig/",
          // OpenSSL is inside _ssl, and looks for these elsewhere.
          "lib/engines-3/",
          "lib/ossl-modules/",
          "share/");

  private Selection() {}

  /** Whether a file is unpacked, by its path in the installation. */
  static boolean isWanted(String path) {
    for (String folder : UNWANTED) {
      if (path.startsWith(folder)) {
        return false;
      }
    }
    if (path.contains("jnipython")) {
      return false;
    }
    if (path.startsWith("bin/")) {
      // The other scripts there begin with a path of the machine that built them.
      return isProgram(path.substring("bin/".length()));
    }
    if (path.indexOf('/') < 0 && path.startsWith("python3.") && isProgram(path)) {
      // The same file is in bin.
      return false;
    }
    // The tests' sources are wanted, as sources; what they read as data is not.
    return !path.matches("(?i)lib/(python3\\.\\d+t?/)?test/.*") || path.endsWith(".py");
  }

  private static boolean isProgram(String name) {
    return !name.endsWith("-config")
        && (name.startsWith("python") || name.endsWith(".dll") || name.endsWith(".exe"));
  }

  /** Whether a file gets the right to be executed, which a zip file does not keep. */
  static boolean isExecutable(String path) {
    return path.startsWith("bin/")
        || path.endsWith(".so")
        || path.endsWith(".dylib")
        || path.contains(".so.");
  }
}
