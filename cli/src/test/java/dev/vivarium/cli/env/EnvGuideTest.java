package dev.vivarium.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The session of docs/guide/packages.md. */
class EnvGuideTest {

  private static final Path GUIDE = Path.of("..", "docs", "guide", "packages.md");
  private static final Pattern SESSION = Pattern.compile("(?s)```console\n(.*?)```");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @Test
  @DisplayName("The guide's session with vivarium env prints what stands there")
  void session(@TempDir Path folder) throws Exception {
    Wheels wheels = new Wheels(folder.resolve("wheels"));
    wheels.add("numpy", "2.4.2", "");
    wheels.add("pandas", "2.3.3", "", "numpy", "python-dateutil", "pytz", "tzdata");
    wheels.add("pandas", "3.0.0", "", "numpy", "python-dateutil");
    wheels.add("python_dateutil", "2.9.0.post0", "", "six>=1.5");
    wheels.add("pytz", "2025.2", "");
    wheels.add("six", "1.17.0", "");
    wheels.add("tzdata", "2025.2", "__version__ = '2025.2'\n");
    wheels.add("tzdata", "2025.3", "__version__ = '2025.3'\n");
    Matcher session = SESSION.matcher(Files.readString(GUIDE));
    assertThat(session.find()).isTrue();
    StringBuilder printed = new StringBuilder();
    Cli cli = new Cli(folder);
    for (String line : session.group(1).lines().filter(one -> one.startsWith("$ ")).toList()) {
      printed.append(line).append('\n');
      List<String> words = new ArrayList<>();
      WORD.matcher(line.substring("$ vivarium ".length()))
          .results()
          .forEach(word -> words.add(word.group(1) == null ? word.group(2) : word.group(1)));
      if (List.of("create", "add").contains(words.get(1))) {
        words.addAll(wheels.arguments());
      }
      Cli.Ended ended = cli.run(words.toArray(String[]::new));
      assertThat(ended.status()).describedAs(ended.err()).isZero();
      printed.append(ended.out());
    }
    assertThat(printed.toString()).isEqualTo(session.group(1));
  }
}
