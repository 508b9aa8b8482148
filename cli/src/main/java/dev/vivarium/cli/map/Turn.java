package dev.vivarium.cli.map;

import dev.vivarium.ThreadState;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One stay of a worker in Python: the call for an item, or the loading of the function. */
final class Turn {

  private final Worker worker;
  private final @Nullable Item item;
  private final ThreadState state;
  private final AtomicBoolean settled = new AtomicBoolean();
  private volatile boolean expired;

  Turn(Worker worker, @Nullable Item item, ThreadState state) {
    this.worker = worker;
    this.item = item;
    this.state = state;
  }

  Worker worker() {
    return worker;
  }

  /** The item; null while loading. */
  @Nullable Item item() {
    return item;
  }

  /** Raises KeyboardInterrupt in it, on a thread of its own, since that waits for the GIL. */
  void interrupt() {
    Thread.ofPlatform().daemon().name("interrupt").start(state::interrupt);
  }

  /** The deadline has passed. */
  void expire() {
    expired = true;
    interrupt();
  }

  boolean isExpired() {
    return expired;
  }

  /** True for the one who may say what came of it: the worker, or whoever gives it up. */
  boolean settle() {
    return settled.compareAndSet(false, true);
  }
}
