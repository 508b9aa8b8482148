package dev.vivarium.spring;

import dev.vivarium.Python;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PoolOptions;
import java.util.List;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/** A pool of interpreters as a bean, by the properties {@code vivarium.pool}. */
@AutoConfiguration(after = PythonAutoConfiguration.class)
@ConditionalOnBean(Python.class)
@EnableConfigurationProperties({PoolProperties.class, PythonProperties.class})
public class InterpreterPoolAutoConfiguration {

  /** For Spring. */
  public InterpreterPoolAutoConfiguration() {}

  /** What closes pools when the application ends; those too that are beans of the application's. */
  @Bean
  @ConditionalOnMissingBean
  public InterpreterPoolLifecycle interpreterPoolLifecycle(PoolProperties properties) {
    return new InterpreterPoolLifecycle(properties.shutdownTimeout());
  }

  /**
   * The pool, opened: its least interpreters are there and initialized.
   *
   * @throws InterruptedException if this thread is interrupted meanwhile
   */
  @Bean(destroyMethod = "") // interpreterPoolLifecycle closes it, earlier and with a limit
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "vivarium.pool.enabled", matchIfMissing = true)
  public InterpreterPool interpreterPool(
      Python python,
      PoolProperties properties,
      PythonProperties pythonProperties,
      ObjectProvider<PoolOptionsCustomizer> customizers,
      InterpreterPoolLifecycle lifecycle,
      ApplicationContext context)
      throws InterruptedException {
    PoolOptions options = properties.options(pythonProperties, context.getClassLoader());
    List<PoolOptionsCustomizer> ordered = customizers.orderedStream().toList();
    for (PoolOptionsCustomizer customizer : ordered) {
      options = customizer.customize(options);
    }
    InterpreterPool pool = lifecycle.manage(InterpreterPool.open(python, options));
    if (ordered.isEmpty()) { // else they may have set another limit
      lifecycle.limit(pool, properties.mostAtAll());
    }
    return pool;
  }

  /** A way to call the pool with the deadline that {@code vivarium.pool.deadline} says. */
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnSingleCandidate(InterpreterPool.class)
  @Conditional(DeadlineCondition.class)
  public PoolCaller poolCaller(InterpreterPool pool, PoolProperties properties) {
    return pool.within(Objects.requireNonNull(properties.deadline()));
  }

  /** Where there is a deadline: an empty one is none. */
  static final class DeadlineCondition implements Condition {

    DeadlineCondition() {}

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
      return StringUtils.hasText(context.getEnvironment().getProperty("vivarium.pool.deadline"));
    }
  }
}
