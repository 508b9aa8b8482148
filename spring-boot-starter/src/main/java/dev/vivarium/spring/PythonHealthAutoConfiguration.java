package dev.vivarium.spring;

import dev.vivarium.Python;
import dev.vivarium.pool.InterpreterPool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Python's part of the application's health, unless {@code management.health.python.enabled}. */
@AutoConfiguration(after = InterpreterPoolAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Python.class)
@ConditionalOnEnabledHealthIndicator("python")
public class PythonHealthAutoConfiguration {

  /** For Spring. */
  public PythonHealthAutoConfiguration() {}

  /** The indicator, called {@code python}. */
  @Bean
  @ConditionalOnMissingBean(name = "pythonHealthIndicator")
  public HealthIndicator pythonHealthIndicator(
      Python python,
      ObjectProvider<InterpreterPool> pools,
      ObjectProvider<InterpreterPoolLifecycle> lifecycle) {
    return new PythonHealthIndicator(python, pools, lifecycle);
  }
}
