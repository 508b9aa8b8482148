package dev.vivarium.cli.doctor;

import dev.vivarium.PythonOptions;
import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import dev.vivarium.cli.shell.ExitStatus;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code vivarium doctor}. */
@Command(
    name = "doctor",
    description = "Shows which JDK and Python are used, tries them, and says what to do.",
    sortOptions = false,
    footer = {
      "",
      "Exit status: 0 if nothing failed (warnings are fine), 1 otherwise.",
      "",
      "Examples:",
      "  vivarium doctor",
      "  vivarium doctor --python /usr/bin/python3 --json"
    })
public final class DoctorCommand implements Callable<Integer> {

  @Option(
      names = "--json",
      description = {
        "Print one JSON object: {\"ok\": true, \"checks\": [{\"check\",",
        "\"status\": ok, warn or fail, \"detail\", \"advice\"}]}."
      })
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>(ProcessChecks.all());
    findings.addAll(python());
    findings.add(CacheChecks.cache());
    boolean ok = findings.stream().noneMatch(f -> f.level() == Finding.Level.FAIL);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          "{\"ok\": "
              + ok
              + ", \"checks\": ["
              + findings.stream()
                  .map(Finding::json)
                  .collect(Collectors.joining(",\n  ", "\n  ", "\n"))
              + "]}");
    } else {
      findings.forEach(finding -> out.print(finding.text()));
      out.println();
      out.println(ok ? "All is well." : "Something failed: see the lines that begin with fail.");
    }
    out.flush();
    return ok ? ExitStatus.OK : ExitStatus.FAILED;
  }

  private List<Finding> python() {
    PythonOptions options;
    try {
      options = common.pythonOptions().build();
    } catch (CommandFailure e) {
      return List.of(
          Finding.fail("python", String.valueOf(e.getMessage()), "see 'vivarium doctor --help'"));
    }
    return PythonChecks.all(options);
  }
}
