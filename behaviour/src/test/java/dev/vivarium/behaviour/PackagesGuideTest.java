package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.testing.Await;
import dev.vivarium.testing.ChildJvm;
import dev.vivarium.testing.GuidePage;
import dev.vivarium.testing.PythonUnderTest;
import dev.vivarium.testing.Scenario;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/guide/packages.md. */
@ExtendWith(PythonUnderTest.class)
final class PackagesGuideTest {

  private static final Pattern PYTHON = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  @DisplayName("The guide's module, as it stands there, prints what stands beside the call")
  void example() throws Exception {
    GuidePage page = new GuidePage("packages.md");
    Path shop = Files.createDirectories(folder.resolve("META-INF/python/shop"));
    Matcher python = PYTHON.matcher(page.text());
    assertThat(python.find()).isTrue();
    Files.writeString(shop.resolve("__init__.py"), "");
    Files.writeString(shop.resolve("prices.py"), python.group(1));
    Files.writeString(shop.resolve("rates.txt"), "3\n");
    GuidePage.compile(
        folder,
        List.of("dev.vivarium.*"),
        "",
        page.java().stream()
            .map(code ->
                code.replace(
                    "Python.start()",
                    "Python.start(dev.vivarium.testing.PythonUnderTest.options().build())"))
            .toList());
    ChildJvm.Ended ended =
        ChildJvm.start(Await.LIMIT, List.of(), folder, RunsGuide.class).await().expect(0);
    assertThat(ended.out().lines().toList()).isEqualTo(page.printed());
  }

  /** Runs what was compiled. */
  public static final class RunsGuide implements Scenario {
    @Override
    public void run(String... arguments) throws Throwable {
      try {
        Class.forName("Guide").getMethod("run").invoke(null);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}
