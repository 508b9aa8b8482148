package dev.vivarium.internal.mirror;

import dev.vivarium.internal.object.Home;

/** A Python object as it was given, for code of the library's own; borrowed for the call. */
record Argument(Home home, long object) {}
