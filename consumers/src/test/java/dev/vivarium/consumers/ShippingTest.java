package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways to ship a program that the guide has: its lines, pasted, and what they make, run. */
@DisplayName("docs/guide/deployment.md, pasted")
class ShippingTest {

  @TempDir static Path folder;

  private static Projects projects;
  private static List<String> lines;
  private static Path module;
  private static Projects.Ended image;

  @BeforeAll
  static void build() throws Exception {
    projects = new Projects(folder);
    lines = Projects.code(Projects.DEPLOYMENT, "sh");
    List<String> java = Projects.code(Projects.GUIDE, "java");
    module = projects.project("module", "", java.get(0), java.get(1));
    image = projects.shell(module, lines.get(0));
  }

  @Test
  @Way("a runtime image (jlink)")
  void runtimeImage() {
    assertThat(image.well()).isEqualTo("45\n");
  }

  @Test
  @Way("an application package of a module (jpackage)")
  void packageOfModule() throws Exception {
    image.well();
    assertThat(
            projects
                .shell(
                    module,
                    """
                    jpackage --type app-image --name hello --dest target --runtime-image target/image \\
                      --module hello/hello.Hello
                    target/hello/bin/hello
                    """)
                .well())
        .isEqualTo("45\n");
  }

  @Test
  @Way("an application package of jars (jpackage)")
  void packageOfJars() throws Exception {
    Path project = projects.project("jars", "", Projects.code(Projects.GUIDE, "java").getFirst());
    assertThat(projects.shell(project, lines.get(1)).well()).isEqualTo("45\n");
  }

  @Test
  @Way("a Debian slim image, read-only, with a user that has no home")
  void container() throws Exception {
    image.well();
    Container container =
        Container.build(
            module,
            folder.resolve("root"),
            Projects.code(Projects.DEPLOYMENT, "dockerfile").getFirst());
    assertThat(container.run().well()).isEqualTo("45\n");
    assertThat(container.run("sh", "-c", "touch /opt/vivarium/file || touch /tmp/file").printed())
        .as("it is as the guide says")
        .contains("Read-only file system");
    Projects.Ended unprepared =
        container.run("env", "VIVARIUM_CACHE=/nowhere", "/opt/hello/bin/hello");
    assertThat(unprepared.status()).isEqualTo(1);
    assertThat(unprepared.printed()).contains("in a folder that can be written", "VIVARIUM_CACHE");
  }

  @Test
  @Way("applications that come and go in one JVM, Vivarium in the parent class loader")
  void applications() throws Exception {
    assertThat(redeploy("one copy").well()).isEqualTo("45\n45\ngone\n");
  }

  @Test
  @DisplayName("a copy of Vivarium for each application is refused in words")
  void aCopyForEach() throws Exception {
    assertThat(redeploy("a copy for each").printed())
        .startsWith("45\n")
        .contains("another copy of Vivarium has started Python in this JVM");
  }

  private static Projects.Ended redeploy(String how) throws Exception {
    image.well();
    Path program = folder.resolve("Redeploy.java");
    Files.writeString(
        program,
        """
        import java.lang.ref.WeakReference;
        import java.net.*;
        import java.nio.file.*;
        import java.util.*;

        class Redeploy {
          static URL[] urls(Path folder) throws Exception {
            List<URL> urls = new ArrayList<>();
            try (var jars = Files.newDirectoryStream(folder, "*.jar")) {
              for (Path jar : jars) urls.add(jar.toUri().toURL());
            }
            return urls.toArray(URL[]::new);
          }

          static WeakReference<ClassLoader> deploy(URL[] urls, ClassLoader parent) throws Exception {
            try (URLClassLoader own = new URLClassLoader(urls, parent)) {
              own.loadClass("application.Application").getMethod("serve").invoke(null);
              return new WeakReference<>(own);
            }
          }

          public static void main(String[] arguments) throws Exception {
            URL application = Path.of(arguments[1]).toUri().toURL();
            URL[] vivarium = urls(Path.of(arguments[2]));
            if (arguments[0].equals("one copy")) {
              ClassLoader server = new URLClassLoader(vivarium);
              deploy(new URL[] {application}, server);
              WeakReference<ClassLoader> last = deploy(new URL[] {application}, server);
              for (int i = 0; i < 200 && last.get() != null; i++) {
                System.gc();
                Thread.sleep(50);
              }
              System.out.println(last.get() == null ? "gone" : "still there");
            } else {
              URL[] all = Arrays.copyOf(vivarium, vivarium.length + 1);
              all[vivarium.length] = application;
              deploy(all, ClassLoader.getPlatformClassLoader());
              deploy(all, ClassLoader.getPlatformClassLoader());
            }
          }
        }
        """);
    Path source = folder.resolve("application/Application.java");
    Files.createDirectories(source.getParent());
    String guide = Projects.code(Projects.DEPLOYMENT, "java").getFirst();
    Files.writeString(
        source,
        """
        package application;
        import dev.vivarium.*;

        public class Application {
          public static int number() { return 45; }

          public static void serve() {
            ClassLoader loader = Application.class.getClassLoader();
            %s
            try (mine) {
              mine.exec("from application import Application; print(Application.number())");
            }
          }
        }
        """
            .formatted(guide));
    Path modules = module.resolve("target/modules");
    Path classes = folder.resolve("classes");
    Projects.run(
            folder,
            List.of(
                Projects.tool("javac"),
                "-cp",
                modules + "/*",
                "-d",
                classes.toString(),
                source.toString()))
        .well();
    return Projects.run(
        folder,
        List.of(
            Projects.tool("java"),
            "--enable-native-access=ALL-UNNAMED",
            program.toString(),
            how,
            classes + "/",
            modules.toString()));
  }
}
