package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python's async iterables as Java's publishers, and the other way round. */
@ExtendWith(PythonUnderTest.class)
@Timeout(300)
public final class PublishersTest {

  private static final String SOURCE =
      """
      import asyncio
      made, closed = [], []
      async def count(n):
          try:
              for i in range(n):
                  await asyncio.sleep(0)
                  made.append(i)
                  yield i
          finally:
              closed.append(True)
      async def fails():
          yield 1
          raise ValueError("of async")
      async def gives(*items):
          for item in items:
              yield item
      async def some_turns():
          for _ in range(100):
              await asyncio.sleep(0)
      class Anew:
          def __aiter__(self): return count(3)
      class Once:
          n = 0
          def __aiter__(self): return self
          async def __anext__(self):
              self.n += 1
              if self.n > 2:
                  raise StopAsyncIteration
              return self.n
      class Source:
          def numbers(self): return count(3)
      async def all_of(publisher):
          return [item async for item in publisher]
      async def first_of(publisher):
          async for item in publisher:
              return item
      """;

  /** Has a publisher of a type. */
  public interface Source {
    /** Boxed. */
    Flow.Publisher<Integer> numbers();
  }

  private static Interpreter prepared() {
    Interpreter main = PythonUnderTest.main();
    main.exec(SOURCE);
    return main;
  }

  private static void loopTurns(Interpreter in) throws Exception {
    in.eval("some_turns()").await().close();
  }

  @Test
  @Tag("A3")
  @DisplayName("As many items are asked of an async generator as are requested; cancel closes it")
  void backPressure() throws Exception {
    Interpreter in = prepared();
    Listener<Integer> listener = Listener.of(in.eval("count(100)").asPublisher(Integer.class), 0);
    loopTurns(in);
    assertThat(in.eval("made").as(List.class)).isEqualTo(List.of());
    listener.subscription.request(3);
    listener.awaitItems(3);
    loopTurns(in);
    assertThat(in.eval("made").as(List.class)).isEqualTo(List.of(0L, 1L, 2L));
    listener.subscription.request(1);
    listener.subscription.request(1);
    listener.awaitItems(5);
    listener.subscription.cancel();
    Await.until("it is closed", () -> in.eval("closed == [True]").isTrue());
    listener.subscription.request(5);
    listener.subscription.request(-1);
    loopTurns(in);
    assertThat(in.eval("len(made)").asInt()).isEqualTo(5);
    assertThat(listener.items).containsExactly(0, 1, 2, 3, 4);
    assertThat(listener.ended.getCount()).as("nothing is told after cancel").isOne();
    assertThat(listener.wrong).isEmpty();
  }

  @Test
  @Tag("A3")
  @DisplayName("The end of an async iterable is onComplete, what it raises onError, each once")
  void ends() {
    Interpreter in = prepared();
    Flow.Publisher<?> counted = in.eval("count(3)").as(Flow.Publisher.class);
    Listener<Object> done = new Listener<>(Long.MAX_VALUE).listeningTo(counted).awaitEnd();
    assertThat(done.items).containsExactly(0L, 1L, 2L);
    assertThat(done.failure).isNull();
    Listener<Object> failed = listener(in, "fails()", Object.class).awaitEnd();
    assertThat(failed.items).containsExactly(1L);
    assertThat(failed.failure)
        .isInstanceOf(PythonException.class)
        .hasMessage("ValueError: of async");
    assertThat(listener(in, "gives(1, 'a')", Integer.class).awaitEnd().failure)
        .isInstanceOf(ConversionException.class)
        .hasMessageStartingWith("item 1 of the async iterator: ");
    assertThat(listener(in, "gives(None)", Object.class).awaitEnd().failure)
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining("null");
    assertThat(listener(in, "gives(None, 'a')", Optional.class).awaitEnd().items)
        .isEqualTo(List.of(Optional.empty(), Optional.of("a")));
    assertThat(listener(in, "Once()", Long.class).awaitEnd().items).containsExactly(1L, 2L);
    assertThatThrownBy(() -> in.eval("[1]").asPublisher(Object.class))
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining("list");
    assertThat(done.wrong).isEmpty();
    assertThat(failed.wrong).isEmpty();
  }

