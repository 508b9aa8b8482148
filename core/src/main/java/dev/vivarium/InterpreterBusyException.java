package dev.vivarium;

import java.io.Serial;
import java.util.List;

/**
 * An interpreter was not closed in the time given, since someone is still inside or holds a guard .
 * Nothing has been torn down: it goes on, and can be closed again. Only where an occupant is a
 * {@link Occupant.Kind#FINALIZATION}, the end has begun and goes on by itself.
 */
public final class InterpreterBusyException extends IllegalStateException {

  @Serial private static final long serialVersionUID = 1;

  private final transient List<Occupant> occupants;

  InterpreterBusyException(String interpreter, List<Occupant> occupants) {
    super(
        interpreter
            + " could not be closed in time; "
            + (occupants.isEmpty() ? "another thread is still closing it" : "it waits for:")
            + Occupant.list(occupants));
    this.occupants = List.copyOf(occupants);
  }

  /** Who was still there when the time was up. */
  public List<Occupant> occupants() {
    return occupants == null ? List.of() : occupants;
  }
}
