package dev.vivarium.script;

import dev.vivarium.CloseOption;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterBusyException;
import dev.vivarium.PyObject;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.script.AbstractScriptEngine;
import javax.script.Bindings;
import javax.script.Compilable;
import javax.script.CompiledScript;
import javax.script.Invocable;
import javax.script.ScriptContext;
import javax.script.ScriptEngineFactory;
import javax.script.ScriptException;
import org.jspecify.annotations.Nullable;

/**
 * Python as a script engine. It has an interpreter of its own, made when the engine is first used,
 * in the CPython of this process, which is started then if nobody has.
 *
 * <p>A script whose last statement is an expression has the value of that; others have null. Values
 * become Java's as by {@code PyObject.asNullable(Object.class)} and Python's as by {@link
 * Interpreter#toPython}; what has no counterpart in Java is a {@link PyObject}. The Bindings of the
 * default context are the variables of {@code __main__} themselves. Other Bindings are copied into
 * a namespace of their own before a script, and out of it afterwards.
 *
 * <p>Any thread may use it, several at once ({@code MULTITHREADED}): they share the variables and,
 * where the CPython has one, the interpreter's GIL.
 *
 * <p>{@link #close} ends the interpreter. That of an engine which nobody can reach any more is
 * ended some time after the garbage collector has found out, unless Java still holds objects of it.
 * Later use of the engine, and of objects that came from it, throws {@link IllegalStateException}.
 */
