package dev.vivarium.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.InterpreterBusyException;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.InterpreterView;
import dev.vivarium.PyObject;
import dev.vivarium.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.script.Bindings;
import javax.script.ScriptContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When an engine's interpreter is made, and when it ends. */
final class LifetimeTest {

  private static PythonScriptEngine engine() {
    return new PythonScriptEngineFactory().getScriptEngine();
  }

  @Test
  @DisplayName("closing ends the interpreter; later use says so")
  void closed() throws Exception {
    PythonScriptEngine engine = engine();
    engine.eval("x = 1");
    PyObject held = (PyObject) engine.eval("lambda: x");
    InterpreterView view = engine.interpreter().view();
    engine.close();
    engine.close();
    assertThat(view.isAlive()).isFalse();
    assertThatThrownBy(() -> engine.eval("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this script engine has been closed");
    assertThatThrownBy(() -> engine.get("x")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(held::call).isInstanceOf(InterpreterClosedException.class);
  }

  @Test
  @DisplayName("one that was never used never had an interpreter, and gets none after its close")
  void neverUsed() {
    PythonScriptEngine engine = engine();
    engine.close();
    assertThatThrownBy(engine::interpreter).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("a close with a deadline names who is inside, and the engine goes on")
  void deadline() throws Exception {
    PythonScriptEngine engine = engine();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Callable<Object> wait =
        () -> {
          inside.countDown();
          go.await();
          return null;
        };
    engine.put("wait", wait);
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                engine.eval("wait()");
              } catch (javax.script.ScriptException e) {
                throw new AssertionError(e);
              }
            });
    inside.await();
    assertThatThrownBy(() -> engine.close(Duration.ZERO))
        .isInstanceOf(InterpreterBusyException.class);
    go.countDown();
    thread.join();
    assertThat(engine.eval("1 + 1")).isEqualTo(2L);
    engine.close(Duration.ofSeconds(60));
  }

  private static List<InterpreterView> dropped(int count) throws Exception {
    List<InterpreterView> views = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      PythonScriptEngine engine = engine();
      engine.eval("def f(): return [f]\nimport json");
      engine.get("json");
      engine.compile("f()").eval();
      engine.invokeFunction("f");
      views.add(engine.interpreter().view());
    }
    return views;
  }

  private static void untilEnded(InterpreterView view) {
    Await.until(
        view + " ends",
        () -> {
          System.gc();
          return !view.isAlive();
        });
  }

  @Test
  @DisplayName("the interpreter of an engine that nobody can reach any more ends")
  void unreachable() throws Exception {
    dropped(3).forEach(LifetimeTest::untilEnded);
  }

  private static Object[] function() throws Exception {
    PythonScriptEngine engine = engine();
    return new Object[] {
      engine.eval("def f(): return 'still here'\nf"), engine.interpreter().view()
    };
  }

  private static Bindings bindings() throws Exception {
    PythonScriptEngine engine = engine();
    engine.eval("x = 'still here'");
    return engine.getBindings(ScriptContext.ENGINE_SCOPE);
  }

  @Test
  @DisplayName("… not while Java holds an object of it, or Bindings")
  void held() throws Exception {
    Object[] held = function();
    PyObject function = (PyObject) held[0];
    InterpreterView view = (InterpreterView) held[1];
    Bindings bindings = bindings();
    dropped(1).forEach(LifetimeTest::untilEnded); // so these have been looked at too
    assertThat(function.call().asString()).isEqualTo("still here");
    assertThat(bindings).containsEntry("x", "still here");
    function.close();
    untilEnded(view);
  }
}
