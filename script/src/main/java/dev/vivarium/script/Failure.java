package dev.vivarium.script;

import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import javax.script.ScriptException;

/** What scripts end with, as {@link ScriptException}. */
final class Failure {

  private Failure() {}

  /**
   * Gives an error of the script as one; throws what is not the script's: unchecked exceptions that
   * came through it from Java, and those of an interpreter that has ended.
   */
  static ScriptException of(Session session, String file, Throwable thrown) {
    return switch (thrown) {
      case ScriptException nested -> nested;
      case PythonException raised -> raised(session, file, raised);
      case PythonExit exit ->
          (ScriptException) new ScriptException(exit.getMessage()).initCause(exit);
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      case Exception checked -> new ScriptException(checked);
      default -> throw new IllegalStateException(thrown);
    };
  }

  private static ScriptException raised(Session session, String file, PythonException raised) {
    Support.Place place;
    try {
      place = session.call(support -> support.place(raised.value(), file));
    } catch (IllegalStateException | PythonException e) { // its interpreter has ended, say
      place = new Support.Place(null, -1, -1, "");
    }
    String message =
        place.message().isEmpty()
            ? raised.getMessage()
            : raised.typeName() + ": " + place.message();
    return (ScriptException)
        new ScriptException(message, place.file(), place.line(), place.column()).initCause(raised);
  }
}
