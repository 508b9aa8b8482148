/**
 * Java classes and objects as Python code sees them: a Python type for each class and interpreter,
 * whose members lead to Java by one upcall, and whose instances hold a number that names a Java
 * object. What is known of a class and calls it is shared by all interpreters and holds nothing of
 * Python; what belongs to one interpreter is its {@link dev.vivarium.internal.mirror.Mirror}.
 */
@NullMarked
package dev.vivarium.internal.mirror;

import org.jspecify.annotations.NullMarked;
