package dev.vivarium.cli;

import dev.vivarium.cli.shell.CommandFailure;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** The command {@code vivarium bench}: hands over to the module bench, where that is there. */
@Command(name = "bench", description = "Measures Vivarium's speed beside C's; --help tells how.")
final class BenchCommand implements Callable<Integer> {

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    try {
      Class.forName("dev.vivarium.bench.Main")
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(String[]::new));
      return 0;
    } catch (ClassNotFoundException e) {
      throw new CommandFailure(
          "bench is not on the class path: run it from a checkout, as ./vivarium bench", e);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
