package dev.vivarium.spark;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Python;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts Python, and skips the tests where it has no pyarrow. */
final class WithPyArrow implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    Python python = Python.running().orElseGet(Python::start);
    boolean there =
        python
            .main()
            .call(in -> {
              in.exec("import importlib.util as _util");
              return in.eval("_util.find_spec('pyarrow') is not None").asBoolean();
            });
    assumeThat(there)
        .as("this Python has no pyarrow: the root that ./verify prepares has one")
        .isTrue();
  }
}
