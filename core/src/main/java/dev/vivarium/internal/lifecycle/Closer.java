package dev.vivarium.internal.lifecycle;

/** Who may claim gates: one call of close, known by its identity. */
public abstract class Closer {}
