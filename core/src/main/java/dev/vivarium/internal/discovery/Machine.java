package dev.vivarium.internal.discovery;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The operating system and the processor that this JVM was built for. */
public record Machine(Os os, String processor) {

  /** The systems that are told apart. */
  public enum Os {
    LINUX(LibraryHeader.Format.ELF),
    MACOS(LibraryHeader.Format.MACH_O),
    WINDOWS(LibraryHeader.Format.PE);

    final LibraryHeader.Format format;

    Os(LibraryHeader.Format format) {
      this.format = format;
    }
  }

  /** This one. */
  public static Machine current() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return new Machine(
        os.startsWith("windows") ? Os.WINDOWS : os.startsWith("mac") ? Os.MACOS : Os.LINUX,
        processorName(System.getProperty("os.arch", "")));
  }

  /** In the words of the artifacts, where there is one: {@code linux-x86_64}. */
  public String platform() {
    String system =
        switch (os) {
          case LINUX -> "linux";
          case MACOS -> "macosx";
          case WINDOWS -> "windows";
        };
    return system
        + "-"
        + switch (processor) {
          case "x86-64" -> "x86_64";
          case "aarch64" -> "arm64";
          default -> processor;
        };
  }

  /** The artifact with an embedded CPython for this machine, or null if there is none. */
  @Nullable String artifact() {
    boolean known =
        switch (processor) {
          case "x86-64" -> true;
          case "aarch64" -> os != Os.WINDOWS;
          default -> false;
        };
    return known ? "dev.vivarium:vivarium-cpython-" + platform() : null;
  }

  /** One name for each processor, whatever the JVM calls it. */
  static String processorName(String arch) {
    return switch (arch.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64", "x64" -> "x86-64";
      case "aarch64", "arm64" -> "aarch64";
      case "x86", "i386", "i486", "i586", "i686" -> "x86";
      default -> arch;
    };
  }
}
