package dev.vivarium.spring;

import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Python as a bean, by the properties {@code vivarium.python}. */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "vivarium.python.enabled", matchIfMissing = true)
@EnableConfigurationProperties(PythonProperties.class)
public class PythonAutoConfiguration {

  private static final System.Logger LOG = System.getLogger("dev.vivarium.spring");

  /** For Spring. */
  public PythonAutoConfiguration() {}

  /**
   * The process's Python: started, unless it runs already, for a process has one; that of the
   * Python program, where one has started this JVM. It outlives the application context, since
   * there may be another after this one, and ends with the JVM, when Spring Boot's shutdown is
   * over.
   *
   * @throws dev.vivarium.PythonStartException if it cannot be started, with what to do
   * @throws IllegalStateException if this process has had one, and somebody has closed it
   */
  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean
  public Python python(
      PythonProperties properties, ObjectProvider<PythonOptionsCustomizer> customizers) {
    PythonOptions.Builder options = properties.options();
    customizers.orderedStream().forEach(customizer -> customizer.customize(options));
    PythonOptions ours = options.build();
    Python python = Python.shared(ours); // two contexts may come at once
    if (python.options() != ours) {
      LOG.log(
          System.Logger.Level.INFO,
          "Python runs in this process already, with {0}: what vivarium.python.* says counts for"
              + " new interpreters alone",
          python.options());
    }
    return python;
  }

  /** The main interpreter of it. */
  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean
  public Interpreter mainInterpreter(Python python) {
    return python.main();
  }
}
