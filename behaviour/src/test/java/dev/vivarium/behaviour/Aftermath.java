package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.Together;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What must be so whatever has gone wrong before: nothing is lost. */
final class Aftermath {

  private static final long ENTERING_SECONDS = 20;

  private Aftermath() {}

  /** On the calling thread. */
  static void assertNothingAttached() {
    assertThat(GilStateClient.look().isAttached()).as("attached, for C").isFalse();
    assertThat(InterpreterView.current()).as("attached, for Java").isEmpty();
  }

  /** A new thread enters each and runs Python there: nobody keeps a GIL. */
  static void assertOthersEnter(List<Interpreter> all) throws Exception {
    for (Interpreter one : all) {
      Future<Void> other =
          Together.start(
              "another",
              () -> {
                try (ThreadState entered = ThreadState.ensure(one.view())) {
                  assertThat(entered.interpreter().eval("6 * 7").asInt()).isEqualTo(42);
                }
              });
      try {
        other.get(ENTERING_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new AssertionError("nobody can enter " + one + " any more" + Together.stacks(), e);
      } catch (ExecutionException e) {
        throw new AssertionError("another thread in " + one, e.getCause());
      }
    }
  }

  /** How many thread states each has. */
  static List<Long> countStates(List<Interpreter> all) {
    return all.stream()
        .map(one -> one.view().call(in -> GilStateClient.countThreadStates()))
        .toList();
  }

  /** Once the dead have been reaped, each has as many thread states as before. */
  static void assertNoneLeft(List<Interpreter> all, List<Long> before) {
    List<Long> now = new ArrayList<>();
    Await.until(
        () -> "as many thread states as before: " + before + ", not " + now,
        () -> {
          now.clear();
          now.addAll(countStates(all));
          return isAsBefore(before, now);
        });
  }

  // The library's threads that tend references may have come to have one of their own
  static boolean isAsBefore(List<Long> before, List<Long> now) {
    for (int i = 0; i < before.size(); i++) {
      if (now.get(i) > before.get(i) + 1) {
        return false;
      }
    }
    return true;
  }
}
