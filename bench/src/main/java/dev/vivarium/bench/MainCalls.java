package dev.vivarium.bench;

import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.util.function.IntBinaryOperator;

/** What is measured as {@code call.main} or beside it, by a thread with nothing attached. */
@SuppressWarnings("NullAway.Init") // see prepare()
public abstract class MainCalls extends PythonBenchmark {

  static final int BATCH = 1000; // the twin loops too

  InterpreterView view;
  int i;

  private IntBinaryOperator add;

  @Override
  void prepare() {
    view = main.view();
    add = function(main, "f", IntBinaryOperator.class);
  }

  /** Enters main, calls {@code f(a, b)} and leaves, so many times. */
  final int callMain() {
    int sum = 0;
    for (int k = 0; k < BATCH; k++) {
      try (ThreadState _ = ThreadState.ensure(view)) {
        sum |= add.applyAsInt(i++ & 0xfffff, 7);
      }
    }
    return sum;
  }
}
