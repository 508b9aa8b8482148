package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComplexityExampleTest {

  @TempDir Path folder;

  @Test
  void measuresWhatParsesAndReportsTheRest() throws Exception {
    Cli cli = new Cli(folder);
    cli.write(
        "a.py",
        "def f(x):",
        "    if x and x > 1 or x < -1:",
        "        return [y for y in x if y]",
        "    def inner():",
        "        while True:",
        "            try: pass",
        "            except ValueError: pass",
        "    match x:",
        "        case 1 if x: pass",
        "        case _: pass");
    cli.write("b.py", "def (:");
    Files.write(folder.resolve("c.py"), new byte[] {'#', (byte) 0xff, '\n'});
    Files.write(folder.resolve("d.py"), new byte[] {'x', 0, '\n'});
    cli.write("e.py", "x = " + "(".repeat(5000) + ")".repeat(5000));
    Cli.Ended ended = cli.run("map", example(), "a.py", "b.py", "c.py", "d.py", "e.py", "--quiet");
    assertThat(ended.status()).isZero();
    // f: 1 + if + two of the condition + for and if of the list + case and its guard
    assertThat(ended.lines().getFirst())
        .contains(
            "\"lines\": 10",
            "\"functions\": 2",
            "\"longest\": {\"name\": \"f\", \"line\": 1, \"lines\": 10}",
            "{\"total\": 12, \"max\": 8}");
    assertThat(ended.lines().subList(1, 5))
        .allSatisfy(line -> assertThat(line).contains("\"parses\": false", "\"reason\": "));
  }

  private static String example() {
    Path here = Path.of("").toAbsolutePath();
    Path top = Files.isDirectory(here.resolve("examples")) ? here : here.getParent();
    return top.resolve("examples/complexity.py") + ":measure";
  }
}
