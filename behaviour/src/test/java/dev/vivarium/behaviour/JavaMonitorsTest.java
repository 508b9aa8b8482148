package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.Interpreter;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Together;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Java's monitors, held by Python code. */
@ExtendWith(PythonUnderTest.class)
@Timeout(60)
public final class JavaMonitorsTest {

  private static final int THREADS = 4;
  private static final int ROUNDS = 500;

  /** What all count in, which only its monitor guards. */
  public static class Counter {
    /** The count. */
    public long count;

    /** Whether the calling thread holds it. */
    public boolean held() {
      return Thread.holdsLock(this);
    }

    /** By Java code. */
    public synchronized void increase() {
      count++;
    }
  }

  private interface In {
    void run(Interpreter interpreter) throws Exception;
  }

  private static void everywhere(In test) throws Exception {
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter in : List.of(PythonUnderTest.main(), own, shared)) {
        in.exec("import vivarium");
        test.run(in);
        in.exec("del vivarium");
      }
    }
  }

  @Test
  @DisplayName("A function runs with the monitor held, and it is let go of however that ends")
  void held() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      try (var names = in.toPython(Map.of("c", in.reference(counter)))) {
        in.exec(
            """
            import vivarium
            from java.lang import Object, IllegalMonitorStateException

            def look(a, *, b=0):
                assert c.held()
                return [a, b]
            assert not c.held()
            given = object()
            assert vivarium.synchronized(c, lambda: given) is given
            assert vivarium.synchronized(c, look, 1, b=2) == [1, 2]
            assert not c.held()

            @vivarium.synchronized(c)
            def nested(depth):
                'Of itself.'
                if depth:
                    nested(depth - 1)
                assert c.held()
                return depth
            assert nested(5) == 5 and nested.__doc__ == 'Of itself.' and not c.held()

            class Own(Exception): pass
            thrown = Own('x')
            def fail():
                raise thrown
            for error in Own, KeyboardInterrupt, SystemExit:
                thrown = error('x')
                try:
                    vivarium.synchronized(c, fail)
                except error as e:
                    assert e is thrown
                else:
                    raise AssertionError
                assert not c.held()
            for wrong in 5, 'text', object(), Object:
                try:
                    vivarium.synchronized(wrong, look, 1)
                except TypeError as e:
                    assert 'no Java object' in str(e), str(e)
                else:
                    raise AssertionError
            assert vivarium.synchronized(Object.class_, look.__name__.upper) == 'LOOK'
            async def later(): pass
            def some(): yield
            for wrong in later, some:
                for call in (lambda: vivarium.synchronized(c, wrong)), (lambda: vivarium.synchronized(c)(wrong)):
                    try:
                        call()
                    except TypeError as e:
                        assert 'monitor' in str(e), str(e)
                    else:
                        raise AssertionError
            try:
                c.notify()
            except IllegalMonitorStateException:
                pass
            else:
                raise AssertionError
            """,
            names);
      }
    });
  }

  @Test
  @DisplayName("A with holds the monitor from its begin to its end, in any order, and no longer")
  void with() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      try (var names = in.toPython(Map.of("c", in.reference(counter)))) {
        in.exec(
            """
            import threading
            import vivarium
            from java.lang import Object, IllegalMonitorStateException, Thread

            with c.synchronized():
                assert c.held()
                with vivarium.synchronized(c), Object().synchronized():
                    c.notify()
                    c.wait(1)
                    c.increase()
                assert c.held()
            assert not c.held() and c.count == 1

            for error in ValueError, KeyboardInterrupt, SystemExit:
                try:
                    with c.synchronized():
                        raise error
                except error:
                    assert not c.held()

            def holding(monitor):
                with monitor.synchronized():
                    yield monitor
            other = Object()
            one, two = holding(c), holding(other)
            next(one), next(two)
            one.close()
            assert not c.held() and Thread.holdsLock(other)
            two.close()
            assert not Thread.holdsLock(other)

            def refused():
                try:
                    c.synchronized().__exit__(None, None, None)
                except IllegalMonitorStateException as e:
                    return 'one thread' in str(e)
            assert refused()
            assert vivarium.synchronized(c, refused), 'a Java frame holds it'
            with c.synchronized():
                found = []
                thread = threading.Thread(target=lambda: found.append(refused()))
                thread.start()
                thread.join()
                assert found == [True]
            suspended = []
            def leave():
                held = holding(c)
                next(held)
                suspended.append(held)
            thread = threading.Thread(target=leave)
            thread.start()
            thread.join()
            try:
                suspended.pop().close()
            except IllegalMonitorStateException:
                pass
            else:
                raise AssertionError

            for wrong in 5, 'text', object(), Object:
                try:
                    with vivarium.synchronized(wrong):
                        pass
                except TypeError as e:
                    assert 'no Java object' in str(e) or wrong == 'text' and 'another monitor' in str(e), str(e)
                else:
                    raise AssertionError
            """,
            names);
      }
    });
  }

  @Test
  @DisplayName("An exception that is set from outside leaves no monitor held by a with")
  void interruptedAtWith() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      try (var names = in.toPython(Map.of("c", in.reference(counter)))) {
        in.exec(
            """
            import contextlib, threading, time, vivarium
            from java.lang import RuntimeException, Thread
            try:
                from ctypes import c_ulong, py_object, pythonapi
            except ImportError:  # 3.12 has it in main alone
                pythonapi = None

            class Outside(Exception): pass
            armed = []
            def disturb():
                while 'stop' not in armed:
                    time.sleep(0.001)
                    if 'once' in armed:
                        armed.remove('once')
                        pythonapi.PyThreadState_SetAsyncExc(caller, py_object(Outside))

            def interrupted():
                try:
                    armed.append('once')
                    while True:
                        with c.synchronized():
                            pass
                except Outside:
                    return c.held()

            if pythonapi:
                caller = c_ulong(threading.get_ident())
                thread = threading.Thread(target=disturb)
                thread.start()
                try:
                    assert not any(interrupted() for _ in range(100))
                finally:
                    armed.append('stop')
                    thread.join()

            with contextlib.ExitStack() as stack:
                stack.enter_context(c.synchronized())
                assert c.held()
            assert not c.held()
            thrown = RuntimeException('x')
            with vivarium.synchronized(thrown):
                assert Thread.holdsLock(thrown)
            assert vivarium.synchronized(thrown, Thread.holdsLock, thrown) and not Thread.holdsLock(thrown)
            """,
            names);
      }
    });
  }

  @Test
  @DisplayName("Who waits at a with lets go of the GIL")
  void waitsAtWith() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      AtomicReference<Throwable> failed = new AtomicReference<>();
      Thread thread;
      synchronized (counter) {
        thread =
            start(
                failed,
                () ->
                    in.run(python -> {
                      try (var names = python.toPython(Map.of("c", in.reference(counter)))) {
                        python.exec(
                            """
                            with c.synchronized():
                                c.increase()
                            """,
                            names);
                      }
                    }));
        Await.until("it waits", () -> thread.getState() == Thread.State.BLOCKED);
        assertThat(in.eval("6 * 7").asInt()).isEqualTo(42); // with the monitor held, and the GIL
        assertThat(counter.count).isZero();
      }
      thread.join();
      assertThat(failed.get()).isNull();
      assertThat(counter.count).isEqualTo(1);
    });
  }

  @Test
  @DisplayName("Who waits for a monitor lets go of the GIL, and so does wait()")
  void waits() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      AtomicReference<Throwable> failed = new AtomicReference<>();
      CountDownLatch entering = new CountDownLatch(1);
      Thread thread;
      synchronized (counter) {
        thread =
            start(
                failed,
                () ->
                    in.run(python -> {
                      entering.countDown();
                      python
                          .eval("lambda c: vivarium.synchronized(c, c.increase)")
                          .call(in.reference(counter))
                          .close();
                    }));
        entering.await();
        Await.until("it waits", () -> thread.getState() == Thread.State.BLOCKED);
        assertThat(in.eval("6 * 7").asInt()).isEqualTo(42); // with the monitor held, and the GIL
        assertThat(counter.count).isZero();
      }
      thread.join();
      assertThat(failed.get()).isNull();
      assertThat(counter.count).isEqualTo(1);

      Thread waiting =
          start(
              failed,
              () ->
                  in.eval("lambda c: vivarium.synchronized(c, lambda: c.wait())")
                      .call(in.reference(counter))
                      .close());
      Await.until("it waits", () -> waiting.getState() == Thread.State.WAITING);
      in.eval("lambda c: vivarium.synchronized(c, c.notify)").call(in.reference(counter)).close();
      waiting.join();
      assertThat(failed.get()).isNull();
    });
  }

  private interface Body {
    void run() throws Exception;
  }

  private static Thread start(AtomicReference<Throwable> failed, Body body) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            body.run();
          } catch (Throwable t) {
            failed.set(t);
          }
        });
  }

  @Test
  @DisplayName("Many threads count by it, of Python's and of Java's, real and virtual ones")
  void many() throws Exception {
    everywhere(in -> {
      Counter counter = new Counter();
      var increase =
          in.eval(
              """
              lambda c: [vivarium.synchronized(c, lambda: setattr(c, 'count', c.count + 1))
                  for i in range(10)]\
              """);
      var reference = in.reference(counter);
      Together.run(
          THREADS,
          number -> {
            for (int i = 0; i < ROUNDS / 10; i++) {
              if (number == 0) {
                for (int j = 0; j < 10; j++) {
                  counter.increase();
                }
              } else if (number == 1) {
                Thread virtual = Thread.ofVirtual().start(() -> increase.call(reference).close());
                virtual.join();
              } else {
                increase.call(reference).close();
              }
            }
          });
      assertThat(counter.count).isEqualTo((long) THREADS * ROUNDS);
    });
  }
}
