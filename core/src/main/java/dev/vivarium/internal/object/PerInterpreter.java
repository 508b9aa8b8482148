package dev.vivarium.internal.object;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a room keeps of each interpreter, as a {@link ClassValue} does of each class: made when it
 * is first asked for, by whoever is first. It lives with what Java keeps of the interpreter, which
 * may be longer than the interpreter: a value that is {@link Kept} is told of the end.
 */
public final class PerInterpreter<T> {

  private static final AtomicInteger COUNT = new AtomicInteger();

  /** A value that is told of its interpreter's end. */
  public interface Kept {

    /** Nobody is inside any more but the calling thread, which ends it; attached. */
    default void ending() {}

    /** It has ended: what was of it must not be touched, and nothing is to be held for it. */
    default void ended() {}
  }

  final int number = COUNT.getAndIncrement();
  private final Function<Home, T> maker;
  private final Consumer<T> discard;

  /**
   * Made by a function that may run Python code: two threads may both make it.
   *
   * @param discard what becomes of one that came second; attached, as the maker was
   */
  public PerInterpreter(Function<Home, T> maker, Consumer<T> discard) {
    this.maker = maker;
    this.discard = discard;
  }

  /** One that holds nothing as long as nobody uses it. */
  public PerInterpreter(Function<Home, T> maker) {
    this(maker, _ -> {});
  }

  /** An object of the interpreter's, which it gives back at its end. */
  public static PerInterpreter<Owned> owned(Function<Home, Long> newReference) {
    return new PerInterpreter<>(home -> new Owned(newReference.apply(home)), Owned::giveBack);
  }

  /** That of an interpreter. */
  @SuppressWarnings("ReferenceEquality") // that very one
  public T in(Home home) {
    T known = known(home);
    if (known != null) {
      return known;
    }
    T made = maker.apply(home);
    T first = home.keep(this, made);
    if (first != made) {
      discard.accept(made);
    }
    return first;
  }

  /** Makes it that of an interpreter, in place of one before. */
  public void set(Home home, T value) {
    home.replaceKept(this, value);
  }

  /** The same, or null if nobody has asked for it. */
  @SuppressWarnings("unchecked")
  public @Nullable T known(Home home) {
    return (T) home.kept(number);
  }
}
