package dev.vivarium.internal.discovery;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonProvider;
import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the CPython that the options, system properties, the environment, the class path or the
 * {@code PATH} name, in this order, and refuses with a reason what cannot be loaded. Nothing is
 * loaded here.
 */
public final class PythonLocator {

  private static final Pattern VERSION =
      Pattern.compile("3(?:\\.(\\d{1,3})(?:\\.(\\d{1,3}))?)?(t?)");

  private final Function<String, @Nullable String> properties;
  private final Map<String, String> environment;
  private final Machine machine;
  private final Supplier<Optional<PythonProvider>> provider;
  private final SearchPath searchPath;

  PythonLocator(
      Function<String, @Nullable String> properties,
      Map<String, String> environment,
      Machine machine,
      Supplier<Optional<PythonProvider>> provider) {
    this.properties = properties;
    this.environment = environment;
    this.machine = machine;
    this.provider = provider;
    this.searchPath = new SearchPath(environment.getOrDefault("PATH", ""), machine);
  }

  /**
   * Finds the CPython to load. May run a {@code python} program, and may take seconds where a
   * provider has to unpack one.
   *
   * @param useEnvironment whether the variables of shells, {@code VIRTUAL_ENV} say, count
   * @throws PythonStartException if there is none, or the one that was named cannot be loaded
   */
  public static PythonInstallation locate(Named byOptions, boolean useEnvironment) {
    return new PythonLocator(
            System::getProperty, System.getenv(), Machine.current(), PythonLocator::bestProvider)
        .find(byOptions, useEnvironment);
  }

  PythonInstallation find(Named byOptions, boolean useEnvironment) {
    PythonInstallation named = named(byOptions, "");
    if (named != null) {
      return named;
    }
    PythonInstallation fromEnvironment = fromEnvironment(useEnvironment);
    if (fromEnvironment != null) {
      return fromEnvironment;
    }
    Optional<PythonProvider> provided = provider.get();
    if (provided.isPresent()) {
      PythonInstallation installation = provided.get().provide();
      LibraryCheck.requireLoadable(installation.library(), machine);
      return installation;
    }
    return fromDefaultProgram();
  }

  /** The Python that options name, or null if they name none. */
  private @Nullable PythonInstallation named(Named options, String origin) {
    String prefix = origin.isEmpty() ? "" : origin + ": ";
    String python = options.python();
    Path library = options.library();
    Path venv = options.venv();
    Path home = options.home();
    Path executable = options.executable();
    try {
      if (python != null) {
        return fromWord(python, origin.isEmpty() ? "python '" + python + "'" : origin);
      }
      if (library != null) {
        String source = origin.isEmpty() ? "the library that the options name" : origin;
        return fromLibrary(library, home, venv, executable, source);
      }
      if (venv != null) {
        return fromVenv(venv, origin.isEmpty() ? "the venv that the options name" : origin);
      }
      if (home != null) {
        String source = origin.isEmpty() ? "the home that the options name" : origin;
        return fromHome(home, executable, source);
      }
      if (executable != null) {
        String source = origin.isEmpty() ? "the executable that the options name" : origin;
        return fromProgram(executable, source);
      }
      return null;
    } catch (PythonStartException e) {
      throw prefix.isEmpty() ? e : new PythonStartException(prefix + e.getMessage(), e);
    }
  }

  /** What names a Python, of the system properties or else of the environment's variables. */
  private @Nullable PythonInstallation fromEnvironment(boolean alsoThatOfShells) {
    PythonInstallation found = fromSettings(true);
    if (found == null) {
      found = fromSettings(false);
    }
    return found == null && alsoThatOfShells ? fromShells() : found;
  }

  private @Nullable PythonInstallation fromSettings(boolean properties) {
    Setting python = setting("VIVARIUM_PYTHON", properties);
    if (python != null) {
      return from(python, b -> b.withPython(python.value()));
    }
    Setting library = setting("VIVARIUM_LIBRARY", properties);
    Setting home = setting("VIVARIUM_HOME", properties);
    if (library != null) {
      return from(
          library,
          b -> {
            Named both = b.withLibrary(Path.of(library.value()));
            return home == null ? both : both.withHome(Path.of(home.value()));
          });
    }
    return home == null ? null : from(home, b -> b.withHome(Path.of(home.value())));
  }

  private @Nullable Setting setting(String variable, boolean property) {
    return property
        ? Setting.property(variable, properties)
        : Setting.variable(variable, environment);
  }

  private @Nullable PythonInstallation fromShells() {
    Setting venv = setting("VIRTUAL_ENV", false);
    if (venv != null) {
      return from(venv, b -> b.withVenv(Path.of(venv.value())));
    }
    Setting conda = setting("CONDA_PREFIX", false);
    return conda == null ? null : from(conda, b -> b.withHome(Path.of(conda.value())));
  }

  private @Nullable PythonInstallation from(Setting setting, UnaryOperator<Named> apply) {
    Named named;
    try {
      named = apply.apply(Named.NOTHING);
    } catch (IllegalArgumentException e) {
      throw new PythonStartException(setting.name() + " names no Python: " + e.getMessage(), e);
    }
    return named(named, setting.name());
  }

