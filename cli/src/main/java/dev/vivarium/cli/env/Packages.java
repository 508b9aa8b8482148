package dev.vivarium.cli.env;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.PythonVersion;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.PythonResource;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves requirements and installs what a lock file names, by the pip of the Python that runs.
 * pip is a process of its own: it installs for the program that runs it, and starts others.
 *
 * @param wheels the folder that packages come from; null for what pip's settings say
 */
record Packages(Interpreter main, PythonVersion version, Path program, @Nullable Path wheels) {

  static Packages of(Python python, @Nullable Path wheels) {
    Path program = python.installation().executable();
    if (program == null) {
      throw new CommandFailure(
          python.installation().library()
              + " has no python program, which pip is run by; name one with --python");
    }
    Packages packages =
        new Packages(
            python.main(),
            python.version(),
            program,
            wheels == null ? null : wheels.toAbsolutePath());
    try (PyObject module = packages.module();
        PyObject there = module.callMethod("has_pip")) {
      if (!there.asBoolean()) {
        throw new CommandFailure(
            "Python "
                + python.version()
                + " ("
                + program
                + ") has no pip: install it there, or leave out --python, since the Python that"
                + " comes with Vivarium has it");
      }
    }
    return packages;
  }

  private PyObject module() {
    return PythonResource.load(main, Packages.class, "requirements.py");
  }

  /**
   * What has to be installed for requirements, in the newest versions that fit together.
   *
   * @param keep versions to keep, one {@code name==version} a line
   * @throws PipFailure if pip finds none
   */
  LockFile resolve(Requirements requirements, List<String> keep, boolean quiet) throws IOException {
    Path given = requirements.folder().resolve(".new-requirements.txt");
    Path report = Files.createTempFile("vivarium-report", ".json");
    Path constraints = Files.createTempFile("vivarium-versions", ".txt");
    try {
      Files.writeString(given, requirements.forPip(this::dependencies));
      Files.write(constraints, keep);
      List<String> words = new ArrayList<>(List.of("--dry-run", "--ignore-installed"));
      words.addAll(List.of("--report", report.toString()));
      words.addAll(List.of("--constraint", constraints.toString()));
      words.addAll(List.of("--requirement", given.toString()));
      install(words, requirements.folder(), quiet);
      return LockFile.made(lockText(report), checksum(requirements));
    } finally {
      Files.deleteIfExists(given);
      Files.deleteIfExists(report);
      Files.deleteIfExists(constraints);
    }
  }

  /**
   * Installs exactly what a lock file names into a new folder.
   *
   * @throws PipFailure if pip cannot, or a file is not the one that was locked
   */
  void install(Path lock, Path target) throws IOException {
    List<String> words =
        List.of(
            "--target",
            target.toString(),
            "--no-deps",
            "--require-hashes",
            "--requirement",
            lock.toString());
    Files.createDirectories(target); // pip makes none for no packages
    install(words, target, false);
  }

  private void install(List<String> words, Path folder, boolean quiet) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString(), "-I", "-m", "pip"));
    command.addAll(List.of("--disable-pip-version-check", "--no-input", "install"));
    command.add("--root-user-action=ignore");
    if (wheels != null) {
      command.addAll(List.of("--no-index", "--find-links", wheels.toString()));
    }
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true);
    if (wheels != null) { // and no folders or indexes that pip's settings add
      builder.environment().keySet().removeIf(name -> name.startsWith("PIP_"));
      boolean windows = System.getProperty("os.name").startsWith("Windows");
      builder.environment().put("PIP_CONFIG_FILE", windows ? "nul" : "/dev/null");
    }
    Process pip = builder.start();
    pip.getOutputStream().close();
    try (var said = pip.getInputStream()) {
      said.transferTo(quiet ? OutputStream.nullOutputStream() : System.err);
    }
    int status;
    try {
      status = pip.waitFor();
    } catch (InterruptedException e) {
      pip.destroy();
      throw new InterruptedIOException("interrupted while pip was at work");
    }
    if (status != 0) {
      throw new PipFailure(status);
    }
  }

  private String lockText(Path report) {
    try (PyObject module = module();
        PyObject text = module.callMethod("lock", report.toString())) {
      return text.asString();
    } catch (PythonException e) {
      throw new CommandFailure("what pip has found cannot be locked: " + said(e), e);
    }
  }

  /** A checksum of what is asked for, with all files that it names. */
  String checksum(Requirements requirements) throws IOException {
    return requirements.checksum(this::dependencies);
  }

  /** What a {@code pyproject.toml} says that its project needs. */
  private List<String> dependencies(Path file) {
    try (PyObject module = module();
        PyObject lines = module.callMethod("dependencies", file.toString())) {
      return lines.asList(String.class);
    } catch (PythonException e) {
      throw new CommandFailure(file + ": " + said(e), e);
    }
  }

  private static String said(PythonException e) {
    return String.valueOf(e.getMessage());
  }
}
