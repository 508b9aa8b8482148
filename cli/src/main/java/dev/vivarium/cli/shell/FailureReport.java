package dev.vivarium.cli.shell;

import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells of failures in one line on standard error, with the stack only for {@code --debug}. */
public final class FailureReport implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private final boolean debug;

  /** A report for this command line. */
  public FailureReport(String[] arguments) {
    String variable = System.getenv("VIVARIUM_DEBUG");
    this.debug =
        Arrays.asList(arguments).contains("--debug") || (variable != null && !variable.isEmpty());
  }

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    print(command.getErr(), e, oneLine(e.getMessage()) + near(e) + " (see '" + name + " --help')");
    return ExitStatus.USAGE;
  }

  private static String near(ParameterException e) {
    List<String> near =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    return near.isEmpty() ? "" : "; did you mean '" + near.getFirst() + "'?";
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    String message =
        e instanceof CommandFailure || e instanceof PythonStartException || e instanceof IOException
            ? oneLine(e.getMessage())
            : "unexpected failure, --debug shows where: " + oneLine(e.toString());
    print(command.getErr(), e, message);
    return ExitStatus.USAGE;
  }

  private void print(PrintWriter err, Exception e, String message) {
    err.println("vivarium: " + message);
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
  }

  /** A text without line breaks. */
  public static String oneLine(@Nullable String text) {
    List<String> lines =
        String.valueOf(text).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    return String.join("; ", lines);
  }
}