  private static <T> Listener<T> listener(Interpreter in, String expression, Class<T> items) {
    return Listener.of(in.eval(expression).asPublisher(items), Long.MAX_VALUE);
  }

  @Test
  @Tag("A3")
  @DisplayName("A subscriber that breaks the rules of reactive streams gets an onError")
  void rules() {
    Interpreter in = prepared();
    assertThatThrownBy(() -> in.eval("count(1)").asPublisher(Long.class).subscribe(null))
        .isInstanceOf(NullPointerException.class);
    for (long n : new long[] {0, -1, Long.MIN_VALUE}) {
      Listener<Long> none = Listener.of(in.eval("count(9)").asPublisher(Long.class), 0);
      none.subscription.request(n);
      assertThat(none.awaitEnd().failure)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("" + n);
    }
    IllegalStateException thrown = new IllegalStateException("of onNext");
    Listener<Long> throwing =
        new Listener<>(Long.MAX_VALUE) {
          @Override
          void next(Long item) {
            throw thrown;
          }
        };
    PyObject generator = in.eval("count(9)");
    throwing.listeningTo(generator.asPublisher(Long.class)).awaitEnd();
    assertThat(throwing.failure).isSameAs(thrown);
    assertThat(throwing.items).hasSize(1);
    Await.until("it is closed", () -> generator.attr("ag_frame").isNone());
  }

  @Test
  @Tag("A3")
  @DisplayName("Each subscriber goes through an async iterable anew, a generator takes only one")
  void subscribers() {
    Interpreter in = prepared();
    Flow.Publisher<Long> anew = in.eval("Anew()").asPublisher(Long.class);
    Listener<Long> one = Listener.of(anew, Long.MAX_VALUE);
    Listener<Long> other = Listener.of(anew, Long.MAX_VALUE);
    assertThat(one.awaitEnd().items).containsExactly(0L, 1L, 2L);
    assertThat(other.awaitEnd().items).containsExactly(0L, 1L, 2L);
    Flow.Publisher<Long> once = in.eval("count(3)").asPublisher(Long.class);
    Listener<Long> first = Listener.of(once, 1).awaitItems(1);
    Listener<Long> second = Listener.of(once, 1).awaitEnd();
    assertThat(second.failure).hasMessageContaining("an async generator gives its items once");
    first.subscription.request(5);
    assertThat(first.awaitEnd().items).containsExactly(0L, 1L, 2L);
  }

  @Test
  @Tag("A3")
  @DisplayName("Requesting one more with each item takes no deeper stack, however many there are")
  void notDeeper() {
    Interpreter in = prepared();
    int many = PythonUnderTest.count(20_000);
    AtomicInteger deepest = new AtomicInteger();
    Listener<Integer> listener =
        new Listener<>(1) {
          @Override
          void next(Integer item) {
            deepest.accumulateAndGet(Thread.currentThread().getStackTrace().length, Math::max);
            subscription.request(1);
          }
        };
    listener.listeningTo(in.eval("count(" + many + ")").asPublisher(Integer.class)).awaitEnd();
    assertThat(listener.items).isEqualTo(IntStream.range(0, many).boxed().toList());
    assertThat(deepest.get()).isLessThan(100);
    assertThat(listener.wrong).isEmpty();
  }

  @Test
  @Tag("A3")
  @DisplayName("A subscriber that wants all and is slow has a few hundred items wait for it")
  void bounded() throws Exception {
    Interpreter in = prepared();
    CountDownLatch free = new CountDownLatch(1);
    Listener<Integer> slow =
        new Listener<>(Long.MAX_VALUE) {
          @Override
          void next(Integer item) {
            Await.latch(free);
          }
        };
    slow.listeningTo(in.eval("count(2000)").asPublisher(Integer.class)).awaitItems(1);
    Await.until("as many as may be", () -> in.eval("len(made) >= 256").isTrue());
    for (int i = 0; i < 10; i++) {
      loopTurns(in);
    }
    assertThat(in.eval("len(made)").asInt()).isLessThan(260);
    free.countDown();
    assertThat(slow.awaitEnd().items).hasSize(2000);
    assertThat(slow.wrong).isEmpty();
  }

