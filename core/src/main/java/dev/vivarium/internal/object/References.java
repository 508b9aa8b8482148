package dev.vivarium.internal.object;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Finalizers;
import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.lifecycle.NoThrow;
import dev.vivarium.internal.lifecycle.ServiceThread;
import dev.vivarium.internal.thread.Attachment;
import dev.vivarium.internal.thread.ThreadStates;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The references that Java holds in one interpreter. Wrappers that the garbage collector has
 * dropped are given back by a thread of their own, in batches, and by the threads that make new
 * ones, so that no backlog grows behind a busy GIL (promise O2).
 */
public final class References {

  static final ReferenceQueue<Object> COLLECTED = new ReferenceQueue<>();

  private static final int BATCH = 1024;
  private static final int LOOK_EVERY = 128; // a power of two

  // Those of the interpreters that have not ended, and some that have: replaced, never changed
  private static volatile References[] all = new References[0];

  private static boolean collecting;
  private static boolean searching; // the collecting thread's alone: something may have been lost

  private final Home home;

  // Those that are to be given back, linked by themselves: without memory none must get lost
  private final AtomicReference<@Nullable Reference> pending = new AtomicReference<>();
  private @Nullable Reference first;
  private int made;
  private volatile boolean ended; // written under this

  References(Home home) {
    this.home = home;
  }

  /** From now on what is left here is given back. */
  void begin() {
    synchronized (References.class) {
      List<References> living = new ArrayList<>(List.of(this));
      for (References one : all) {
        if (one != this && !one.ended) {
          living.add(one);
        }
      }
      all = living.toArray(References[]::new);
    }
  }

  /** Starts the thread that gives back what was collected. Once a process. */
  static synchronized void startCollecting() {
    if (!collecting) {
      collecting = true;
      ServiceThread.named("python-references", References::collect).start();
    }
  }

  /** Gives one back before any that counts: what is run first may want memory. Attached. */
  void warmUp() {
    C.Py_IncRef(Types.NONE);
    drop(keep(this, Types.NONE));
  }

  /** Keeps a new reference for its wrapper; attached. */
  public Reference keep(Object wrapper, long pointer) {
    Reference reference = new Reference(wrapper, home, pointer);
    if ((link(reference) & (LOOK_EVERY - 1)) == 0) {
      sortCollected(BATCH);
      giveBackPending(BATCH);
    }
    return reference;
  }

  /**
   * Keeps one of an object whose finalizer has been called, and is to be called again when it is
   * given back. Calls nobody.
   */
  public Reference keepFinalized(Object wrapper, long pointer) {
    Reference reference = new Reference(wrapper, home, pointer);
    reference.finalized = true;
    link(reference);
    return reference;
  }

  private synchronized int link(Reference reference) {
    Reference second = first;
    reference.next = second;
    if (second != null) {
      second.previous = reference;
    }
    first = reference;
    return ++made;
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
    Attachment entered = free ? ThreadStates.ensure(home.state(), null) : null;
    if (entered == null) {
      leave(reference);
      return;
    }
    try {
      drop(reference);
    } finally {
      ThreadStates.endBody(entered, entered.depth());
    }
  }

  /** Whether no wrapper is left that the garbage collector has not dropped. */
  synchronized boolean isEmpty() {
    return first == null;
  }

  /** Gives all of them back, whoever has their wrappers; attached, with nobody else inside. */
  void giveBackLast() {
    for (Reference next = first(); next != null; next = first()) {
      drop(next);
    }
  }

  private synchronized @Nullable Reference first() {
    return first;
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
    pending.set(null);
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

  // In this order: what fails before the reference is taken is done again
  private void drop(Reference reference) {
    unlink(reference);
    long pointer = reference.take();
    if (pointer != 0) {
      if (reference.finalized) {
        Finalizers.renew(pointer);
      }
      C.Py_DecRef(pointer);
    }
  }

  /** Gives one back that Java holds no longer; attached. */
  public void release(Reference reference) {
    drop(reference);
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
      Reference reference = pending.get();
      while (reference != null && !pending.compareAndSet(reference, reference.nextPending)) {
        reference = pending.get();
      }
      if (reference == null) {
        return;
      }
      try {
        drop(reference);
      } catch (Throwable t) {
        if (reference.pointer() != 0) {
          push(reference);
        }
        throw t;
      }
    }
  }

  @NoThrow
  private void leave(Reference reference) {
    if (reference.leave()) {
      push(reference);
    }
  }

  @NoThrow
  private void push(Reference reference) {
    do {
      reference.nextPending = pending.get();
    } while (!pending.compareAndSet(reference.nextPending, reference));
  }

  // Those of other interpreters are left to the thread that collects
  private void sortCollected(int most) {
    for (int i = 0; i < most; i++) {
      Reference reference = (Reference) COLLECTED.poll();
      if (reference == null) {
        return;
      }
      sort(reference);
    }
  }

  // Not one that was closed before: it is not worth a visit, which would leave a thread state there
  private static void sort(Reference collected) {
    if (collected.pointer() != 0) {
      collected.home.references().leave(collected);
    }
  }

  private static void collect() {
    while (true) {
      try {
        collectOnce();
      } catch (Throwable t) {
        // No memory to find another way out with: this thread must go on
      }
    }
  }

  // Allocates nothing. What an error makes it forget, the next time finds
  private static void collectOnce() {
    boolean search = searching;
    searching = true; // unless it comes to the end
    boolean failed = false;
    try {
      Reference reference = (Reference) COLLECTED.remove(search || isAnyPending() ? 50 : 1000);
      for (int i = 1; reference != null; i++) {
        sort(reference);
        reference = i < BATCH ? (Reference) COLLECTED.poll() : null;
      }
    } catch (Throwable t) { // an interrupt, which nobody has a reason for, or no memory
      failed = true;
    }
    for (References one : all) {
      if (search ? !one.ended && !one.isEmpty() : one.isPending()) {
        failed |= !one.visit(search);
      }
    }
    searching = failed;
  }

  private static boolean isAnyPending() {
    for (References one : all) {
      if (one.isPending()) {
        return true;
      }
    }
    return false;
  }

  private boolean isPending() {
    return pending.get() != null && !ended;
  }

  // Where the interpreter refuses, it is tried again in a while; false if a search was in vain
  private boolean visit(boolean search) {
    try {
      return giveBackAll(search) || !search;
    } catch (Throwable t) {
      return false; // no memory, most likely
    }
  }

  private boolean giveBackAll(boolean search) {
    Attachment entered =
        home.state().gate().isAlive() ? ThreadStates.ensure(home.state(), null) : null;
    if (entered == null) { // it is closing, and may open again
      return !home.state().gate().isAlive();
    }
    try {
      giveBackPending(Integer.MAX_VALUE);
      for (Reference lost = search ? cleared() : null; lost != null; lost = lost.nextLost) {
        drop(lost);
      }
      return true;
    } finally {
      ThreadStates.endBody(entered, entered.depth());
    }
  }

  // Those whose wrapper is gone, whether they are known to be or not
  private synchronized @Nullable Reference cleared() {
    Reference found = null;
    for (Reference r = first; r != null; r = r.next) {
      if (r.refersTo(null)) {
        r.nextLost = found;
        found = r;
      }
    }
    return found;
  }
}
