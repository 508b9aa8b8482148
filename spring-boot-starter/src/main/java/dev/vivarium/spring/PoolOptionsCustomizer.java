package dev.vivarium.spring;

import dev.vivarium.pool.PoolOptions;

/**
 * A bean that sets options of the pool which have no property, or sets them otherwise: a health
 * check, an initializer in Java. All of them are asked, in their order, after the properties have
 * been read.
 */
@FunctionalInterface
public interface PoolOptionsCustomizer {

  /** Other options, made of these; on the thread that makes the beans, once. */
  PoolOptions customize(PoolOptions options);
}
