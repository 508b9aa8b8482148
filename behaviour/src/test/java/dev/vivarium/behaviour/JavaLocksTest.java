package dev.vivarium.behaviour;

import dev.vivarium.Converter;
import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.time.Duration;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Java code that waits for Python code, which needs the GIL: row E14. Each scenario runs in a JVM
 * of its own, since where the row does not hold, its interpreter is frozen for good.
 */
@Timeout(600)
public final class JavaLocksTest {

  private static final Duration LIMIT = Duration.ofSeconds(100);

  @Test
  @Tag("E14")
  @DisplayName(
      "Java code called from Python never keeps the GIL while it blocks, whatever it blocks on: a"
          + " monitor whose owner calls Python")
  void monitors() {
    run(MONITORS);
  }

  @Test
  @Tag("E14")
  @DisplayName("… other threads, and what they do in Python")
  void others() {
    run(OTHERS);
  }

  @Test
  @Tag("E14")
  @DisplayName("… I/O whose other end is Python's: pipes, sockets, processes")
  void io() {
    run(IO);
  }

  @Test
  @Tag("E14")
  @DisplayName("… in whatever way Python code comes to Java")
  void everyWay() {
    run(WAYS);
  }

  private static void run(Map<String, String> cases) {
    ChildJvm.run(LIMIT, Cases.class, cases.keySet().toArray(String[]::new))
        .expect(0)
        .expectOut("all have come back");
  }

  private static final String HEAD =
      """
      import threading, time
      from java.lang import ProcessBuilder, Thread
      from java.util import ArrayList, Collections, HashMap
      from java.util.concurrent import (Callable, ConcurrentHashMap, Executors,
          ExecutorCompletionService, Flow, ForkJoinPool, SubmissionPublisher)
      from dev.vivarium.behaviour import JavaLocksTest as T

      def together(*functions):
          failed = []
          def run(function):
              try:
                  function()
              except BaseException as e:
                  failed.append(e)
          threads = [threading.Thread(target=run, args=(f,)) for f in functions]
          for thread in threads: thread.start()
          for thread in threads: thread.join()
          if failed: raise failed[0]

      def add(a, b):
          time.sleep(0)       # lets go of the GIL, with what Java holds in hand
          return a + b

      def slow():
          time.sleep(0.1)     # Java waits by now
          return 2

      def while_waiting(way):
          T.Door.shut()
          def opener():
              for i in range(10000):
                  if T.Door.isReached(): break
                  time.sleep(0.001)
              else:
                  raise AssertionError('it does not wait')
              T.Door.open()
          together(way, opener)
      """;

  private static final Map<String, String> MONITORS =
      cases(
          "ConcurrentHashMap.merge",
          """
          m = ConcurrentHashMap()
          def work():
              for i in range(100): m.merge('n', 1, lambda a, b: add(a, b))
          together(work, work, work, work)
          assert m['n'] == 400, m
          """,
          "ConcurrentHashMap.computeIfAbsent",
          """
          m = ConcurrentHashMap()
          def work():
              for i in range(100): m.computeIfAbsent('n' + str(i), lambda k: add(k, '!'))
          together(work, work, work, work)
          assert len(m) == 100
          """,
          "a synchronized list",
          """
          l = Collections.synchronizedList(ArrayList([5, 3, 4, 1, 2]))
          def work():
              for i in range(50):
                  l.sort(lambda a, b: add(a, -b))
                  assert len(l) == 5 and l[0] == 1 and 3 in l
          together(work, work, work, work)
          """,
          "a user's synchronized method",
          """
          o = T.Synchronized()
          def work():
              for i in range(100): o.call(lambda x: add(x, 1))
          together(work, work, work, work)
          assert o.count == 400
          """,
          "a user's synchronized block",
          """
          def work():
              for i in range(100): T.Synchronized.callStatic(lambda x: add(x, 1))
          together(work, work, work, work)
          """,
          "a lambda with a lock",
          """
          def work():
              for i in range(100): assert locking(i) == i + 1
          together(work, work, work, work)
          """);

