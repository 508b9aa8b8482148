package dev.vivarium.internal.events;

/** Something that has begun while a recording runs, and is told when it ends. */
public interface Begun {}