  private PythonInstallation fromDefaultProgram() {
    List<String> names =
        machine.os() == Machine.Os.WINDOWS ? List.of("python3", "python") : List.of("python3");
    Path program = null;
    for (String name : names) {
      if (program == null) {
        program = searchPath.programs(name).stream().findFirst().orElse(null);
      }
    }
    String artifact = machine.artifact();
    String advice =
        (artifact == null ? "Name" : "Add the artifact " + artifact + ", or name")
            + " a Python with PythonOptions, --python or VIVARIUM_PYTHON.";
    if (program == null) {
      throw new PythonStartException(
          "no Python was found: none is named, none is embedded, and there is no python3 on the"
              + " PATH. "
              + advice);
    }
    try {
      return fromProgram(program, "python3 on the PATH");
    } catch (PythonStartException e) {
      throw new PythonStartException(
          "no usable Python was found: none is named, none is embedded, and python3 on the PATH"
              + " won't do: "
              + e.getMessage()
              + ". "
              + advice,
          e);
    }
  }

  /** What {@code --python} takes: a path, a version, or a name on the {@code PATH}. */
  private PythonInstallation fromWord(String word, String source) {
    Matcher version = VERSION.matcher(word);
    if (version.matches()) {
      return fromVersion(word, version, source);
    }
    Path path;
    try {
      path =
          Path.of(
              word.startsWith("~/") ? System.getProperty("user.home") + word.substring(1) : word);
    } catch (InvalidPathException e) {
      throw new PythonStartException("'" + word + "' is no path and no version of Python", e);
    }
    boolean bareName =
        path.getNameCount() == 1 && !path.isAbsolute() && word.equals(path.toString());
    if (bareName && !word.startsWith(".")) {
      Optional<Path> program = searchPath.programs(word).stream().findFirst();
      if (program.isPresent()) {
        return fromProgram(program.get(), source);
      }
      if (!Files.exists(path)) {
        throw new PythonStartException(
            "there is no '" + word + "' on the PATH, nor a file or folder of that name here");
      }
    }
    return fromPath(path.toAbsolutePath().normalize(), source);
  }

  private PythonInstallation fromVersion(String word, Matcher version, String source) {
    Set<String> names = new LinkedHashSet<>();
    if (version.group(1) != null) {
      names.add("python3." + version.group(1) + version.group(3));
      names.add("python3." + version.group(1));
    }
    names.add("python3" + version.group(3));
    names.add("python3");
    names.add("python");
    List<String> others = new ArrayList<>();
    Set<Path> asked = new LinkedHashSet<>();
    for (String name : names) {
      for (Path program : searchPath.programs(name)) {
        if (!asked.add(program)) {
          continue;
        }
        ProgramReport report;
        try {
          report = ProgramReport.ask(program, ProgramReport.TIME_LIMIT);
        } catch (PythonStartException e) {
          others.add(program + " (does not run)");
          continue;
        }
        if (fits(report.version(), version)) {
          return fromReport(report, source);
        }
        others.add(program + " (" + report.version() + ")");
      }
    }
    throw new PythonStartException(
        "there is no Python "
            + word
            + " on the PATH"
            + (others.isEmpty() ? "" : "; there are " + String.join(", ", others))
            + "; name one by its path, or install it");
  }

  private static boolean fits(PythonVersion version, Matcher wanted) {
    return (wanted.group(1) == null || Integer.parseInt(wanted.group(1)) == version.minor())
        && (wanted.group(2) == null || Integer.parseInt(wanted.group(2)) == version.micro())
        && version.freeThreaded() == !wanted.group(3).isEmpty()
        && version.major() == 3;
  }

  private PythonInstallation fromPath(Path path, String source) {
    if (!Files.exists(path)) {
      throw new PythonStartException(path + LibraryCheck.missing(path));
    }
    if (Files.isDirectory(path)) {
      return VirtualEnvironment.isOne(path) ? fromVenv(path, source) : fromHome(path, null, source);
    }
    return LibraryName.looksLikeLibrary(path)
        ? fromLibrary(path, null, null, null, source)
        : fromProgram(path, source);
  }