  private static final Map<String, String> OTHERS =
      cases(
          "parallel streams",
          """
          from java.util.stream import IntStream
          for i in range(20):
              assert IntStream.range(0, 500).parallel().map(lambda x: add(x, 1)).sum() == 125250
          """,
          "ConcurrentHashMap.forEach",
          """
          m = ConcurrentHashMap()
          for i in range(2000): m[i] = i
          seen = []
          m.forEach(1, lambda k, v: seen.append(add(k, v)))
          assert len(seen) == 2000
          """,
          "ExecutorService.close",
          """
          done = []
          executor = Executors.newFixedThreadPool(2)
          for i in range(20): executor.execute(lambda: done.append(add(1, 1)))
          executor.close()
          assert len(done) == 20
          """,
          "ForkJoinTask.join",
          """
          pool = ForkJoinPool(2)
          assert pool.submit(Callable(slow)).join() == 2
          pool.close()
          """,
          "CompletionService.take",
          """
          executor = Executors.newFixedThreadPool(2)
          service = ExecutorCompletionService(executor)
          service.submit(Callable(slow))
          assert service.take().get() == 2
          executor.close()
          """,
          "StampedLock",
          """
          from java.util.concurrent.locks import StampedLock
          lock = StampedLock()
          def work():
              for i in range(100):
                  stamp = lock.writeLock()
                  add(1, 1)
                  time.sleep(0.0001)
                  lock.unlockWrite(stamp)
          together(work, work, work)
          """,
          "SubmissionPublisher",
          """
          got = []
          class Subscriber(Flow.Subscriber):
              def onSubscribe(self, subscription):
                  self.subscription = subscription
                  subscription.request(1)
              def onNext(self, item):
                  got.append(add(item, 1))
                  self.subscription.request(1)
              def onError(self, thrown): got.append(thrown)
              def onComplete(self): got.append(None)
          with SubmissionPublisher(ForkJoinPool.commonPool(), 2) as publisher:
              publisher.subscribe(Subscriber())
              for i in range(100): publisher.submit(i)
          while len(got) < 101: time.sleep(0.001)
          """,
          "Thread.join",
          """
          done = []
          thread = Thread(lambda: done.append(slow()))
          thread.start()
          thread.join()
          assert done == [2]
          """);

  private static final Map<String, String> IO =
      cases(
          "piped streams",
          """
          from java.io import PipedInputStream, PipedOutputStream
          i = PipedInputStream()
          o = PipedOutputStream(i)
          def reader(): assert [i.read() for n in range(3)] == [1, 2, 3]
          def writer():
              for n in [1, 2, 3]:
                  time.sleep(0.01)
                  o.write(n)
              o.flush()
          together(reader, writer)
          """,
          "BufferedReader.readLine",
          """
          from java.io import PipedReader, PipedWriter, BufferedReader
          r = PipedReader()
          w = PipedWriter(r)
          b = BufferedReader(r)
          def reader(): assert b.readLine() == 'one' and b.readLine() == 'two'
          def writer():
              time.sleep(0.05)
              w.write('one\\ntwo\\n')
              w.close()
          together(reader, writer)
          """,
          "sockets",
          """
          from java.net import ServerSocket, Socket, InetAddress
          here = InetAddress.getLoopbackAddress()
          server = ServerSocket(0, 1, here)
          def serve():
              accepted = server.accept()
              assert accepted.getInputStream().read() == 7
              accepted.close()
          def client():
              time.sleep(0.05)
              s = Socket(here, server.getLocalPort())
              time.sleep(0.05)
              s.getOutputStream().write(7)
              s.close()
          together(serve, client)
          server.close()
          """,
          "processes",
          """
          p = ProcessBuilder('cat').start()
          def reader():
              assert p.inputReader().readLine() == 'hello'
          def writer():
              time.sleep(0.05)
              out = p.outputWriter()
              out.write('hello\\n')
              out.close()
          together(reader, writer)
          assert p.waitFor() == 0
          """);

