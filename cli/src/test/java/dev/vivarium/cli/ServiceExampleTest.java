package dev.vivarium.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/service}, under load. */
class ServiceExampleTest {

  private static final Path SOURCES = Path.of("..", "examples", "service");
  private static final int CLIENTS = 20;

  @TempDir Path folder;
  private Process service;
  private URI address;

  @BeforeEach
  void start() throws Exception {
    Files.copy(SOURCES.resolve("scoring.py"), folder.resolve("scoring.py"));
    service =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SOURCES.resolve("Service.java").toString(),
                "0",
                folder.toString())
            .redirectError(folder.resolve("errors.txt").toFile())
            .start();
    BufferedReader out = service.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line)
        .as(Files.readString(folder.resolve("errors.txt")))
        .startsWith("listening on port ");
    address = URI.create("http://localhost:" + line.replaceAll("\\D", ""));
  }

  @AfterEach
  void kill() {
    service.destroyForcibly();
  }

  private HttpResponse<String> request(HttpClient client, String path, String body)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(address.resolve(path))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void newCodeDeadlinesAndTheEndUnderLoadLoseNoRequest() throws Exception {
    AtomicInteger answered = new AtomicInteger();
    Set<String> answers = ConcurrentHashMap.newKeySet();
    // Closed in the other order: once the service is gone, nobody goes on
    try (HttpClient client = HttpClient.newHttpClient();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        AutoCloseable killed = service::destroyForcibly) {
      Callable<Void> load =
          () -> {
            while (client
                    .send(
                        HttpRequest.newBuilder(address.resolve("/ready")).build(),
                        BodyHandlers.discarding())
                    .statusCode()
                == 200) {
              HttpResponse<String> response = request(client, "/score", "good fast not so slow");
              assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
              answers.add(response.body());
              answered.incrementAndGet();
            }
            return null;
          };
      List<Future<Void>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(load));
      }
      awaitMore(answered);

      HttpResponse<String> late = request(client, "/spin", "");
      assertThat(late.statusCode()).isEqualTo(503);
      assertThat(late.body()).contains("not done within 1 s");

      Path scoring = folder.resolve("scoring.py");
      String source = Files.readString(scoring);
      Files.writeString(scoring, source.replace("VERSION = 1", "VERSION = 2, 'two'"));
      assertThat(request(client, "/reload", "").body()).isEqualTo("reloaded");
      assertThat(request(client, "/score", "simple").body())
          .isEqualTo("{\"version\": [2, \"two\"], \"words\": 1, \"points\": 1}");
      Files.writeString(scoring, "def score(text): return broken(");
      assertThat(request(client, "/reload", "").body()).contains("SyntaxError");
      awaitMore(answered);

      String metrics = request(client, "/metrics", "").body();
      assertThat(metrics)
          .containsAnyOf("_interrupted_total 1\n", "_given_up_total 1\n") // as the machine is busy
          .contains("python_calls_stuck 0\n");

      service.destroy(); // SIGTERM
      for (Future<Void> each : clients) {
        each.get(1, TimeUnit.MINUTES);
      }
      assertThat(service.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(service.exitValue()).isEqualTo(143);
    }
    assertThat(answers)
        .containsExactlyInAnyOrder(
            "{\"version\": 1, \"words\": 5, \"points\": 1}",
            "{\"version\": [2, \"two\"], \"words\": 5, \"points\": 1}");
    assertThat(Files.readString(folder.resolve("errors.txt")))
        .contains("SyntaxError") // of the broken code
        .doesNotContain("Exception in thread", "left behind");
  }

  private static void awaitMore(AtomicInteger answered) throws InterruptedException {
    int before = answered.get();
    for (int i = 0; answered.get() < before + 200; i++) {
      assertThat(i).as("answered " + answered).isLessThan(6000);
      Thread.sleep(10);
    }
  }
}
