package dev.vivarium.internal.discovery;

import java.lang.foreign.Linker;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The operating system and the processor that this JVM was built for.
 *
 * @param musl whether it runs on that C library, Alpine's: what is built for Linux's other one,
 *     glibc, does not
 */
public record Machine(Os os, String processor, boolean musl) {

  /** One without musl. */
  public Machine(Os os, String processor) {
    this(os, processor, false);
  }

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
    Os known = os.startsWith("windows") ? Os.WINDOWS : os.startsWith("mac") ? Os.MACOS : Os.LINUX;
    return new Machine(
        known, processorName(System.getProperty("os.arch", "")), known == Os.LINUX && !isGlibc());
  }

  // Linux has these two for a JVM, and this is a function of the one alone
  private static boolean isGlibc() {
    return Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").isPresent();
  }

  /**
   * In the words of the artifacts, where there is one: {@code linux-x86_64}; {@code
   * linux-x86_64-musl} with the ending that Python's names of extension modules have there.
   */
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
        }
        + (musl ? "-musl" : "");
  }

  /** The artifact with an embedded CPython for this machine, or null if there is none. */
  @Nullable String artifact() {
    boolean known =
        switch (processor) {
          case "x86-64" -> !musl;
          case "aarch64" -> !musl && os != Os.WINDOWS;
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
