/**
 * Python functions in Apache Spark's executors: over Arrow's memory, on rows, in SQL. What is here
 * runs in the driver ({@link dev.vivarium.spark.VivariumSpark}) or in a task; the Python of an
 * executor is {@link dev.vivarium.spark.ExecutorPython}, and what goes through a task's Python
 * function goes through a {@link dev.vivarium.spark.Exchange}. Of Spark's inner classes only those
 * are used that its own Python support is built on.
 */
@NullMarked
package dev.vivarium.spark;

import org.jspecify.annotations.NullMarked;