  private static final Map<String, String> WAYS =
      cases(
          "a method", "while_waiting(lambda: T.Waiting().method())",
          "one of several", "while_waiting(lambda: T.Waiting().method(1))",
          "a variable number of arguments", "while_waiting(lambda: T.Waiting().variable(1, 2))",
          "a static method", "while_waiting(lambda: T.Waiting.ofClass())",
          "an interface's", "while_waiting(lambda: T.Way(T.Waiting()).go())",
          "a constructor", "while_waiting(lambda: T.Waiting(True))",
          "an initializer, by a field", "while_waiting(lambda: T.Initialized.value)",
          "an initializer, by a method", "while_waiting(lambda: T.Initialized2.method())",
          "an initializer, by a constructor", "while_waiting(lambda: T.Initialized3())",
          "str", "while_waiting(lambda: str(T.Waiting()))",
          "hash", "while_waiting(lambda: hash(T.Waiting()))",
          "==", "while_waiting(lambda: T.Waiting() == T.Waiting())",
          "<", "while_waiting(lambda: T.Waiting() < T.Waiting())",
          "with", "def way():\n    with T.Waiting(): pass\nwhile_waiting(way)",
          "len of a list", "while_waiting(lambda: len(T.WaitingList()))",
          "[] of a list", "while_waiting(lambda: T.WaitingList(1)[0])",
          "in a list", "while_waiting(lambda: 'x' in T.WaitingList(1))",
          "iteration", "while_waiting(lambda: [x for x in T.WaitingIterable()])",
          "an iterator", "while_waiting(lambda: next(T.WaitingIterable().iterator()))",
          "[] of a map", "while_waiting(lambda: T.WaitingMap()['x'])",
          "in a map", "while_waiting(lambda: 'x' in T.WaitingMap())",
          "a map's keys", "while_waiting(lambda: list(T.WaitingMap()))",
          "a map's key", "while_waiting(lambda: HashMap().put(T.Waiting(), 1))",
          "[] = of a map", "while_waiting(lambda: T.WaitingMap().__setitem__('x', 1))",
          "an exception's message", "while_waiting(lambda: str(T.Failure()))",
          "an exception's cause", "while_waiting(lambda: failing())",
          "a lambda", "while_waiting(lambda: lambda_())",
          "a method reference", "while_waiting(lambda: reference())",
          "an object that is a function", "while_waiting(lambda: function(1))",
          "a list as a result", "while_waiting(lambda: lists())",
          "a map as a result", "while_waiting(lambda: maps())",
          "text as a result", "while_waiting(lambda: texts())",
          "a converter of a result", "while_waiting(lambda: converted())",
          "a converter of an argument", "while_waiting(lambda: T.take(1))");

  private static Map<String, String> cases(String... namesAndCode) {
    Map<String, String> cases = new LinkedHashMap<>();
    for (int i = 0; i < namesAndCode.length; i += 2) {
      cases.put(namesAndCode[i], namesAndCode[i + 1]);
    }
    return Collections.unmodifiableMap(cases);
  }

  /** Runs cases in main, and those with monitors in an interpreter with a GIL of its own too. */
  static final class Cases implements Scenario {
    @Override
    public void run(String... names) {
      Interpreter main = PythonUnderTest.start().main();
      Map<String, String> all = new LinkedHashMap<>();
      List.of(MONITORS, OTHERS, IO, WAYS).forEach(all::putAll);
      run(main, all, names);
      if (MONITORS.containsKey(names[0])) {
        try (Interpreter own = PythonUnderTest.ownGil()) {
          run(own, all, names);
        }
      }
      System.out.println("all have come back");
      System.out.flush();
    }

    private static void run(Interpreter in, Map<String, String> all, String... names) {
      in.exec(HEAD);
      Object lock = new Object();
      IntUnaryOperator add =
          x -> {
            synchronized (lock) {
              in.exec("add(1, 1)");
              return x + 1;
            }
          };
      PythonUnderTest.define(in, "locking", add);
      PythonUnderTest.define(in, "lambda_", (Runnable) () -> Door.pass());
      PythonUnderTest.define(in, "reference", (Runnable) Door::pass);
      PythonUnderTest.define(in, "function", new Function());
      PythonUnderTest.define(in, "lists", (Supplier<Object>) () -> new WaitingList(1));
      PythonUnderTest.define(in, "maps", (Supplier<Object>) WaitingMap::new);
      PythonUnderTest.define(in, "texts", (Supplier<Object>) WaitingText::new);
      PythonUnderTest.define(in, "converted", (Supplier<Object>) () -> new Converted());
      PythonUnderTest.define(
          in,
          "failing",
          (Supplier<Object>)
              () -> {
                try {
                  throw new Failure();
                } catch (Failure e) {
                  return e;
                }
              });
      in.register(
          Converted.class,
          new Converter<Converted>() {
            @Override
            public Object toPython(Converted value, Interpreter into) {
              Door.pass();
              return 1;
            }

            @Override
            public Converted toJava(PyObject object) {
              Door.pass();
              return new Converted();
            }
          });
      for (String name : names) {
        System.out.println(name);
        System.out.flush();
        in.exec(all.get(name));
      }
    }
  }

