package dev.vivarium.internal.lifecycle;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The application's own shutdown hooks, which the JVM starts in any order beside ours, and then
 * waits for one after the other, in the same order. So those that it has started before ours are
 * done once it waits for ours, and those after it are threads that are older than the exit, but run
 * only since then.
 */
public final class OtherHooks {

  private static final int IN_A_ROW = 3;

  private final Thread ours;
  private final Thread exiting = Thread.currentThread();
  // In this order: what an earlier hook makes and starts in between is no hook. One that it is just
  // starting may be taken for one
  private final long firstIdAfter = new Thread().threadId();
  private final Set<Thread> before = threads();
  private int inARow; // our hook's alone

  /** On the thread that exits, which is about to start our hook. */
  public OtherHooks(Thread ours) {
    this.ours = ours;
  }

  /** On our hook's thread, again and again: whether others are running, or may be. */
  public boolean areRunning() {
    inARow = isWaitedFor() ? inARow + 1 : 0;
    return inARow < IN_A_ROW || hasNewThreads();
  }

  // Who waits for the end of a thread waits on its monitor; woken there, it has to wait for us. It
  // may look the same once for a moment, as another hook ends
  private boolean isWaitedFor() {
    if (exiting.getState() != Thread.State.WAITING) {
      return false;
    }
    synchronized (ours) {
      ours.notifyAll();
      return exiting.getState() == Thread.State.BLOCKED;
    }
  }

  // A hook is made before the exit begins, and started in it; so may be one of this library's own
  // threads, which is no hook and would be waited for until the limit
  private boolean hasNewThreads() {
    for (Thread thread : threads()) {
      if (thread.threadId() < firstIdAfter
          && thread != ours
          && !before.contains(thread)
          && !ServiceThread.isOne(thread)) {
        return true;
      }
    }
    return false;
  }

  private static Set<Thread> threads() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[2 * group.activeCount() + 16];
    int found = group.enumerate(threads);
    Set<Thread> all = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < found; i++) {
      all.add(threads[i]);
    }
    return all;
  }
}
