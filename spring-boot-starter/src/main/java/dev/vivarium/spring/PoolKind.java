package dev.vivarium.spring;

/** What a pool consists of. */
public enum PoolKind {
  /** Interpreters with a GIL of their own, which compute in parallel. */
  ISOLATED,
  /** Interpreters that share main's GIL, for extension modules that load in no others. */
  SHARED,
  /** Threads of the main interpreter, for extension modules that load there alone, as NumPy. */
  MAIN
}
