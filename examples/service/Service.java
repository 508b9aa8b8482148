import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.vivarium.Interpreter;
import dev.vivarium.Python;
import dev.vivarium.PythonException;
import dev.vivarium.pool.DeadlineException;
import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PoolOptions;
import dev.vivarium.pool.PoolStatistics;
import dev.vivarium.pool.PythonFunction;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * An HTTP service on virtual threads whose requests Python code answers, in a pool of interpreters: a
 * deadline for each, new code without a request lost, metrics, and an end in order. Run it with
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp "$(./vivarium classpath)" examples/service/Service.java 8080
 * curl -d 'simple and fast' localhost:8080/score
 * curl -X POST localhost:8080/reload       # after a change of scoring.py
 * curl localhost:8080/metrics
 * </pre>
 */
public final class Service {

  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final Duration TO_DRAIN = Duration.ofSeconds(10);

  // How long a load balancer, or a client, may take to notice that it is to go elsewhere
  private static final Duration NOTICE = Duration.ofMillis(500);

  private final InterpreterPool pool;
  private final PoolCaller caller;
  private volatile boolean draining;

  private Service(InterpreterPool pool) {
    this.pool = pool;
    this.caller = pool.within(DEADLINE);
  }

  /** Port, 0 for any that is free, and the folder of scoring.py. */
  public static void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8080;
    Path folder = Path.of(arguments.length > 1 ? arguments[1] : "examples/service");
    Python python = Python.start();
    InterpreterPool pool =
        InterpreterPool.open(
            python, PoolOptions.isolated().initializer(in -> prepare(in, folder)));
    Service service = new Service(pool);
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/score", exchange -> service.python(exchange, "score"));
    server.createContext("/spin", exchange -> service.python(exchange, "spin"));
    server.createContext("/reload", service::reload);
    server.createContext("/metrics", service::metrics);
    server.createContext("/ready", exchange -> answer(exchange, service.draining ? 503 : 200, ""));
    // Python stays open for the hooks of applications: see docs/guide/process.md
    Runtime.getRuntime().addShutdownHook(new Thread(() -> service.drain(server)));
    server.start();
    System.out.println("listening on port " + server.getAddress().getPort());
  }

  // In each interpreter, before it serves: again in each new one after a reload
  private static void prepare(Interpreter in, Path folder) {
    try (var path = in.importModule("sys").attr("path")) {
      path.callMethod("insert", 0, folder.toAbsolutePath().toString()).close();
    }
    in.importModule("scoring").close();
  }

  private void python(HttpExchange exchange, String function) throws IOException {
    String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    try {
      String json =
          caller.call(in -> {
            try (var scoring = in.importModule("scoring");
                var dumps = in.importModule("json");
                var score = scoring.callMethod(function, text)) {
              return dumps.callMethod("dumps", score).asString();
            }
          });
      answer(exchange, 200, json);
    } catch (DeadlineException | RejectedExecutionException e) {
      answer(exchange, 503, e.getMessage());
    } catch (PythonException e) {
      answer(exchange, 500, e.traceback());
    } catch (InterruptedException e) {
      answer(exchange, 503, "interrupted");
    }
  }

  private void reload(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      answer(exchange, 405, "POST it");
      return;
    }
    try {
      pool.renew().join();
      answer(exchange, 200, "reloaded");
    } catch (RuntimeException e) {
      answer(exchange, 500, String.valueOf(e.getMessage())); // the old code goes on
    }
  }

  private void metrics(HttpExchange exchange) throws IOException {
    PoolStatistics now = pool.statistics();
    answer(
        exchange,
        200,
        """
        python_interpreters %d
        python_interpreters_idle %d
        python_calls_waiting %d
        python_calls_stuck %d
        python_calls_total %d
        python_calls_failed_total %d
        python_calls_interrupted_total %d
        python_calls_given_up_total %d
        python_seconds_total %.3f
        """
            .formatted(
                now.interpreters(),
                now.idle(),
                now.waiting(),
                now.stuck(),
                now.calls(),
                now.failed(),
                now.interrupted(),
                now.givenUp(),
                now.worked().toNanos() / 1e9));
  }

  private void drain(HttpServer server) {
    draining = true;
    try {
      Thread.sleep(NOTICE);
    } catch (InterruptedException e) {
      // then at once
    }
    server.stop((int) TO_DRAIN.toSeconds());
    pool.close(TO_DRAIN);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
