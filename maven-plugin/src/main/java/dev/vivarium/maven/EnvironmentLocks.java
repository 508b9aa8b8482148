package dev.vivarium.maven;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Modules of one build may share an environment folder, and be built in parallel: while a goal
 * changes it, no other one changes it or runs with its packages.
 */
final class EnvironmentLocks {

  private static final ConcurrentMap<Path, ReadWriteLock> LOCKS = new ConcurrentHashMap<>();

  private EnvironmentLocks() {}

  /** That of a folder which is there. */
  static ReadWriteLock of(Path environment) throws IOException {
    return LOCKS.computeIfAbsent(environment.toRealPath(), path -> new ReentrantReadWriteLock());
  }
}
