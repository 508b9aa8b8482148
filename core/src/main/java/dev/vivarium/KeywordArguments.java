package dev.vivarium;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says of the last parameter of a method or constructor, a {@code Map<String, …>}, that it is for
 * the keyword arguments of Python code: {@code table.plot("x", width=2)} calls {@code plot(String,
 * Map)} with a new map that holds 2, as what the map is declared to hold, and in the order in which
 * they were given. Without any the map is empty. A map can be given as well, as one more argument.
 * A method that overrides another says it again.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface KeywordArguments {}
