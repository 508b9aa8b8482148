package dev.vivarium.arrow;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import java.time.Duration;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The CPython of this JVM: the embedded one, or the one that {@code VIVARIUM_LIBRARY} names. As an
 * extension, starts it before the first test class that asks, and closes it after the last.
 */
final class PythonUnderTest implements BeforeAllCallback {

  private static volatile Python started;

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(Started.class, key -> new Started(), Started.class);
  }

  private static final class Started implements AutoCloseable {
    Started() {
      started = start();
    }

    @Override
    public void close() {
      // Also a test: whatever the tests have left behind, the end must come
      started.close(Duration.ofSeconds(60));
    }
  }

  static Python start() {
    return Python.start(PythonOptions.builder().useEnvironment(true).build());
  }

  static Python python() {
    return started;
  }

  static Interpreter main() {
    return started.main();
  }

  /** As an extension, skips the tests where the Python has no pyarrow. */
  static final class WithPyArrow implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
      new PythonUnderTest().beforeAll(context);
      boolean there =
          main()
              .call(in -> {
                in.exec("import importlib.util as _util");
                return in.eval("_util.find_spec('pyarrow') is not None").asBoolean();
              });
      assumeThat(there)
          .as("this Python has no pyarrow: the root that ./verify prepares has one")
          .isTrue();
    }
  }
}
