package dev.vivarium.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.pool.InterpreterPool;
import dev.vivarium.pool.PoolCaller;
import dev.vivarium.pool.PythonFunction;
import dev.vivarium.testing.Await;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A web application on virtual threads, over HTTP. */
class WebApplicationTest {

  private ConfigurableApplicationContext context;
  private HttpClient client;

  @BeforeEach
  void start() {
    context =
        SpringApplication.run(
            Application.class,
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--spring.main.banner-mode=off",
            "--spring.threads.virtual.enabled=true",
            "--management.endpoints.web.exposure.include=health,metrics",
            "--management.endpoint.health.show-details=always",
            "--vivarium.pool.size=2",
            "--vivarium.pool.modules=scoring",
            "--vivarium.pool.deadline=30s");
    client = HttpClient.newHttpClient();
  }

  @AfterEach
  void stop() {
    client.close();
    context.close();
  }

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Scoring.class)
  static class Application {}

  /** What it answers. */
  @RestController
  static class Scoring {

    private static final PythonFunction SCORE = PythonFunction.attribute("scoring", "score");
    private static final PythonFunction SLOW = PythonFunction.attribute("scoring", "slow");

    private final PoolCaller python;

    Scoring(PoolCaller python) {
      this.python = python;
    }

    @GetMapping("/score")
    String score(@RequestParam("text") String text) throws InterruptedException {
      return python.call(SCORE, Integer.class, text) + " " + Thread.currentThread().isVirtual();
    }

    @GetMapping("/slow")
    String slow() throws InterruptedException {
      return "slept " + python.call(SLOW, Double.class, 0.2);
    }
  }

  private CompletableFuture<HttpResponse<String>> get(String path) {
    String port = context.getEnvironment().getProperty("local.server.port");
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String ok(String path) throws Exception {
    HttpResponse<String> response = Await.done(get(path));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  @Test
  @DisplayName("requests on virtual threads are answered by the pool, many at once")
  void answers() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      all.add(get("/score?text=" + "a+".repeat(i % 7 + 1)));
    }
    for (int i = 0; i < all.size(); i++) {
      assertThat(Await.done(all.get(i)).body()).isEqualTo(i % 7 + 1 + " true");
    }
  }

  @Test
  @DisplayName("health has Python's version and the pool, and metrics its meters")
  void actuator() throws Exception {
    assertThat(ok("/score?text=a")).isEqualTo("1 true");
    String pool = context.getBean(InterpreterPool.class).name();
    assertThat(ok("/actuator/health"))
        .contains("\"python\":{")
        .contains("\"version\":\"3.")
        .contains("\"" + pool + "\":{\"interpreters\":2,");
    assertThat(ok("/actuator/metrics/python.pools")).contains("\"value\":1.0");
    assertThat(ok("/actuator/metrics/python.pool.calls?tag=pool:" + pool))
        .contains("\"statistic\":\"COUNT\",\"value\":1.0");
  }

  @Test
  @DisplayName("when the application ends, all requests that have come are answered first")
  void drains() throws Exception {
    assertThat(ok("/score?text=a")).isEqualTo("1 true");
    InterpreterPool pool = context.getBean(InterpreterPool.class);
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(get("/slow")); // 20 of 0.2 s in two interpreters: two seconds
    }
    Await.until(
        "all have come",
        () -> {
          var now = pool.statistics();
          return now.waiting() + now.interpreters() - now.idle() + now.calls() - 1 == 20;
        });
    context.close();
    for (CompletableFuture<HttpResponse<String>> one : all) {
      assertThat(Await.done(one).body()).isEqualTo("slept 0.2");
    }
    assertThat(InterpreterPool.opened()).doesNotContain(pool);
  }
}
