/**
 * The goals of {@code vivarium-maven-plugin}: what puts Python code and packages into a jar, and
 * runs Python tests. Each starts a JVM for its Python, since a process can start one only once, and
 * Maven's builds many modules.
 */
@NullMarked
package dev.vivarium.maven;

import org.jspecify.annotations.NullMarked;
