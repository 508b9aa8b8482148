package dev.vivarium.cpython;

import java.util.List;
import java.util.Locale;

/** The names that the artifact has for systems and processors. */
final class Platform {

  /** Those that there is an artifact for: {@code vivarium-cpython-} and the name. */
  static final List<String> ALL =
      List.of("linux-x86_64", "linux-arm64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

  private Platform() {}

  /** The classifier for this machine: {@code linux-x86_64}, {@code macosx-arm64}. */
  static String current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static String of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String system =
        os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "macosx" : "linux";
    String processor =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64", "x64" -> "x86_64";
          case "aarch64", "arm64" -> "arm64";
          default -> osArch;
        };
    return system + "-" + processor;
  }
}
