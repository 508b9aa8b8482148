package dev.vivarium.cli.map;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.PythonExit;
import dev.vivarium.ThreadState;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.Json;
import java.io.IOException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** An interpreter and the thread that works in it. */
final class Worker implements Runnable {

  private static final char RESULT = 'R';
  private static final char TABLE = 'T';
  private static final char INTERRUPT = 'K';

  private final Pool pool;
  private volatile @Nullable Turn turn;
  private volatile boolean stuck;

  Worker(Pool pool) {
    this.pool = pool;
  }

  /** What it is doing in Python, or null if it is not there. */
  @Nullable Turn turn() {
    return turn;
  }

  /** Whether its interpreter did not end when asked to. */
  boolean isStuck() {
    return stuck;
  }

  @Override
  public void run() {
    try {
      Interpreter interpreter = pool.interpreters().open();
      try {
        work(interpreter);
      } finally {
        end(interpreter);
      }
    } catch (InterruptedException e) {
      // stopped
    } catch (Throwable e) {
      pool.fail(e);
    } finally {
      pool.left(this);
    }
  }

  private void work(Interpreter interpreter) throws IOException, InterruptedException {
    try (PyObject call = load(interpreter)) {
      boolean mine = true;
      while (mine) {
        Item item = pool.feed().take();
        mine = item != null && deliver(one(interpreter, call, item));
      }
    }
  }

  private PyObject load(Interpreter interpreter) throws InterruptedException {
    try (ThreadState state = ThreadState.ensure(interpreter.view())) {
      turn = new Turn(this, null, state);
      return pool.interpreters().load(interpreter);
    } catch (PythonException e) {
      if (e.isInstance("KeyboardInterrupt") && pool.isStopping()) {
        throw new InterruptedException();
      }
      throw new CommandFailure(
          e.typeName().endsWith("Problem") ? e.pythonMessage() : String.valueOf(e.getMessage()), e);
    } finally {
      turn = null;
    }
  }

  private record Outcome(Turn turn, Item item, char kind, String json) {}

  private Outcome one(Interpreter interpreter, PyObject call, Item item) {
    try (ThreadState state = ThreadState.ensure(interpreter.view())) {
      Turn now = new Turn(this, item, state);
      turn = now;
      long began = System.nanoTime();
      Future<?> timer = pool.deadlines().begin(now);
      String outcome;
      try (PyObject result = call.call(item.text())) {
        outcome = result.asString();
      } catch (PythonException e) {
        outcome = outside(e);
      } catch (PythonExit e) {
        outcome = "E" + new ItemError("SystemExit", e.text(), "").json();
      } finally {
        pool.statistics().inPython(System.nanoTime() - began);
        if (timer != null) {
          timer.cancel(false);
        }
      }
      return new Outcome(now, item, outcome.charAt(0), outcome.substring(1));
    } finally {
      turn = null;
    }
  }

  // An interrupt can come where Python code of ours is between its try statements
  private static String outside(PythonException e) {
    return e.isInstance("KeyboardInterrupt")
        ? INTERRUPT + Json.quote(e.traceback())
        : "E" + new ItemError(e.typeName(), e.pythonMessage(), e.traceback()).json();
  }

  /** Hands a line over; false if another has done so, and this worker is to leave. */
  private boolean deliver(Outcome outcome) throws IOException {
    if (!outcome.turn.settle()) {
      return false;
    }
    boolean good = (outcome.kind == RESULT || outcome.kind == TABLE) && !outcome.turn.isExpired();
    if (!good && pool.isStopping()) {
      return true; // perhaps for our interrupt: not finished
    }
    if (good && outcome.kind == TABLE) {
      pool.interpreters().write(outcome.item);
    }
    pool.finish(outcome.item, line(outcome, good), !good);
    return true;
  }

  private String line(Outcome outcome, boolean good) {
    if (good) {
      return outcome.kind == TABLE ? "" : outcome.item.resultLine(outcome.json);
    }
    String traceback = outcome.kind == INTERRUPT ? outcome.json : "\"\"";
    if (outcome.turn.isExpired()) {
      return outcome.item.errorLine(pool.deadlines().error(true).json(traceback));
    }
    return outcome.item.errorLine(
        outcome.kind == INTERRUPT
            ? new ItemError("KeyboardInterrupt", "", "").json(traceback)
            : outcome.json);
  }

  private void end(Interpreter interpreter) {
    try {
      pool.interpreters().close(interpreter);
    } catch (InterpreterBusyException e) {
      stuck = true;
      pool.warn(e.getMessage());
    }
  }
}
