package dev.vivarium.internal.lifecycle;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method in which, and below which, nothing is thrown: it changes what CPython has attached, or
 * who is counted inside, together with our record of it, and stopping between the two would lose
 * the GIL or a count. It allocates nothing, and whoever calls it has looked for room on the stack
 * before. The tests that throw at every step leave these alone.
 */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface NoThrow {}