  private PythonInstallation fromLibrary(
      Path library,
      @Nullable Path home,
      @Nullable Path venv,
      @Nullable Path executable,
      String source) {
    LibraryCheck.requireLoadable(library, machine);
    List<Path> preload = InstallationFolder.preload(library, machine);
    LibraryName name = LibraryName.parse(library);
    if (venv != null) {
      VirtualEnvironment environment = new VirtualEnvironment(venv, machine);
      Path program = environment.program();
      environment.requireVersionOf(library, name);
      return new PythonInstallation(library, null, program, source).withPreload(preload);
    }
    if (home != null) {
      if (name != null && !InstallationFolder.hasStandardLibrary(home, name, machine)) {
        throw new PythonStartException(noStandardLibrary(home, name));
      }
      Path program = executable != null ? executable : programIn(home, name);
      return new PythonInstallation(library, home, program, source).withPreload(preload);
    }
    if (executable != null) {
      return new PythonInstallation(library, null, executable, source).withPreload(preload);
    }
    Path found = name == null ? null : InstallationFolder.around(library, name, machine);
    if (found == null) {
      found =
          name == null
              ? null
              : InstallationFolder.around(InstallationFolder.realPath(library), name, machine);
    }
    if (found == null) {
      throw new PythonStartException(
          "the standard library of "
              + library
              + " was not found around it; name its home too (PythonOptions.home, VIVARIUM_HOME):"
              + " the folder that has "
              + standardLibraryWords(name)
              + " in it");
    }
    return new PythonInstallation(library, found, programIn(found, name), source)
        .withPreload(preload);
  }

  private PythonInstallation fromHome(Path home, @Nullable Path executable, String source) {
    if (executable == null && VirtualEnvironment.isOne(home)) {
      return fromVenv(home, source);
    }
    List<Path> libraries = InstallationFolder.libraries(home, machine);
    if (!libraries.isEmpty()) {
      Path library = libraries.getFirst();
      LibraryCheck.requireLoadable(library, machine);
      LibraryName name = LibraryName.parse(library);
      Path program = executable != null ? executable : programIn(home, name);
      return new PythonInstallation(library, home, program, source)
          .withPreload(InstallationFolder.preload(library, machine));
    }
    Path program = executable != null ? executable : InstallationFolder.program(home, null);
    if (program == null) {
      throw new PythonStartException(
          home
              + " is not the folder of a Python: it has no libpython with its standard library ("
              + standardLibraryWords(null)
              + "), no bin/python3 and no pyvenv.cfg");
    }
    return fromProgram(program, source);
  }

  private @Nullable Path programIn(Path home, @Nullable LibraryName version) {
    return version == null
        ? InstallationFolder.program(home, null)
        : InstallationFolder.programOrItsPlace(home, version, machine);
  }

  private PythonInstallation fromVenv(Path venv, String source) {
    return fromProgram(new VirtualEnvironment(venv, machine).program(), source);
  }

  private PythonInstallation fromProgram(Path program, String source) {
    if (!Files.exists(program)) {
      throw new PythonStartException(program + LibraryCheck.missing(program));
    }
    if (!Files.isExecutable(program)) {
      throw new PythonStartException(
          program + " is not a program that can be run; name a python program or a libpython");
    }
    return fromReport(ProgramReport.ask(program, ProgramReport.TIME_LIMIT), source);
  }

  private PythonInstallation fromReport(ProgramReport report, String source) {
    if (report.version().major() != 3) {
      throw new PythonStartException(
          report.program() + " is Python " + report.version() + "; Vivarium needs 3.12 or newer");
    }
    LibraryCheck.requireSupported(
        report.version().minor(), report.program() + " (" + report.version() + ")");
    Path library = new ProgramLibrary(report, machine).file();
    String executable = report.value("executable");
    return new PythonInstallation(
            library,
            null,
            executable.isEmpty() ? report.program().toAbsolutePath() : Path.of(executable),
            source + " (" + report.program() + ")")
        .withPreload(InstallationFolder.preload(library, machine));
  }

  private String noStandardLibrary(Path home, LibraryName name) {
    return home
        + " has no standard library for Python 3."
        + name.minor()
        + (name.isFreeThreaded() ? ", free-threaded" : "")
        + ": there is no "
        + standardLibraryWords(name)
        + " in it";
  }

  private String standardLibraryWords(@Nullable LibraryName name) {
    String folder = name == null ? "python3.X" : name.standardLibrary();
    return machine.os() == Machine.Os.WINDOWS ? "Lib\\os.py" : "lib/" + folder + "/os.py";
  }

  private static Optional<PythonProvider> bestProvider() {
    PythonProvider best = null;
    for (PythonProvider provider : providers()) {
      best = best == null || provider.priority() > best.priority() ? provider : best;
    }
    return Optional.ofNullable(best);
  }

  /**
   * The folders with packages that come with providers for a CPython. May take seconds.
   *
   * @throws PythonStartException if they cannot be made ready
   */
  public static List<Path> packages(PythonVersion version) {
    return providers().stream().flatMap(one -> one.packages(version).stream()).toList();
  }

  private static List<PythonProvider> providers() {
    try {
      List<PythonProvider> found = new ArrayList<>();
      ServiceLoader.load(PythonProvider.class).forEach(found::add);
      if (found.isEmpty()) {
        // A thread of a container may carry a class loader that does not see this library.
        ServiceLoader.load(PythonProvider.class, PythonLocator.class.getClassLoader())
            .forEach(found::add);
      }
      return found;
    } catch (ServiceConfigurationError e) {
      throw new PythonStartException(
          "a provider of a CPython on the class path cannot be used: "
              + e.getMessage()
              + "; check that vivarium-core and vivarium-cpython have the same version",
          e);
    }
  }
}
