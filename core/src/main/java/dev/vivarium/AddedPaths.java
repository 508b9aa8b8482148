package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.discovery.PythonLocator;
import dev.vivarium.internal.object.OwnSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code sys.path} of each interpreter has that CPython would not put there by itself. */
final class AddedPaths {

  private static final OwnSource ENVIRONMENT = new OwnSource(AddedPaths.class, "environment.py");

  private final @Nullable Path environment;
  private final List<Path> last;

  private AddedPaths(@Nullable Path environment, List<Path> last) {
    this.environment = environment;
    this.last = List.copyOf(last);
  }

  /**
   * What options say, for a CPython. May take seconds, where something is to be unpacked.
   *
   * @throws PythonStartException if the environment has no packages for it, or some cannot be
   *     unpacked
   */
  static AddedPaths of(PythonOptions options, PythonVersion version) {
    PythonEnvironment environment = options.environment();
    String problem = environment == null ? null : environment.problem(version);
    if (problem != null) {
      throw new PythonStartException(problem);
    }
    List<Path> last = new ArrayList<>(options.paths());
    if (options.classPathPackages()) {
      last.addAll(PythonLocator.packages(version));
    }
    return new AddedPaths(environment == null ? null : environment.packages(version), last);
  }

  void addTo(Interpreter interpreter) {
    if (environment == null && last.isEmpty()) {
      return;
    }
    interpreter.run(in -> {
      if (environment != null) {
        Map<String, Object> given = Map.of("folder", environment.toString());
        C.Py_DecRef(ENVIRONMENT.run(in.home(), given));
      }
      try (PyObject sys = in.importModule("sys");
          PyObject path = sys.attr("path")) {
        for (Path added : last) {
          path.callMethod("append", added.toString()).close();
        }
      }
    });
  }
}
