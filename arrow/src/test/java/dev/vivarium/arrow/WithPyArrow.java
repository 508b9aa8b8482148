package dev.vivarium.arrow;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.testing.PythonUnderTest;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts the Python under test, and skips the tests where it has no pyarrow. */
final class WithPyArrow implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    new PythonUnderTest().beforeAll(context);
    boolean there =
        PythonUnderTest.main()
            .call(in -> {
              in.exec("import importlib.util as _util");
              return in.eval("_util.find_spec('pyarrow') is not None").asBoolean();
            });
    assumeThat(there)
        .as("this Python has no pyarrow: the root that ./verify prepares has one")
        .isTrue();
  }
}
