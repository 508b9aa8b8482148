package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.ThreadStates;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The references that Java holds in one interpreter. Wrappers that the garbage collector has
 * dropped are given back by a thread of their own, in batches, and by the threads that make new
 * ones, so that no backlog grows behind a busy GIL (BEHAVIOUR O2).
 */
public final class References {

  static final ReferenceQueue<Object> COLLECTED = new ReferenceQueue<>();

  private static final int BATCH = 1024;
  private static final int LOOK_EVERY = 128; // a power of two

  // Those with something pending that no collection will bring up
  private static final ConcurrentLinkedQueue<References> LEFT_OVER = new ConcurrentLinkedQueue<>();

  private static boolean collecting;

  private final Home home;
  private final ConcurrentLinkedQueue<Reference> pending = new ConcurrentLinkedQueue<>();
  private @Nullable Reference first;
  private int made;
  private boolean ended;

  References(Home home) {
    this.home = home;
  }

  /** Starts the thread that gives back what was collected. Once a process. */
  static synchronized void startCollecting() {
    if (!collecting) {
      collecting = true;
      Thread.ofPlatform().daemon().name("python-references").start(References::collect);
    }
  }

  /** Keeps a new reference for its wrapper; attached. */
  public Reference keep(Object wrapper, long pointer) {
    Reference reference = new Reference(wrapper, home, pointer);
    boolean look;
    synchronized (this) {
      Reference second = first;
      reference.next = second;
      if (second != null) {
        second.previous = reference;
      }
      first = reference;
      look = (++made & (LOOK_EVERY - 1)) == 0;
    }
    if (look) {
      sortCollected(BATCH);
      giveBackPending(BATCH);
    }
    return reference;
  }

  /** Gives one back: at once where the thread is attached, or can be, and soon otherwise. */
  public void giveBack(Reference reference) {
    // What the object's end runs wants its room on the stack too
    boolean able = !Thread.currentThread().isVirtual() && !ThreadStates.isBelowFloor();
    if (able && ThreadStates.isAttachedTo(home.state())) {
      drop(reference);
      return;
    }
    boolean free = able && ThreadStates.attachedInterpreter() == null;
    Attachment entered = free ? ThreadStates.ensureReady(home.state()) : null;
    if (entered == null) {
      pending.add(reference);
      LEFT_OVER.add(this);
      return;
    }
    try {
      drop(reference);
    } finally {
      ThreadStates.release(entered, entered.depth());
    }
  }

  /** Whether no wrapper is left that the garbage collector has not dropped. */
  synchronized boolean isEmpty() {
    return first == null;
  }

  /** The interpreter has ended: its objects are gone, and nothing is to be given back. */
  synchronized void end() {
    ended = true;
    for (Reference r = first; r != null; ) {
      Reference next = r.next;
      r.take();
      r.clear();
      r.next = null;
      r.previous = null;
      r = next;
    }
    first = null;
    pending.clear();
  }

  /** How many objects of each Python type are held; attached. */
  public Map<String, Long> counts() {
    List<Reference> all = new ArrayList<>();
    synchronized (this) {
      for (Reference r = first; r != null; r = r.next) {
        all.add(r);
      }
    }
    Map<String, Long> counts = new TreeMap<>();
    for (Reference reference : all) {
      long object = reference.borrow();
      if (object != 0) {
        counts.merge(ToJava.typeName(home, object), 1L, Long::sum);
        reference.endBorrow(object);
      }
    }
    return counts;
  }

  private void drop(Reference reference) {
    long pointer = reference.take();
    unlink(reference);
    if (pointer != 0) {
      C.Py_DecRef(pointer);
    }
  }

  private synchronized void unlink(Reference reference) {
    if (ended) {
      return;
    }
    Reference next = reference.next;
    Reference previous = reference.previous;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    } else if (first == reference) {
      first = next;
    }
    reference.next = null;
    reference.previous = null;
  }

  private void giveBackPending(int most) {
    for (int i = 0; i < most; i++) {
      Reference reference = pending.poll();
      if (reference == null) {
        return;
      }
      drop(reference);
    }
  }

  // Those of other interpreters are left to the thread that collects
  private void sortCollected(int most) {
    for (int i = 0; i < most; i++) {
      Reference reference = (Reference) COLLECTED.poll();
      if (reference == null) {
        return;
      }
      References owner = sorted(reference);
      if (owner != null && owner != this) {
        LEFT_OVER.add(owner);
      }
    }
  }

  // Null if it was closed before: not worth a visit, which would leave a thread state there
  private static @Nullable References sorted(Reference collected) {
    if (collected.pointer() == 0) {
      return null;
    }
    References owner = collected.home.references();
    owner.pending.add(collected);
    return owner;
  }

  private static void collect() {
    Set<References> waiting = new HashSet<>();
    while (true) {
      try {
        Reference reference = (Reference) COLLECTED.remove(waiting.isEmpty() ? 1000 : 50);
        for (int i = 1; reference != null; i++) {
          References owner = sorted(reference);
          if (owner != null) {
            waiting.add(owner);
          }
          reference = i < BATCH ? (Reference) COLLECTED.poll() : null;
        }
        for (References left = LEFT_OVER.poll(); left != null; left = LEFT_OVER.poll()) {
          waiting.add(left);
        }
        waiting.removeIf(References::giveBackAll);
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread, and it must go on
      }
    }
  }

  // False if the interpreter refuses, as one that is closing does: it may open again
  private boolean giveBackAll() {
    if (!home.state().gate().isAlive()) {
      return true;
    }
    Attachment entered = ThreadStates.ensureReady(home.state());
    if (entered == null) {
      return false;
    }
    try {
      giveBackPending(Integer.MAX_VALUE);
      return true;
    } finally {
      ThreadStates.release(entered, entered.depth());
    }
  }
}