  @Test
  @Tag("A3")
  @DisplayName("An interpreter that closes ends what is published of it, with an onError")
  void closing() {
    Interpreter sub = AwaitablesTest.sub();
    sub.exec(SOURCE);
    Listener<Integer> asking = Listener.of(sub.eval("count(9)").asPublisher(Integer.class), 2);
    Flow.Publisher<Integer> endless = sub.eval("count(10**9)").asPublisher(Integer.class);
    Listener<Integer> busy = Listener.of(endless, Long.MAX_VALUE);
    asking.awaitItems(2);
    busy.awaitItems(2);
    sub.close(Await.LIMIT);
    for (Listener<Integer> one : List.of(asking, busy)) {
      assertThat(one.awaitEnd().failure).isInstanceOf(InterpreterClosedException.class);
      assertThat(one.wrong).isEmpty();
    }
    assertThat(Listener.of(endless, 1).awaitEnd().failure)
        .isInstanceOf(InterpreterClosedException.class);
  }

  /** Java code that Python code gives an async iterable to. */
  public static CompletableFuture<List<Integer>> collect(Flow.Publisher<Integer> publisher) {
    Listener<Integer> listener = new Listener<>(Long.MAX_VALUE);
    publisher.subscribe(listener);
    return CompletableFuture.supplyAsync(
        () -> List.copyOf(listener.awaitEnd().items),
        task -> Thread.ofVirtual().start(task)); // Python waits for it
  }

  @Test
  @Tag("A3")
  @DisplayName("An async iterable is a publisher too as a declared result and as an argument")
  void declared() throws Exception {
    Interpreter in = prepared();
    Source source = in.eval("Source()").as(Source.class);
    Listener<Integer> listener = Listener.of(source.numbers(), Long.MAX_VALUE).awaitEnd();
    assertThat(listener.items).containsExactly(0, 1, 2);
    in.exec(
        """
        from dev.vivarium.behaviour import PublishersTest
        async def collected(): return list(await PublishersTest.collect(count(4)))
        """);
    assertThat(in.eval("collected()").await().as(List.class)).isEqualTo(List.of(0L, 1L, 2L, 3L));
    PyObject generator = in.eval("count(2)");
    PyObject same = in.eval("lambda it: it").call(generator.asPublisher(Long.class));
    assertThat(same.isSame(generator)).isTrue();
  }

  // A publisher of Java's, which tells at once on whichever thread asks
  private static final class Counting implements Flow.Publisher<Integer> {

    final List<Long> requests = new java.util.concurrent.CopyOnWriteArrayList<>();
    final CountDownLatch cancelled = new CountDownLatch(1);
    private final int end;
    private final Throwable failure;

    Counting(int end, Throwable failure) {
      this.end = end;
      this.failure = failure;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Integer> subscriber) {
      subscriber.onSubscribe(
          new Flow.Subscription() {
            private int next;

            @Override
            public void request(long n) {
              requests.add(n);
              if (next < end) {
                subscriber.onNext(next++);
              }
              if (next == end && failure != null) {
                subscriber.onError(failure);
              } else if (next == end) {
                subscriber.onComplete();
              }
            }

            @Override
            public void cancel() {
              cancelled.countDown();
            }
          });
    }
  }

  @Test
  @Tag("A4")
  @DisplayName("async for requests one item of a Java publisher each time that it comes for one")
  void asyncFor() throws Exception {
    Interpreter in = prepared();
    Counting three = new Counting(3, null);
    assertThat(in.eval("all_of").call(three).await().as(List.class)).isEqualTo(List.of(0L, 1L, 2L));
    assertThat(three.requests).isNotEmpty().allMatch(n -> n == 1).hasSizeLessThanOrEqualTo(4);
    assertThat(three.cancelled.getCount()).as("a stream that has ended is left alone").isOne();
    Counting many = new Counting(100, null);
    assertThat(in.eval("first_of").call(many).await().asInt()).isZero();
    Await.latch(many.cancelled);
    assertThat(many.requests).hasSize(1);
    Flow.Publisher<Integer> lambda = new Counting(2, null)::subscribe;
    assertThat(in.eval("all_of").call(lambda).await().as(List.class)).isEqualTo(List.of(0L, 1L));
  }

