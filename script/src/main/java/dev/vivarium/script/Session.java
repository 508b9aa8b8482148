package dev.vivarium.script;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterOptions;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.script.Bindings;
import javax.script.ScriptContext;
import org.jspecify.annotations.Nullable;

/**
 * An engine's interpreter, and what goes with it. The engine and all that it gives out refer to
 * this, and this to none of them, so that its end tells when the interpreter may end.
 */
final class Session {

  private static final Set<String> PYTHONS_OWN =
      Set.of(
          "__builtins__",
          "__name__",
          "__doc__",
          "__package__",
          "__loader__",
          "__spec__",
          "__file__",
          "__cached__",
          "__annotations__",
          "__annotate__",
          "__conditional_annotations__",
          "__warningregistry__");

  /** Where the interpreter comes from. */
  sealed interface Origin {}

  /** It is made for the engine, and ends with it. */
  record Made(InterpreterOptions options) implements Origin {}

  /** It is somebody else's. */
  record Given(Supplier<Interpreter> interpreter) implements Origin {}

  private record Started(Support support, Streams streams) {}

  private final Origin origin;
  private final DefaultStreams defaultStreams = new DefaultStreams();
  private final AtomicReference<@Nullable Started> started = new AtomicReference<>();
  private final WeakIdentityMap<Bindings, Namespace> copied = new WeakIdentityMap<>();
  private volatile boolean closed;

  Session(Origin origin) {
    this.origin = origin;
  }

  static boolean isPythonsOwn(String name) {
    return PYTHONS_OWN.contains(name);
  }

  DefaultStreams defaultStreams() {
    return defaultStreams;
  }

  /** The namespace that a new engine begins with. */
  PyObject firstNamespace(Support support) {
    return origin instanceof Made ? support.mainNamespace() : support.newNamespace();
  }

  // No lock: a thread that is attached could wait here for one that waits for its GIL
  private Started started() {
    if (closed) {
      throw new IllegalStateException("this script engine has been closed");
    }
    Started known = started.get();
    if (known != null) {
      return known;
    }
    Interpreter interpreter =
        switch (origin) {
          case Made made -> Python.shared().newInterpreter(defaultStreams.in(made.options));
          case Given given -> given.interpreter.get();
        };
    Support support = Support.of(interpreter);
    Started made = new Started(support, new Streams(support));
    if (started.compareAndSet(null, made)) {
      if (origin instanceof Made) {
        Orphans.watch(this, interpreter);
      }
      return made;
    }
    if (origin instanceof Made) {
      interpreter.close(); // another thread was first
    }
    return started();
  }

  Interpreter interpreter() {
    return started().support.interpreter();
  }

  /** Does something inside the interpreter. */
  <T extends @Nullable Object> T call(Function<Support, T> body) {
    Started session = started();
    try {
      return session.support.interpreter().call(in -> body.apply(session.support));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Does something inside, with a context's variables and streams in place. */
  interface Body<T extends @Nullable Object> {
    T run(Support support, Namespace namespace);
  }

  <T extends @Nullable Object> T call(ScriptContext context, Body<T> body) {
    Started session = started();
    return call(support -> {
      Bindings scope = context.getBindings(ScriptContext.ENGINE_SCOPE);
      boolean live = scope instanceof PythonBindings python && python.session() == this;
      Namespace namespace = live ? ((PythonBindings) scope).namespace() : copied(support, scope);
      if (!live) {
        namespace.copyFrom(scope);
      }
      namespace.lend(context.getBindings(ScriptContext.GLOBAL_SCOPE));
      session.streams.enter(context);
      try {
        return body.run(support, namespace);
      } finally {
        session.streams.leave();
        if (!live) {
          namespace.copyTo(scope);
        }
      }
    });
  }

  private Namespace copied(Support support, Bindings scope) {
    Namespace known = copied.get(scope);
    return known != null ? known : copied.putIfAbsent(scope, new Namespace(support.newNamespace()));
  }

  void close(@Nullable Duration timeout, CloseOption... options) {
    Started session = started.get();
    if (session != null && origin instanceof Made) {
      Interpreter interpreter = session.support.interpreter();
      if (timeout == null) {
        interpreter.close();
      } else {
        interpreter.close(timeout, options);
      }
    }
    closed = true;
  }

  @Override
  public String toString() {
    Started session = started.get();
    return session == null ? "[not started]" : "[" + session.support.interpreter() + "]";
  }
}
