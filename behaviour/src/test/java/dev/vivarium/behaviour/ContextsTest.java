package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import dev.vivarium.testing.Together;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is bound to a stretch of work, in Python and in Java, and where the work goes on. */
@ExtendWith(PythonUnderTest.class)
final class ContextsTest {

  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  private static final String SOURCE =
      """
      import asyncio, contextvars
      var = contextvars.ContextVar("var", default="none")
      async def read():
          await asyncio.sleep(0)
          before = var.get()
          var.set("changed")
          return before
      async def published():
          yield var.get()
          yield var.get()
      """;

  private static <T> T onVirtual(Callable<T> body) throws Exception {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofVirtual().start(task);
    return Await.done(task);
  }

  @Test
  @Tag("A5")
  @DisplayName("What is awaited runs in a copy of the context of where it was given to Java")
  void contextOfWhereItBegan() throws Exception {
    Together.elsewhere(() -> {
      Interpreter in = PythonUnderTest.main();
      in.exec(SOURCE);
      in.exec("var.set('mine')");
      assertThat(in.eval("read()").await().asString()).isEqualTo("mine");
      assertThat(in.eval("read()").as(CompletableFuture.class).join()).isEqualTo("mine");
      assertThat(in.eval("var.get()").asString()).as("of its own").isEqualTo("mine");
      Listener<String> listener = Listener.of(in.eval("published()").asPublisher(String.class), 1);
      in.exec("var.set('later')");
      listener.subscription.request(Long.MAX_VALUE);
      assertThat(listener.awaitEnd().items).containsExactly("mine", "mine");
    });
  }

  @Test
  @Tag("A5")
  @DisplayName("A function that Python code gave to Java runs in the context of who calls it")
  void contextOfCaller() throws Exception {
    Interpreter in = PythonUnderTest.main();
    in.exec(SOURCE);
    Together.elsewhere(() -> in.exec("var.set('of who gave it')\nplain = var.get"));
    PyObject taken =
        Together.elsewhere(() -> {
          in.exec("var.set('taken along')");
          return in.eval(
              "(lambda context: lambda: context.run(var.get))(contextvars.copy_context())");
        });
    Together.elsewhere(() -> {
      assertThat(in.eval("plain").call().asString()).isEqualTo("none");
      assertThat(taken.call().asString()).isEqualTo("taken along");
    });
  }

  @Test
  @Tag("A5")
  @DisplayName("Each call of a virtual thread has a context of its own, and leaves none to others")
  void virtualThreads() {
    ChildJvm.run(Duration.ofSeconds(300), OneWorker.class).expect(0).expectOut("own contexts");
  }

  /** With one worker all virtual threads run on it. */
  static final class OneWorker implements Scenario {
    @Override
    public void run(String... arguments) throws Exception {
      Python python =
          PythonUnderTest.start(PythonUnderTest.options().virtualThreadWorkers(1, 1).build());
      Interpreter in = python.main();
      in.exec(
          SOURCE
              + """
              from decimal import getcontext
              from java.lang import Object
              from java.util.function import Supplier
              def swap():
                  before = var.get()
                  var.set("swapped")
                  return before
              class Implements(Supplier):
                  def get(self): return swap()
              class Extends(Object):
                  def toString(self): return swap()
              """);
      for (int i = 0; i < 3; i++) {
        String seen =
            onVirtual(() ->
                in.call(same -> {
                  String before = in.eval("(var.get(), getcontext().prec)").str();
                  in.exec("var.set('another'); getcontext().prec = 3");
                  return before + in.eval("(var.get(), getcontext().prec)").str();
                }));
        assertThat(seen).isEqualTo("('none', 28)('another', 3)");
        onVirtual(() -> in.<Object, Exception>callInterruptibly(same -> in.eval("var.set('x')")));
        Supplier<?> function = in.eval("swap").as(Supplier.class);
        Supplier<?> implementation = in.eval("Implements()").as(Supplier.class);
        Object extension = in.eval("Extends()").as(Object.class);
        assertThat(onVirtual(function::get)).isEqualTo("none");
        assertThat(onVirtual(implementation::get)).isEqualTo("none");
        assertThat(onVirtual(extension::toString)).isEqualTo("none");
        assertThatThrownBy(() -> onVirtual(() -> in.eval("var.set('x') and 1 / 0")))
            .isInstanceOf(PythonException.class);
        assertThat(onVirtual(() -> in.eval("var.get()").asString())).isEqualTo("none");
      }
      python.close();
      System.out.println("own contexts");
    }
  }

