package dev.vivarium;

import dev.vivarium.internal.discovery.Machine;
import dev.vivarium.internal.discovery.Named;
import dev.vivarium.internal.discovery.ShellWord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An environment folder: packages for Python, as {@code vivarium env} makes it, for {@link
 * PythonOptions.Builder#environment}. In it lie the requirements, and for each CPython and platform
 * a lock file, which says what has come of them, and the folder with what is installed. Unlike a
 * virtual environment it names no Python: it may be moved, and another CPython or platform has
 * packages of its own beside the first one's.
 *
 * <p>Immutable; any thread may use it. Nothing is written here.
 */
public final class PythonEnvironment {

  /** The name of the file with the requirements, in pip's format. */
  public static final String REQUIREMENTS = "requirements.txt";

  /** The name of the copy of the lock file in a folder of packages, which is written last. */
  public static final String INSTALLED = "installed.lock";

  private final Path folder;

  private PythonEnvironment(Path folder) {
    this.folder = folder;
  }

  /**
   * That of a folder.
   *
   * @throws IllegalArgumentException if there is no such folder, or no file {@value #REQUIREMENTS}
   *     in it, with what to do
   */
  public static PythonEnvironment of(Path folder) {
    Named.requireNoNul("environment", folder.toString());
    Path absolute = folder.toAbsolutePath().normalize();
    String make = "; '" + command("create", folder) + "' makes an environment";
    if (!Files.isDirectory(absolute)) {
      throw new IllegalArgumentException(
          "environment: "
              + absolute
              + (Files.exists(absolute) ? " is no folder" : " does not exist")
              + make);
    }
    if (!Files.isRegularFile(absolute.resolve(REQUIREMENTS))) {
      throw new IllegalArgumentException(
          "environment: "
              + absolute
              + " is not one: it has no "
              + REQUIREMENTS
              + (Files.exists(absolute.resolve("pyvenv.cfg"))
                  ? "; it is a virtual environment, which PythonOptions.venv names"
                  : make));
    }
    return new PythonEnvironment(absolute);
  }

  /** The folder, absolute. */
  public Path folder() {
    return folder;
  }

  /** The file with what is asked for, which one may edit. */
  public Path requirements() {
    return folder.resolve(REQUIREMENTS);
  }

  /**
   * The lock file for a CPython on this platform, whether it is there or not: every package with
   * its version and the SHA-256 of its file, in the format of pip's {@code --require-hashes}. All
   * releases of 3.14, say, share it.
   */
  public Path lock(PythonVersion version) {
    return folder.resolve(tag(version) + ".lock");
  }

  /** The folder with the packages for a CPython on this platform, whether it is there or not. */
  public Path packages(PythonVersion version) {
    return folder.resolve(tag(version));
  }

  private static String tag(PythonVersion version) {
    return tag(version, Machine.current());
  }

  static String tag(PythonVersion version, Machine machine) {
    return "cpython-"
        + version.major()
        + "."
        + version.minor()
        + (version.freeThreaded() ? "t-" : "-")
        + machine.platform();
  }

  /**
   * The command line that does something with it, to be pasted into a shell.
   *
   * @param subcommand of {@code vivarium env}: {@code sync}, {@code lock}
   */
  public String command(String subcommand) {
    return command(subcommand, folder);
  }

  private static String command(String subcommand, Path folder) {
    return "vivarium env " + subcommand + " " + ShellWord.of(folder);
  }

  /**
   * Why a CPython cannot have its packages from here, and what to do, in a line; null if it can.
   */
  public @Nullable String problem(PythonVersion version) {
    Path packages = packages(version);
    Path installed = packages.resolve(INSTALLED);
    String sync = ": '" + command("sync") + "' (with --python for one that is not Vivarium's own) ";
    if (!Files.isDirectory(packages)) {
      return "the environment "
          + folder
          + " has no packages for Python "
          + version
          + " on this platform ("
          + packages.getFileName()
          + ")"
          + sync
          + "installs them";
    }
    if (!Files.isRegularFile(installed)) {
      return packages + " is not whole: it has no " + INSTALLED + sync + "makes it anew";
    }
    Path lock = lock(version);
    try {
      // Where just the packages were copied there is no lock file
      return !Files.exists(lock) || Files.mismatch(lock, installed) < 0
          ? null
          : packages
              + " does not have what "
              + lock.getFileName()
              + " says"
              + sync
              + "installs that";
    } catch (IOException e) {
      return packages + " cannot be read: " + e + sync + "makes it anew";
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
