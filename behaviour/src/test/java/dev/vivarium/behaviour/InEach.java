package dev.vivarium.behaviour;

import dev.vivarium.Interpreter;
import dev.vivarium.testing.PythonUnderTest;
import java.util.HashMap;
import java.util.List;

/** Python code of tests that is run in main and in an interpreter of each other kind. */
final class InEach {

  private static final String RAISES =
      """
      def raises(kind, call, *words):
          try:
              call()
          except kind as e:
              for word in words:
                  assert word in str(e), str(e)
          else:
              raise AssertionError('nothing raised')

      def refused(call, *words):
          raises(TypeError, call, *words)
      """;

  private InEach() {}

  /**
   * Runs it, with {@code raises} and {@code refused} defined, in globals of its own.
   *
   * @param before what it wants to be run first
   */
  static void run(String before, String code) {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own, shared)) {
        try (var names = in.toPython(new HashMap<>())) {
          in.exec(RAISES + before, names);
          in.exec(code, names);
        }
      }
    }
  }
}