  @Test
  @Tag("A5")
  @DisplayName("Scoped values bound around a call are bound in Java code that Python code calls")
  void scopedValues() throws Exception {
    for (Interpreter in : List.of(PythonUnderTest.main(), PythonUnderTest.ownGil())) {
      Callable<String> user = () -> USER.orElse("nobody");
      PyObject call = in.eval("lambda function: function()");
      ScopedValue.Carrier anna = ScopedValue.where(USER, "anna");
      ScopedValue.Carrier ben = ScopedValue.where(USER, "ben");
      String around = anna.call(() -> call.call(user).asString());
      String inside = anna.call(() -> in.call(s -> ben.call(() -> call.call(user).asString())));
      assertThat(List.of(around, inside)).containsExactly("anna", "ben");
      assertThat(call.call(user).asString()).isEqualTo("nobody");
      if (in != PythonUnderTest.main()) {
        in.close();
      }
    }
  }

  @Test
  @Tag("A5")
  @DisplayName("Scoped values that are named go along to other threads and into coroutines")
  void namedScopedValues() {
    ChildJvm.run(Duration.ofSeconds(300), NamedValues.class).expect(0).expectOut("all bound");
  }

  /** One of two is named. */
  static final class NamedValues implements Scenario {

    private static final ScopedValue<String> OTHER = ScopedValue.newInstance();

    @Override
    public void run(String... arguments) throws Exception {
      Python python = PythonUnderTest.start(PythonUnderTest.options().scopedValues(USER).build());
      Interpreter in = python.main();
      Callable<String> user = () -> USER.orElse("nobody") + OTHER.orElse("");
      in.set("user", user);
      in.exec(
          """
          import asyncio
          async def ask(n=3):
              said = set()
              for _ in range(n):
                  await asyncio.sleep(0)
                  said.add(user())
              return said
          async def tell():
              async def later():
                  return user()
              made = asyncio.create_task(later())
              all = [await ask(), await made, await asyncio.wait_for(later(), 100)]
              return all + await asyncio.gather(ask(), later())
          async def fail():
              await asyncio.sleep(0)
              raise ValueError(user())
          async def forever(started):
              try:
                  started()
                  await asyncio.Event().wait()
              except asyncio.CancelledError:
                  gone.append(user())
                  raise
          async def published():
              yield user()
              await asyncio.sleep(0)
              yield user()
          gone = []
          """);
      ScopedValue.Carrier anna = ScopedValue.where(USER, "anna").where(OTHER, " in Berlin");
      Callable<String> asking = () -> in.eval("user()").asString();
      Callable<String> telling = () -> in.eval("tell()").await().str();
      assertThat(onVirtual(() -> anna.call(asking::call))).isEqualTo("anna");
      String onMain = anna.call(() -> python.callOnMainThread(same -> asking.call()));
      assertThat(onMain).isEqualTo("anna");
      assertThat(asking.call()).isEqualTo("nobody");
      String all = "[{'anna'}, 'anna', 'anna', {'anna'}, 'anna']";
      String told = anna.call(telling::call);
      assertThat(told).isEqualTo(all);
      assertThat(onVirtual(() -> anna.call(telling::call))).isEqualTo(all);
      assertThatThrownBy(() -> anna.call(() -> in.eval("fail()").await()))
          .hasMessage("ValueError: anna");
      assertThat(in.eval("ask()").await().str()).isEqualTo("{'nobody'}");
      PyObject forever = in.eval("forever");
      CountDownLatch started = new CountDownLatch(1);
      CompletableFuture<?> future =
          anna.call(() -> forever.call((Runnable) started::countDown).as(CompletableFuture.class));
      Await.latch(started);
      future.cancel(true);
      Await.until("it is cancelled", () -> in.eval("gone == ['anna']").isTrue());
      Listener<String> listener =
          anna.call(() -> Listener.of(in.eval("published()").asPublisher(String.class), 5));
      assertThat(listener.awaitEnd().items).containsExactly("anna", "anna");
      python.close();
      System.out.println("all bound");
    }
  }
}
