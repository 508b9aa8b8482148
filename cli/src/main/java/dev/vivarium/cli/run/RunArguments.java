package dev.vivarium.cli.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tells the options of {@code run} from those of the Python program, as {@code python} does. */
public final class RunArguments {

  private static final String SEPARATOR = "--";

  private RunArguments() {}

  /**
   * Puts {@code --} between the two: after what {@code -c} or {@code -m} takes, or before the
   * program's name. Arguments of other commands stay as they are.
   */
  public static String[] separate(String[] arguments) {
    if (arguments.length == 0 || !arguments[0].equals("run")) {
      return arguments;
    }
    List<String> separated = new ArrayList<>();
    separated.add(arguments[0]);
    int at = 1;
    boolean found = false;
    while (at < arguments.length && !found) {
      String argument = arguments[at];
      if (isCodeOrModule(argument)) {
        separated.add(argument.substring(0, 2));
        if (argument.length() > 2) {
          separated.add(argument.substring(2));
        } else if (at + 1 < arguments.length) {
          separated.add(arguments[++at]);
        }
        at++;
        found = true;
      } else if (takesAnother(argument) && at + 1 < arguments.length) {
        separated.add(argument);
        separated.add(arguments[at + 1]);
        at += 2;
      } else if (argument.startsWith("-") && argument.length() > 1) {
        if (argument.equals(SEPARATOR)) {
          return arguments;
        }
        separated.add(argument);
        at++;
      } else {
        found = true;
      }
    }
    if (found) {
      separated.add(SEPARATOR);
    }
    separated.addAll(Arrays.asList(arguments).subList(at, arguments.length));
    return separated.toArray(String[]::new);
  }

  private static boolean takesAnother(String argument) {
    return argument.equals("--python")
        || argument.equals("--environment")
        || argument.equals("--profile");
  }

  private static boolean isCodeOrModule(String argument) {
    return argument.startsWith("-c") || argument.startsWith("-m");
  }
}
