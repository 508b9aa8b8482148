/**
 * Python objects held by Java: references and how they are given back, conversions both ways,
 * calls, and errors. What the user sees of them is made by {@link
 * dev.vivarium.internal.object.Surface}.
 */
@NullMarked
package dev.vivarium.internal.object;

import org.jspecify.annotations.NullMarked;