  // What Python code calls

  /** What blocks until Python code opens it. */
  public static final class Door {
    private static final Object MONITOR = new Object();
    private static boolean open;
    private static boolean reached;

    private Door() {}

    /** From now on it blocks. */
    public static void shut() {
      synchronized (MONITOR) {
        open = false;
        reached = false;
      }
    }

    /** Whether someone is there. */
    public static boolean isReached() {
      synchronized (MONITOR) {
        return reached;
      }
    }

    /** Who is there comes through, and whoever comes later. */
    public static void open() {
      synchronized (MONITOR) {
        open = true;
        MONITOR.notifyAll();
      }
    }

    static void pass() {
      synchronized (MONITOR) {
        reached = true;
        while (!open) {
          try {
            MONITOR.wait();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }
      }
    }
  }

  /** With a lock that Python code runs under. */
  public static class Synchronized {
    public int count;

    public synchronized void call(IntUnaryOperator function) {
      count = function.applyAsInt(count);
    }

    public static int callStatic(IntUnaryOperator function) {
      synchronized (Synchronized.class) {
        return function.applyAsInt(1);
      }
    }
  }

  /** An interface. */
  public interface Way {
    void go();
  }

  /** Waits in all that Python code may ask. */
  public static class Waiting implements Way, Comparable<Waiting>, AutoCloseable {
    public Waiting() {}

    public Waiting(boolean really) {
      Door.pass();
    }

    public void method() {
      Door.pass();
    }

    public void method(int i) {
      Door.pass();
    }

    public void method(String text) {
      throw new AssertionError(text);
    }

    public void variable(int... numbers) {
      Door.pass();
    }

    public static void ofClass() {
      Door.pass();
    }

    @Override
    public void go() {
      Door.pass();
    }

    @Override
    public int compareTo(Waiting other) {
      Door.pass();
      return -1;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      Door.pass();
      return this == other;
    }

    @Override
    public int hashCode() {
      Door.pass();
      return 1;
    }

    @Override
    public String toString() {
      Door.pass();
      return "waited";
    }

    @Override
    public void close() {
      Door.pass();
    }
  }

  /** Waits while it is initialized. */
  public static class Initialized {
    public static int value = Integer.parseInt("1");

    static {
      Door.pass();
    }
  }

  /** The same. */
  public static class Initialized2 {
    static {
      Door.pass();
    }

    public static void method() {}
  }

  /** The same. */
  public static class Initialized3 {
    static {
      Door.pass();
    }
  }

  /** A list. */
  public static class WaitingList extends AbstractList<String> {
    private final int size;

    public WaitingList() {
      this(-1);
    }

    public WaitingList(int size) {
      this.size = size;
    }

    @Override
    public String get(int index) {
      Door.pass();
      return "item";
    }

    @Override
    public int size() {
      if (size < 0) {
        Door.pass();
      }
      return Math.abs(size);
    }
  }

  /** What one can only iterate over. */
  public static class WaitingIterable implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return new WaitingList(1).iterator();
    }
  }

  /** A map. */
  public static class WaitingMap extends AbstractMap<String, Object> {
    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
      Door.pass();
      return Map.<String, Object>of("x", 1).entrySet();
    }

    @Override
    public @Nullable Object put(String key, Object value) {
      Door.pass();
      return null;
    }
  }

  /** Text. */
  public static class WaitingText implements CharSequence {
    @Override
    public int length() {
      return 1;
    }

    @Override
    public char charAt(int index) {
      return 'x';
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return "";
    }

    @Override
    public String toString() {
      Door.pass();
      return "x";
    }
  }

  /** What a converter is for. */
  public static class Converted {}

  public static List<Converted> take(Converted value) {
    return new ArrayList<>(List.of(value));
  }

  /** Says what went wrong only after a while. */
  public static class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      Door.pass();
      return "failed";
    }

    @Override
    public @Nullable Throwable getCause() {
      Door.pass();
      return null;
    }
  }

  /** A function that has a class of its own. */
  static final class Function implements IntUnaryOperator {
    @Override
    public int applyAsInt(int operand) {
      Door.pass();
      return operand;
    }
  }
}
