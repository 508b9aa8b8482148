package dev.vivarium.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.maven.model.Build;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goals of modules that share an environment folder, and are built in parallel. */
class EnvironmentLocksTest {

  private static final long LIMIT_SECONDS = 60;

  @TempDir Path folder;

  /** A goal that is at the environment until it is told to end. */
  private static final class Changing extends EnvironmentMojo {

    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch end = new CountDownLatch(1);

    @Override
    void execute(Path environment) {
      begun.countDown();
      try {
        assertThat(end.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void set(PythonMojo goal, Class<?> declaring, String name, Object value)
      throws Exception {
    Field field = declaring.getDeclaredField(name);
    field.setAccessible(true);
    field.set(goal, value);
  }

  private static void await(Thread thread, Thread.State state) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (thread.getState() != state && System.nanoTime() < end) {
      Thread.sleep(1);
    }
    assertThat(thread.getState()).isEqualTo(state);
  }

  @Test
  void testsBeginWhenNobodyChangesTheirPackages() throws Exception {
    Path environment = Files.createDirectory(folder.resolve("python-env"));
    Files.writeString(environment.resolve("requirements.txt"), "");
    Changing changing = new Changing();
    set(changing, PythonMojo.class, "environment", environment.toFile());
    TestMojo testing = new TestMojo();
    set(testing, PythonMojo.class, "environment", environment.toFile());
    set(testing, TestMojo.class, "tests", Files.createDirectory(folder.resolve("tests")).toFile());
    MavenProject project = new MavenProject();
    project.setBuild(new Build());
    project.getBuild().setDirectory(folder.resolve("target").toString());
    set(testing, PythonMojo.class, "project", project);

    FutureTask<Void> change =
        new FutureTask<>(() -> {
          changing.execute();
          return null;
        });
    Thread.ofPlatform().start(change);
    assertThat(changing.begun.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    FutureTask<Void> test =
        new FutureTask<>(() -> {
          testing.execute();
          return null;
        });
    Thread tester = Thread.ofPlatform().start(test);
    await(tester, Thread.State.WAITING);
    assertThat(folder.resolve("target")).doesNotExist();
    changing.end.countDown();
    change.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    await(tester, Thread.State.TERMINATED); // without a plugin it comes no further than this
    assertThat(folder.resolve("target/vivarium/scripts/run_tests.py")).exists();
  }
}
