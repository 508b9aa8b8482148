package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The guide's lines, pasted into a project, and its executable jar, run as a service is. */
@DisplayName("docs/guide/spring.md, pasted")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SpringBootTest {

  private static final Path PAGE = Path.of("..", "docs", "guide", "spring.md");

  // One of a library's own, in its jar: what a project has more than the page's
  private static final String TARIFF =
      """
          <dependency>
            <groupId>com.example</groupId>
            <artifactId>tariff</artifactId>
            <version>1</version>
          </dependency>
      """;

  private static final String CUSTOMIZED =
      """
      package demo;

      import dev.vivarium.spring.PoolOptionsCustomizer;
      import java.time.Duration;
      import org.springframework.context.annotation.Bean;
      import org.springframework.context.annotation.Configuration;

      @Configuration
      class Customized {
      %s}
      """;

  private static final String SCRIPT =
      """
      import atexit
      import tariff
      from demo import CircleApplication

      print("main sees", CircleApplication.__name__, "and", tariff.__file__, flush=True)
      atexit.register(print, "Python has ended")
      """;

  private static final int CLIENTS = 24;
  private static final String LONG = "/pi?samples=2000000";

  @TempDir static Path folder;

  private static Path project;

  @BeforeAll
  static void build() throws Exception {
    Projects projects = new Projects(folder);
    project = Files.createDirectories(folder.resolve("circle"));
    String pom = Projects.code(PAGE, "xml").getFirst();
    write("pom.xml", pom.replace("  </dependencies>", TARIFF + "  </dependencies>"));
    write("src/main/java/demo/CircleApplication.java", Projects.code(PAGE, "java").getFirst());
    write("src/main/resources/META-INF/python/circle.py", Projects.code(PAGE, "python").getFirst());
    write(
        "src/main/resources/application.properties", Projects.code(PAGE, "properties").getFirst());
    write(
        "src/main/java/demo/Customized.java",
        CUSTOMIZED.formatted(Projects.code(PAGE, "java").get(1)));
    write("script.py", SCRIPT);
    writeTariff();
    assertThat(console(0)).startsWith("$ mvn package\n");
    // Of the versions of plugins that are here already, Boot's own would be fetched
    projects
        .maven(
            project,
            "package",
            "-Dmaven-resources-plugin.version=3.5.0",
            "-Dmaven-compiler-plugin.version=3.16.0",
            "-Dmaven-surefire-plugin.version=3.6.1",
            "-Dmaven-jar-plugin.version=3.5.1")
        .well();
  }

  private static void write(String name, String text) throws Exception {
    Path file = project.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A jar with a Python module, where Maven looks first. */
  private static void writeTariff() throws Exception {
    Path where = Files.createDirectories(folder.resolve("repository/com/example/tariff/1"));
    Files.writeString(
        where.resolve("tariff-1.pom"),
        """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId><artifactId>tariff</artifactId><version>1</version>
        </project>
        """);
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(where.resolve("tariff-1.jar")))) {
      for (String name : List.of("META-INF/", "META-INF/python/", "META-INF/python/tariff.py")) {
        jar.putNextEntry(new JarEntry(name));
      }
      jar.write("RATE = 3\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String console(int number) throws Exception {
    return Projects.code(PAGE, "console").get(number);
  }

  /** A JVM that runs the jar. */
  private record Service(Process process, Path printed, int port) implements AutoCloseable {

    static Service start(String jar) throws Exception {
      Path printed = Files.createTempFile(folder, "service", ".txt");
      ProcessBuilder builder =
          new ProcessBuilder(
              Projects.tool("java"),
              "-jar",
              jar,
              "--server.port=0",
              "--server.address=127.0.0.1",
              "--vivarium.pool.script=file:script.py");
      builder.environment().put("VIVARIUM_CACHE", folder.resolve("cache").toString());
      builder.environment().keySet().removeIf(name -> name.matches("VIVARIUM_(?!CACHE).*"));
      Process process =
          builder
              .directory(project.toFile())
              .redirectErrorStream(true)
              .redirectOutput(printed.toFile())
              .start();
      Pattern listening = Pattern.compile("Tomcat started on port (\\d+)(?s).*Started Circle");
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(4);
      while (true) {
        Matcher port = listening.matcher(Files.readString(printed));
        if (port.find()) {
          return new Service(process, printed, Integer.parseInt(port.group(1)));
        }
        if (!process.isAlive() || System.nanoTime() > end) {
          process.destroyForcibly();
          throw new AssertionError("it has not started: " + Files.readString(printed));
        }
        Thread.sleep(20);
      }
    }

    /** What a new connection is answered; nothing is sent a second time, as HTTP clients do. */
    String get(String path) throws Exception {
      try (java.net.Socket socket = new java.net.Socket("127.0.0.1", port)) {
        OutputStream out = socket.getOutputStream();
        out.write(
            ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      }
    }

    /** The status after SIGTERM. */
    int terminated() throws Exception {
      process.destroy();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(text()).isTrue();
      return process.exitValue();
    }

    String text() throws Exception {
      return Files.readString(printed);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private static String body(String response) {
    assertThat(response).startsWith("HTTP/1.1 200");
    String[] lines = response.substring(response.indexOf("\r\n\r\n")).strip().split("\r\n");
    return lines.length == 1 ? lines[0] : lines[1]; // by itself, or after its length
  }

  @Test
  @Order(1)
  @Way("Spring Boot's executable jar, with NumPy inside")
  @DisplayName("the executable jar unpacks what is in it, and answers what the page says")
  void answers() throws Exception {
    Matcher curl = Pattern.compile("curl 'localhost:8080(.*)'\n(.*)\n").matcher(console(1));
    assertThat(curl.find()).isTrue();
    try (Service service = Service.start(jar())) {
      assertThat(body(service.get(curl.group(1)))).isEqualTo(curl.group(2));
      assertThat(service.text())
          .contains(
              "main sees CircleApplication and classpath:META-INF/python/tariff.py",
              "Started CircleApplication")
          .doesNotContain("WARN", "ERROR");
      assertThat(service.terminated()).as(service.text()).isEqualTo(143);
    }
  }

  /** The one that the page runs. */
  private static String jar() throws Exception {
    Matcher java = Pattern.compile("\\$ java -jar (\\S+)\n").matcher(console(0));
    assertThat(java.find()).isTrue();
    return java.group(1);
  }

  @Test
  @Order(2)
  @Way("a Spring Boot service that ends at SIGTERM under load")
  @DisplayName("at SIGTERM under load every request that has come is answered, then Python ends")
  void drains() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    try (Service service = Service.start(jar());
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      String expected = body(service.get(LONG));
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        all.add(
            clients.submit(() -> {
              while (!enough.get()) {
                begun.incrementAndGet();
                assertThat(body(service.get(LONG))).isEqualTo(expected);
                answered.incrementAndGet();
              }
              return null;
            }));
      }
      while (answered.get() < 2 * CLIENTS) {
        assertThat(all).noneMatch(one -> one.state() == Future.State.FAILED);
        Thread.sleep(10);
      }
      enough.set(true);
      Thread.sleep(200); // those that are on their way have come
      int underWay = begun.get() - answered.get();
      assertThat(service.terminated()).as(service.text()).isEqualTo(143);
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(underWay).as("requests that had no answer at SIGTERM").isPositive();
      assertThat(answered.get()).isEqualTo(begun.get());
      assertThat(service.text())
          .containsSubsequence("Graceful shutdown complete", "Python has ended")
          .doesNotContain("WARN", "ERROR");
    }
  }

  @Test
  @Order(3)
  @Way("Spring Boot's executable jar, extracted")
  @DisplayName("extracted, too, and a later start unpacks nothing again")
  void extracted() throws Exception {
    Projects.run(
            project, List.of(Projects.tool("java"), "-Djarmode=tools", "-jar", jar(), "extract"))
        .well();
    List<Path> before = unpacked();
    try (Service service = Service.start("circle-1/circle-1.jar")) {
      assertThat(body(service.get("/pi?samples=10"))).isNotEmpty();
      assertThat(service.terminated()).isEqualTo(143);
    }
    assertThat(unpacked()).isEqualTo(before);
  }

  private static List<Path> unpacked() throws Exception {
    try (var all = Files.list(folder.resolve("cache"))) {
      List<Path> folders = all.filter(Files::isDirectory).sorted().toList();
      assertThat(folders)
          .extracting(path -> path.getFileName().toString().replaceFirst("-.*", ""))
          .contains("cpython", "numpy");
      return folders;
    }
  }
}
