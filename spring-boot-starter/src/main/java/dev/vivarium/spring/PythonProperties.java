package dev.vivarium.spring;

import dev.vivarium.PythonOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which CPython an application runs, and how. Without any of these it is the embedded one of the
 * dependencies. What they mean in detail the methods of {@link PythonOptions.Builder} say.
 *
 * @param enabled Whether there are beans of Python's at all.
 * @param python A Python as the command line takes it: a program, a virtual environment, an
 *     installation or a libpython, or a version or name that is looked for on the PATH.
 * @param library The libpython to load.
 * @param home The folder of the installation to use.
 * @param executable The python program to use.
 * @param venv The virtual environment to use.
 * @param path Folders that are added at the end of sys.path.
 * @param useEnvironment Whether PYTHON* variables, VIRTUAL_ENV and CONDA_PREFIX count.
 * @param classPathPackages Whether Python code finds NumPy and Python modules on the class path.
 * @param virtualThreadWorkers How many platform threads run Python for virtual threads at once.
 * @param output Where sys.stdout and sys.stderr lead, in the pool's interpreters too.
 * @param logToJava Whether Python's logging goes to Java's loggers, in the pool's interpreters too.
 * @param hooksTimeout How long, at the JVM's exit, Python waits for Spring Boot's shutdown.
 * @param exitTimeout How long, after that, the JVM's exit waits for threads inside Python.
 */
@ConfigurationProperties("vivarium.python")
public record PythonProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String python,
    @Nullable Path library,
    @Nullable Path home,
    @Nullable Path executable,
    @Nullable Path venv,
    @DefaultValue List<Path> path,
    @DefaultValue("false") boolean useEnvironment,
    @DefaultValue("true") boolean classPathPackages,
    @DefaultValue("64") int virtualThreadWorkers,
    @DefaultValue("process") PythonOutput output,
    @DefaultValue("false") boolean logToJava,
    @DefaultValue("5m") Duration hooksTimeout,
    @DefaultValue("5s") Duration exitTimeout) {

  PythonOptions.Builder options() {
    PythonOptions.Builder options =
        PythonOptions.builder()
            .addPath(path.toArray(Path[]::new))
            .useEnvironment(useEnvironment)
            .classPathPackages(classPathPackages)
            .virtualThreadWorkers(virtualThreadWorkers)
            .hooksTimeout(hooksTimeout)
            .exitTimeout(exitTimeout);
    if (python != null) {
      options.python(python);
    }
    if (library != null) {
      options.library(library);
    }
    if (home != null) {
      options.home(home);
    }
    if (executable != null) {
      options.executable(executable);
    }
    if (venv != null) {
      options.venv(venv);
    }
    if (output == PythonOutput.SYSTEM) {
      options.systemStreams(true);
    }
    if (logToJava) {
      options.logTo(System::getLogger);
    }
    return options;
  }
}
