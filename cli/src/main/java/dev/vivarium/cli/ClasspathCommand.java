package dev.vivarium.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code vivarium classpath}. */
@Command(
    name = "classpath",
    description = "Prints the class path that a Java program with Vivarium needs.",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  java --enable-native-access=ALL-UNNAMED \\",
      "       -cp \"$(./vivarium classpath)\" Mine.java"
    })
@SuppressWarnings("UnusedVariable") // options that picocli and Main look at
final class ClasspathCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(names = "--debug", description = "Show stack traces with errors.")
  private boolean debug;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(absolute(System.getProperty("java.class.path")));
    return 0;
  }

  static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
