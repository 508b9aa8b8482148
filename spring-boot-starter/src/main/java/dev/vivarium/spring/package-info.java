/**
 * Vivarium in Spring Boot: {@link dev.vivarium.Python} and an {@link
 * dev.vivarium.pool.InterpreterPool} as beans, made by properties, seen by health and metrics, and
 * closed when the application's own requests are done.
 *
 * <p>What belongs here turns what Boot knows (properties, beans, its lifecycle) into calls of the
 * public API, and adds nothing that an application without Spring would miss. The guide is {@code
 * docs/guide/spring.md}.
 */
@NullMarked
package dev.vivarium.spring;

import org.jspecify.annotations.NullMarked;