public final class PythonScriptEngine extends AbstractScriptEngine
    implements Compilable, Invocable, AutoCloseable {

  private static final String NAMELESS = "<script>";
  private static final int BLOCK = 8192;

  private final ScriptEngineFactory factory;
  private final Session session;

  PythonScriptEngine(ScriptEngineFactory factory, Session session) {
    super(new PythonBindings(session, session::firstNamespace));
    this.factory = factory;
    this.session = session;
    session.defaultStreams().use(context);
  }

  /**
   * An engine in an interpreter that is there already, with variables of its own in it. The engine
   * does not end it.
   */
  public static PythonScriptEngine in(Interpreter interpreter) {
    Objects.requireNonNull(interpreter, "interpreter");
    return new PythonScriptEngine(
        new PythonScriptEngineFactory(), new Session(new Session.Given(() -> interpreter)));
  }

  /**
   * The interpreter that scripts run in, for what {@code javax.script} has no words for. It may end
   * when the engine is reachable no more: keep that.
   */
  public Interpreter interpreter() {
    return session.interpreter();
  }

  /**
   * Runs a script.
   *
   * @throws ScriptException for what the script raises, with the Python exception as cause and the
   *     place in the script, as far as there is one; for {@code sys.exit}; and for checked Java
   *     exceptions that came through the script. Unchecked ones come as they are
   * @throws dev.vivarium.ConversionException if a variable or argument has no counterpart in Python
   * @throws dev.vivarium.PythonStartException if no CPython could be started
   * @throws IllegalStateException if the engine, its interpreter or Python has been closed
   */
  @Override
  public @Nullable Object eval(String script, ScriptContext context) throws ScriptException {
    Objects.requireNonNull(script, "script");
    String file = fileName(Objects.requireNonNull(context, "context"));
    return run(compile(script, file), context);
  }

  @Override
  public @Nullable Object eval(Reader reader, ScriptContext context) throws ScriptException {
    Objects.requireNonNull(context, "context");
    return eval(read(reader), context);
  }

  @Override
  public CompiledScript compile(String script) throws ScriptException {
    Objects.requireNonNull(script, "script");
    return new PythonScript(this, compile(script, fileName(context)));
  }

  @Override
  public CompiledScript compile(Reader script) throws ScriptException {
    return compile(read(script));
  }

  private Support.Code compile(String script, String file) throws ScriptException {
    try {
      return session.call(support -> support.compile(script, file));
    } catch (Throwable t) {
      throw Failure.of(session, file, t);
    }
  }

  @Nullable Object run(Support.Code code, ScriptContext context) throws ScriptException {
    String file = code.file();
    Object arguments = context.getAttribute(ARGV);
    try {
      return session.call(
          context,
          (support, namespace) -> {
            boolean named = !file.equals(NAMELESS);
            if (named) {
              namespace.variables().setItem("__file__", file);
            }
            if (arguments != null) {
              support.setArguments(named ? file : "", list(arguments));
            }
            return support.run(code, namespace.variables());
          });
    } catch (Throwable t) {
      throw Failure.of(session, file, t);
    }
  }

  private static Collection<?> list(Object arguments) {
    return switch (arguments) {
      case Object[] array -> Arrays.asList(array);
      case Collection<?> collection -> collection;
      default -> List.of(arguments);
    };
  }

  private static String fileName(ScriptContext context) {
    Object name = context.getAttribute(FILENAME);
    return name == null ? NAMELESS : name.toString();
  }

  private static String read(Reader reader) throws ScriptException {
    StringWriter text = new StringWriter();
    char[] block = new char[BLOCK];
    try {
      for (int count = reader.read(block); count >= 0; count = reader.read(block)) {
        text.write(block, 0, count);
      }
    } catch (IOException e) {
      throw new ScriptException(e);
    }
    return text.toString();
  }

  @Override
  public @Nullable Object invokeFunction(String name, @Nullable Object... args)
      throws ScriptException, NoSuchMethodException {
    Objects.requireNonNull(name, "name");
    return Support.toJava(invoke(null, name, args));
  }

  @Override
  public @Nullable Object invokeMethod(@Nullable Object thiz, String name, @Nullable Object... args)
      throws ScriptException, NoSuchMethodException {
    Objects.requireNonNull(name, "name");
    return Support.toJava(invoke(scriptObject(thiz), name, args));
  }

  /** Calls a function of the script, or a method of an object. */
  PyObject invoke(@Nullable PyObject owner, String name, @Nullable Object... arguments)
      throws ScriptException, NoSuchMethodException {
    @Nullable Object[] passed = arguments == null ? new Object[] {null} : arguments;
    try {
      return session.call(
          context,
          (support, namespace) -> {
            try (PyObject function = ScriptProxy.member(namespace, owner, name)) {
              return function == null ? missing(name, null) : call(support, function, name, passed);
            }
          });
    } catch (Missing e) {
      throw (NoSuchMethodException)
          new NoSuchMethodException(e.getMessage()).initCause(e.getCause());
    } catch (Throwable t) {
      throw Failure.of(session, fileName(context), t);
    }
  }

  private static PyObject call(
      Support support, PyObject function, String name, @Nullable Object[] arguments) {
    try {
      return function.call(arguments);
    } catch (dev.vivarium.PythonException e) {
      if (support.isUnfit(e.value(), function, arguments)) {
        return missing(name, e);
      }
      throw e;
    }
  }

  private static PyObject missing(String name, @Nullable Throwable why) {
    throw new Missing(
        why == null
            ? "there is no function " + name + " in the script or its object"
            : name + " does not take these arguments: " + why.getMessage(),
        why);
  }

  /** A NoSuchMethodException on its way; not one that Java code called by the script has thrown. */
  private static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1;

    Missing(String message, @Nullable Throwable cause) {
      super(message, cause, false, false);
    }
  }

  @Override
  public <T> @Nullable T getInterface(@Nullable Class<T> type) {
    return proxy(null, type);
  }

  @Override
  public <T> @Nullable T getInterface(@Nullable Object thiz, @Nullable Class<T> type) {
    return proxy(scriptObject(thiz), type);
  }

  private <T> @Nullable T proxy(@Nullable PyObject owner, @Nullable Class<T> type) {
    if (type == null || !type.isInterface()) {
      throw new IllegalArgumentException(type + " is not an interface");
    }
    return session.call(
        context, (support, namespace) -> ScriptProxy.of(this, namespace, owner, type));
  }

  private PyObject scriptObject(@Nullable Object thiz) {
    if (thiz instanceof PyObject object && object.view().equals(session.interpreter().view())) {
      return object;
    }
    throw new IllegalArgumentException(
        (thiz == null ? "null" : "a " + thiz.getClass().getName())
            + " is not an object of this engine's scripts, which is a PyObject of its interpreter");
  }

  @Override
  public Bindings getBindings(int scope) {
    return context.getBindings(scope);
  }

  @Override
  public void setBindings(Bindings bindings, int scope) {
    context.setBindings(bindings, scope);
  }

  /** Bindings that are variables of a new namespace in this engine's interpreter. */
  @Override
  public Bindings createBindings() {
    return new PythonBindings(session, Support::newNamespace);
  }

  @Override
  public void setContext(ScriptContext newContext) {
    super.setContext(newContext);
    session.defaultStreams().use(newContext);
  }

  @Override
  public ScriptEngineFactory getFactory() {
    return factory;
  }

  /**
   * Ends the engine's interpreter as {@link Interpreter#close()} does, unless it was given one that
   * is not its own. A second time it does nothing.
   */
  @Override
  public void close() {
    session.close(null);
  }

  /**
   * As {@link #close()}, but not for longer than that.
   *
   * @throws InterpreterBusyException past the time, naming who is inside; the engine goes on then
   */
  public void close(Duration timeout, CloseOption... options) {
    session.close(Objects.requireNonNull(timeout, "timeout"), options);
  }

  @Override
  public String toString() {
    return "PythonScriptEngine" + session;
  }
}
