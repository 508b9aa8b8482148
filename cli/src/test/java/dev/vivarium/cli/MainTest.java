package dev.vivarium.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

  @TempDir Path folder;

  @Test
  void helpOfEveryCommandFitsATerminal() {
    for (String command : List.of("map", "run", "repl", "env", "doctor", "classpath", "install")) {
      String help = Main.commandLine(new String[0]).getSubcommands().get(command).getUsageMessage();
      assertThat(help.lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(97));
    }
  }

  @Test
  void classPathEntriesAreAbsolute() {
    assertThat(ClasspathCommand.absolute("a" + File.pathSeparator + "b/../c"))
        .isEqualTo(
            Path.of("a").toAbsolutePath() + File.pathSeparator + Path.of("c").toAbsolutePath());
  }

  @Test
  void doctorTriesThePython() throws Exception {
    Cli.Ended ended = new Cli(folder).run("doctor", "--json");
    assertThat(ended.status()).describedAs(ended.out()).isZero();
    assertThat(ended.out())
        .startsWith("{\"ok\": true")
        .contains("\"imports, sub-interpreter\"", "sqlite3")
        .containsPattern("\"packages\", \"status\": \"ok\", \"detail\": \"pip [\\d.]+ in /");
  }

  @Test
  void doctorLivesWithoutOne() throws Exception {
    Cli.Ended ended = new Cli(folder).run("doctor", "--python", "/absent");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.out()).contains("fail  python", "/absent", "->");
  }

  @Test
  void installIsForCheckouts() throws Exception {
    Cli.Ended ended = new Cli(folder).run("install");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines())
        .singleElement()
        .asString()
        .contains("from a checkout, as ./vivarium install");
  }

  @Test
  void unknownCommandsAreOneLine() throws Exception {
    Cli.Ended ended = new Cli(folder).run("frobnicate");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().lines()).singleElement().asString().contains("frobnicate", "--help");
    Cli.Ended mistyped = new Cli(folder).run("rum", "program.py");
    assertThat(mistyped.status()).isEqualTo(2);
    assertThat(mistyped.err().lines()).singleElement().asString().contains("'rum'", "'run'");
  }

  @Test
  void helpAndVersionAreCommandsToo() throws Exception {
    Cli cli = new Cli(folder);
    assertThat(cli.run("help").out()).isEqualTo(cli.run("--help").out()).contains("vivarium run");
    assertThat(cli.run("help", "map").out()).isEqualTo(cli.run("map", "--help").out());
    assertThat(cli.run("version").out())
        .isEqualTo(cli.run("--version").out())
        .startsWith("Vivarium ");
  }
}