  @Test
  @Tag("A4")
  @DisplayName("The failure of a Java publisher is raised in the async for, as the same exception")
  void failures() {
    Interpreter in = prepared();
    IllegalStateException failure = new IllegalStateException("of Java");
    assertThatThrownBy(() -> in.eval("all_of").call(new Counting(2, failure)).await())
        .isSameAs(failure);
    in.exec(
        """
        from java.lang import IllegalStateException
        async def caught(publisher):
            seen = []
            try:
                async for item in publisher:
                    seen.append(item)
            except IllegalStateException as e:
                return seen, str(e)
        """);
    assertThat(in.eval("caught").call(new Counting(2, failure)).as(CompletableFuture.class).join())
        .isEqualTo(List.of(List.of(0L, 1L), "of Java"));
  }

  @Test
  @Tag("A4")
  @DisplayName("async for waits for a publisher of other threads, and cancels when it is cancelled")
  void otherThreads() throws Exception {
    for (Interpreter in : List.of(prepared(), AwaitablesTest.sub())) {
      in.exec(SOURCE);
      try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
        CompletableFuture<?> all = future(in, "all_of", publisher);
        CompletableFuture<?> one = future(in, "first_of", publisher);
        CompletableFuture<?> cancelled = future(in, "all_of", publisher);
        Await.until("they listen", () -> publisher.getNumberOfSubscribers() == 3);
        cancelled.cancel(true);
        Await.until("the cancelled one does not", () -> publisher.getNumberOfSubscribers() == 2);
        for (int i = 0; i < 1000; i++) {
          int ignored = publisher.submit("item " + i);
        }
        assertThat(Await.done(one)).isEqualTo("item 0");
        Await.until(
            "the loop that was left neither", () -> publisher.getNumberOfSubscribers() == 1);
        publisher.close();
        assertThat((List<?>) Await.done(all)).hasSize(1000).last().isEqualTo("item 999");
      }
      if (in != PythonUnderTest.main()) {
        in.close(Await.LIMIT);
      }
    }
  }

  @Test
  @Tag("A4")
  @DisplayName("An iteration that is dropped while the loop has nothing to do cancels, too")
  void droppedLater() throws Exception {
    Interpreter in = prepared();
    in.exec(
        """
        async def begin(publisher):
            global iteration
            iteration = aiter(publisher)
            return await anext(iteration)
        """);
    try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>()) {
      CompletableFuture<?> first = future(in, "begin", publisher);
      Await.until("it listens", publisher::hasSubscribers);
      int ignored = publisher.submit("item");
      assertThat(Await.done(first)).isEqualTo("item");
      AwaitablesTest.awaitItsEnd(in);
      in.exec("del iteration\nimport gc\ngc.collect()");
      Await.until("it listens no more", () -> !publisher.hasSubscribers());
    }
  }

  @Test
  @Tag("A4")
  @DisplayName("A publisher may tell its items on a thread that is attached to another interpreter")
  void fromOtherInterpreters() throws Exception {
    Interpreter main = PythonUnderTest.main();
    Interpreter sub = AwaitablesTest.sub();
    sub.exec(SOURCE);
    try (SubmissionPublisher<String> publisher = new SubmissionPublisher<>(Runnable::run, 8)) {
      CompletableFuture<?> all = future(sub, "all_of", publisher);
      Await.until("it listens", publisher::hasSubscribers);
      main.run(in -> {
        int ignored = publisher.submit("item");
        publisher.close();
      });
      assertThat(Await.done(all)).isEqualTo(List.of("item"));
    }
    sub.close(Await.LIMIT);
  }

  private static CompletableFuture<?> future(Interpreter in, String function, Object argument) {
    return in.eval(function).call(argument).as(CompletableFuture.class);
  }
}
