package dev.vivarium.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunArgumentsTest {

  @ParameterizedTest
  @CsvSource({
    "run f.py -x,run -- f.py -x",
    "run --python 3.13 f.py --python b,run --python 3.13 -- f.py --python b",
    "run --python=3.13 -c 1 -m x,run --python=3.13 -c 1 -- -m x",
    "run --profile p.txt f.py -x,run --profile p.txt -- f.py -x",
    "run --profile=p.txt --python 3.13 f.py,run --profile=p.txt --python 3.13 -- f.py",
    "run -c1 a,run -c 1 -- a",
    "run -mjson.tool --help,run -m json.tool -- --help",
    "run - --help,run -- - --help",
    "run --help,run --help",
    "run -- -odd.py,run -- -odd.py",
    "map -c x,map -c x"
  })
  void keepsTheProgramsOptionsApart(String given, String separated) {
    assertThat(String.join(" ", RunArguments.separate(given.split(" ")))).isEqualTo(separated);
  }
}
