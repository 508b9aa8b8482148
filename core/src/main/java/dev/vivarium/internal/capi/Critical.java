package dev.vivarium.internal.capi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Links the function with {@code Linker.Option.critical}: several times cheaper, and only for one
 * that neither blocks, nor runs Python code, nor calls back into Java.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Critical {}
