package dev.vivarium.internal.bridge;

import dev.vivarium.internal.object.Home;
import dev.vivarium.internal.object.PerInterpreter;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A structure of C that leads Python to Java, a {@code PyMethodDef} say, with function pointers of
 * its own. Native memory keeps what they lead to, and so a Java class and its loader. So only that
 * of a class which this library cannot outlive is made once, for ever. Any other lives as long as
 * an interpreter that has been given it, and is made again when it is wanted after that.
 */
public final class Definition {

  private static final PerInterpreter<Used> USED = new PerInterpreter<>(Used::new);

  /** Those that one interpreter has been given. */
  private static final class Used implements PerInterpreter.Kept {

    private final Home home;
    private final Set<Made> made = ConcurrentHashMap.newKeySet();

    Used(Home home) {
      this.home = home;
    }

    // Of one that is not ours this is told before its last finalizers, which may still call: there
    // they go with what is kept of it, when nobody knows it any more
    @Override
    public void ended() {
      if (home.state().isOurs()) {
        made.clear();
      }
    }
  }

  /** The memory goes when nobody has this any more. */
  private static final class Made {

    @SuppressWarnings({"unused", "FieldCanBeLocal"}) // that it is reachable is what counts
    private final Arena arena;

    private final long address;

    Made(Arena arena, long address) {
      this.arena = arena;
      this.address = address;
    }
  }

  private final boolean lasting;
  private final ToLongFunction<Arena> maker;
  private volatile long always;
  private WeakReference<@Nullable Made> last = new WeakReference<>(null);

  /**
   * Not made yet.
   *
   * @param of the class that it leads to
   * @param maker allocates it, with function pointers, in an arena; calls no Python
   */
  public Definition(Class<?> of, ToLongFunction<Arena> maker) {
    this.lasting = isLasting(of);
    this.maker = maker;
  }

  @SuppressWarnings("ReferenceEquality") // a loader is itself alone
  private static boolean isLasting(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    if (loader == null || loader == ClassLoader.getPlatformClassLoader()) {
      return true;
    }
    ClassLoader ours = Definition.class.getClassLoader();
    while (ours != null && ours != loader) {
      ours = ours.getParent();
    }
    return ours != null;
  }

  /** Its address, good as long as the interpreter lives; attached. */
  public long in(Home home) {
    long known = always;
    return known != 0 ? known : make(home);
  }

  private synchronized long make(Home home) {
    if (lasting) {
      if (always == 0) {
        always = maker.applyAsLong(Arena.global());
      }
      return always;
    }
    Made made = last.get();
    if (made == null) {
      Arena arena = Arena.ofAuto();
      made = new Made(arena, maker.applyAsLong(arena));
      last = new WeakReference<>(made);
    }
    USED.in(home).made.add(made);
    return made.address;
  }
}
