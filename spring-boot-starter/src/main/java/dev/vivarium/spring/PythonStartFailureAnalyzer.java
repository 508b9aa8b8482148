package dev.vivarium.spring;

import dev.vivarium.PythonStartException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Has Boot say why Python has not started, without the stack of the beans that wanted it. */
final class PythonStartFailureAnalyzer extends AbstractFailureAnalyzer<PythonStartException> {

  PythonStartFailureAnalyzer() {}

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, PythonStartException cause) {
    return new FailureAnalysis(
        "Python could not be started: " + cause.getMessage(),
        "Do what the description says; docs/guide/spring.md has a set-up that works."
            + " vivarium.python.enabled=false leaves Python out.",
        cause);
  }
}
