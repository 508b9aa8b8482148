package dev.vivarium.internal.mirror;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TransferQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;

/**
 * Methods of the JDK that exist to wait: others run Python meanwhile, since what is waited for may
 * be theirs to do. All else stays attached, which is faster by half and is what C functions do.
 */
final class Blocking {

  private static final Map<Class<?>, Set<String>> METHODS =
      Map.ofEntries(
          Map.entry(Object.class, Set.of("wait")),
          Map.entry(Thread.class, Set.of("join", "sleep")),
          Map.entry(Process.class, Set.of("waitFor")),
          Map.entry(Future.class, Set.of("get", "resultNow")),
          Map.entry(CompletableFuture.class, Set.of("join", "get")),
          Map.entry(
              ExecutorService.class, Set.of("invokeAll", "invokeAny", "awaitTermination", "close")),
          Map.entry(BlockingQueue.class, Set.of("take", "put", "poll", "offer")),
          Map.entry(TransferQueue.class, Set.of("transfer", "tryTransfer")),
          Map.entry(CountDownLatch.class, Set.of("await")),
          Map.entry(CyclicBarrier.class, Set.of("await")),
          Map.entry(Phaser.class, Set.of("arriveAndAwaitAdvance", "awaitAdvance")),
          Map.entry(Exchanger.class, Set.of("exchange")),
          Map.entry(Semaphore.class, Set.of("acquire", "acquireUninterruptibly", "tryAcquire")),
          Map.entry(Lock.class, Set.of("lock", "lockInterruptibly", "tryLock")),
          Map.entry(
              Condition.class, Set.of("await", "awaitNanos", "awaitUntil", "awaitUninterruptibly")),
          Map.entry(TimeUnit.class, Set.of("sleep", "timedJoin", "timedWait")),
          Map.entry(LockSupport.class, Set.of("park", "parkNanos", "parkUntil")));

  // Of modules that need not be there
  private static final Map<String, Set<String>> BY_NAME =
      Map.of("java.net.http.HttpClient", Set.of("send"));

  private Blocking() {}

  static boolean blocks(Method method) {
    Class<?> owner = method.getDeclaringClass();
    for (Map.Entry<Class<?>, Set<String>> entry : METHODS.entrySet()) {
      if (entry.getValue().contains(method.getName()) && entry.getKey().isAssignableFrom(owner)) {
        return true;
      }
    }
    return List.copyOf(BY_NAME.entrySet()).stream()
        .anyMatch(
            e -> e.getKey().equals(owner.getName()) && e.getValue().contains(method.getName()));
  }
}
