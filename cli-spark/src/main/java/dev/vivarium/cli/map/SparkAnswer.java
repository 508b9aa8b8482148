package dev.vivarium.cli.map;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What came of a task.
 *
 * @param lines of all of its items
 * @param failed which of them are of errors
 * @param nanos how long it was in Python
 * @param problem why nothing can be done at all, in a line for the user; mostly null
 */
record SparkAnswer(ArrayList<String> lines, BitSet failed, long nanos, @Nullable String problem)
    implements Serializable {

  static SparkAnswer problem(String problem) {
    return new SparkAnswer(new ArrayList<>(), new BitSet(), 0, problem);
  }
}
