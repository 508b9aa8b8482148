package dev.vivarium.behaviour;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Throws at a step of woven code: what {@link Weaver} puts calls of before each call and each
 * allocation. Public, for what is woven lies in other packages.
 */
public final class Injector {

  /** Stands for what {@code Thread.stop} was, and for what a debugger or an agent throws. */
  static final class Asynchronous extends RuntimeException {

    private static final long serialVersionUID = 1;

    Asynchronous() {
      super("thrown at a step", null, false, false);
    }
  }

  /** Steps of some threads, counted; at one of them something is thrown, once. */
  static final class Course {

    private final Predicate<Thread> marked;
    private final IntPredicate counted;
    private final int at;
    private final Throwable thrown;
    private final IntConsumer told;
    private final List<Integer> sites = new ArrayList<>();
    private final Map<Thread, Integer> sparing = new HashMap<>();

    /**
     * A course.
     *
     * @param counted which sites have steps in it
     * @param at the number of the step, from 1 on, or 0 for none
     * @param told what hears of its site, before it is thrown there: the JVM may end of it
     */
    Course(
        Predicate<Thread> marked,
        IntPredicate counted,
        int at,
        Throwable thrown,
        IntConsumer told) {
      this.marked = marked;
      this.counted = counted;
      this.at = at;
      this.thrown = thrown;
      this.told = told;
    }

    private synchronized boolean isToThrow(int site) {
      if (!counted.test(site) || sparing.getOrDefault(Thread.currentThread(), 0) > 0) {
        return false;
      }
      sites.add(site);
      return sites.size() == at;
    }

    private synchronized void spare(int more) {
      sparing.merge(Thread.currentThread(), more, Integer::sum);
    }

    /** The sites of the steps so far, in order. */
    synchronized List<Integer> sites() {
      return List.copyOf(sites);
    }

    int at() {
      return at;
    }

    /** The site that has thrown, or -1. */
    synchronized int thrownAt() {
      return at > 0 && sites.size() >= at ? sites.get(at - 1) : -1;
    }
  }

  private static volatile Course course;

  private Injector() {}

  static void begin(Course next) {
    course = next;
  }

  static void end() {
    course = null;
  }

  /** From woven code, before each step. */
  public static void step(int site) {
    Course now = course;
    if (now != null && now.marked.test(Thread.currentThread()) && now.isToThrow(site)) {
      now.told.accept(site);
      Injector.<RuntimeException>sneak(now.thrown);
    }
  }

  /** From a method that says of itself that nothing is thrown in it, at its start. */
  public static void beginSparing() {
    spare(1);
  }

  /** From such a method, at its end. */
  public static void endSparing() {
    spare(-1);
  }

  private static void spare(int more) {
    Course now = course;
    if (now != null && now.marked.test(Thread.currentThread())) {
      now.spare(more);
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void sneak(Throwable thrown) throws X {
    throw (X) thrown;
  }
}
