package dev.vivarium.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.pool.PythonFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies in a job's jar, for which Flink has a class loader. */
final class ClassLoadersTest {

  private static Path jar(Path jar, Path root) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(file -> !file.equals(root)).toList()) {
        boolean isFolder = Files.isDirectory(file);
        out.putNextEntry(new JarEntry(root.relativize(file) + (isFolder ? "/" : "")));
        if (!isFolder) {
          Files.copy(file, out);
        }
      }
    }
    return jar;
  }

  private static List<Object> run(Path jar, PythonFunction function, String parameter)
      throws Exception {
    StreamExecutionEnvironment job = Cluster.job(Map.of("vivarium.interpreters", parameter));
    String name = UUID.randomUUID().toString();
    VivariumFlink.map(job.fromSequence(1, 4), function, Types.STRING)
        .addSink(new Cluster.Kept<>(name));
    JobGraph graph = job.getStreamGraph().getJobGraph();
    graph.addJar(new org.apache.flink.core.fs.Path(jar.toUri()));
    Cluster.shared().run(graph);
    return Cluster.taken(name);
  }

  @Test
  @DisplayName("Python modules and Java's classes in a job's jar are there for its functions")
  void modules(@TempDir Path folder) throws Exception {
    Path root = folder.resolve("root");
    Path module = root.resolve("META-INF/python/jobs_own.py");
    Files.createDirectories(module.getParent());
    Files.writeString(
        module,
        """
        from jobs import Own
        def f(value): return str(Own.twice(value))
        """);
    Path source = folder.resolve("Own.java");
    Files.writeString(
        source,
        "package jobs; public class Own { public static long twice(long n) { return 2 * n; } }");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", root.toString(), source.toString());
    assertThat(compiled).isZero();
    Path jar = jar(folder.resolve("job.jar"), root);
    assertThat(run(jar, PythonFunction.attribute("jobs_own", "f"), "isolated"))
        .containsExactlyInAnyOrder("2", "4", "6", "8");
  }

  @Test
  @DisplayName("a library that is in the job's own jar is refused")
  void copy(@TempDir Path folder) throws Exception {
    Path jar = jar(folder.resolve("job.jar"), Path.of("target", "classes"));
    assertThatThrownBy(() -> run(jar, PythonFunction.source("f = str", "f"), "auto"))
        .rootCause()
        .hasMessageContaining("vivarium-flink is in the job's own jar")
        .hasMessageContaining("Flink's lib folder");
  }

  private static final String WHERE =
      """
      from concurrent import interpreters
      here = interpreters.get_current().id
      %s
      def f(value): return 'main' if here == 0 else 'own'
      """;

  @Test
  @DisplayName("a function is in an interpreter of its own, or in main where it loads in no other")
  void where(@TempDir Path folder) throws Exception {
    Files.createDirectories(folder.resolve("root"));
    Path jar = jar(folder.resolve("job.jar"), folder.resolve("root"));
    PythonFunction anywhere = PythonFunction.source(WHERE.formatted(""), "f");
    PythonFunction inMain =
        PythonFunction.source(
            WHERE.formatted("if here != 0: raise ImportError('main alone')"), "f");
    assertThat(run(jar, anywhere, "auto")).containsOnly("own");
    assertThat(run(jar, anywhere, "main")).containsOnly("main");
    assertThat(run(jar, inMain, "auto")).containsOnly("main");
    assertThatThrownBy(() -> run(jar, inMain, "isolated"))
        .rootCause()
        .hasMessageContaining("ImportError: main alone");
  }
}
