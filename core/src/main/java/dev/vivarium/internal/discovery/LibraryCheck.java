package dev.vivarium.internal.discovery;

import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Refuses a libpython that cannot work, before anything is loaded. */
final class LibraryCheck {

  /** The oldest Python 3 that is supported. */
  static final int OLDEST = 12;

  /** The newest Python 3 that is known about. */
  static final int NEWEST = 15;

  private static final Logger LOG = System.getLogger("dev.vivarium");
  private static final Set<Integer> WARNED = ConcurrentHashMap.newKeySet();

  private LibraryCheck() {}

  /**
   * Checks that a file is a shared library for this machine and not of a version that is too old.
   *
   * @throws PythonStartException if it is not
   */
  static void requireLoadable(Path library, Machine machine) {
    String reason = whyNotLoadable(library, machine);
    if (reason != null) {
      throw new PythonStartException(reason);
    }
    LibraryName name = LibraryName.parse(library);
    if (name != null) {
      requireSupported(name.minor(), library.toString());
    }
  }

  /** Why a file cannot be loaded as libpython, in words, or null if it can. */
  static @Nullable String whyNotLoadable(Path library, Machine machine) {
    if (!Files.exists(library)) {
      return library + missing(library) + "; name a libpython that exists";
    }
    if (!Files.isRegularFile(library)) {
      return library + " is not a file; name the libpython itself";
    }
    if (LibraryName.isStableAbiForwarder(library)) {
      return library
          + " only forwards to the real library; name that one, such as "
          + example(machine)
          + " beside it";
    }
    LibraryHeader header;
    try {
      header = LibraryHeader.read(library);
    } catch (IOException e) {
      return library + " cannot be read: " + e;
    }
    if (header == null) {
      return library + " is not a library; name a libpython, such as " + example(machine);
    }
    if (header.format() == LibraryHeader.Format.ARCHIVE) {
      return library + " is a static library and cannot be loaded. " + SHARED_ADVICE;
    }
    if (header.format() != machine.os().format) {
      return library + " is " + header.format().words + " and cannot be loaded on this system";
    }
    if (!header.processors().contains(machine.processor())) {
      return library
          + " is for another processor: it has code for "
          + String.join(" and ", header.processors())
          + ", and this JVM runs on "
          + machine.processor()
          + "; use a Python and a JDK for the same processor";
    }
    if (!header.shared()) {
      return library + " is a program, not a library; name a libpython, or the program as python";
    }
    return null;
  }

  /** What to do about a Python without a shared library. */
  static final String SHARED_ADVICE =
      "A CPython is embedded through its shared library, which is there when it was configured with"
          + " --enable-shared: with pyenv, PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install"
          + " VERSION; on Debian and Ubuntu, the package libpython3.X. Or add the embedded one,"
          + " such as dev.vivarium:vivarium-cpython-linux-x86_64, and name no Python.";

  /**
   * Checks a version: too old is refused, newer than what is known about is let in with a warning.
   *
   * @throws PythonStartException if it is too old
   */
  static void requireSupported(int minor, String what) {
    if (minor < OLDEST) {
      throw new PythonStartException(
          what
              + " is Python 3."
              + minor
              + ", which is too old: Vivarium needs 3."
              + OLDEST
              + " or newer");
    }
    if (minor > NEWEST && WARNED.add(minor)) {
      LOG.log(
          Level.WARNING,
          "{0} is Python 3.{1}, which is newer than those that Vivarium was made for (3.{2} to"
              + " 3.{3})",
          what,
          minor,
          OLDEST,
          NEWEST);
    }
  }

  /** How to say that a path leads nowhere. */
  static String missing(Path path) {
    if (!Files.isSymbolicLink(path)) {
      return " does not exist";
    }
    try {
      return " is a symbolic link to " + Files.readSymbolicLink(path) + ", which does not exist";
    } catch (IOException e) {
      return " is a symbolic link that leads nowhere";
    }
  }

  private static String example(Machine machine) {
    return switch (machine.os()) {
      case LINUX -> "libpython3.14.so.1.0";
      case MACOS -> "libpython3.14.dylib";
      case WINDOWS -> "python314.dll";
    };
  }
}
