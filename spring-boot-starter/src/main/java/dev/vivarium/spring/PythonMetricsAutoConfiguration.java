package dev.vivarium.spring;

import dev.vivarium.Python;
import dev.vivarium.micrometer.PythonMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Python's meters, where the application has a registry for meters. */
@AutoConfiguration(
    after = InterpreterPoolAutoConfiguration.class,
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({MeterRegistry.class, PythonMetrics.class})
@ConditionalOnBean({MeterRegistry.class, Python.class})
public class PythonMetricsAutoConfiguration {

  /** For Spring. */
  public PythonMetricsAutoConfiguration() {}

  /** The binder, which Boot has bind to each registry. */
  @Bean
  @ConditionalOnMissingBean
  public PythonMetrics pythonMetrics(Python python) {
    return new PythonMetrics(python);
  }
}
