/**
 * Python functions in Apache Flink's task managers: as operators of a stream and as functions of a
 * table. What users call is {@link dev.vivarium.flink.VivariumFlink}; the rest runs in tasks. What
 * a task does with Python goes through a {@link dev.vivarium.flink.TaskFunction}, which has an
 * interpreter for it on a thread of its own; records that go there together, and when, are the
 * business of {@link dev.vivarium.flink.BundleOperator}.
 */
@NullMarked
package dev.vivarium.flink;

import org.jspecify.annotations.NullMarked;
