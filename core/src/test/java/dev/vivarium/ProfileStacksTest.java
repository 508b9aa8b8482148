package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileStacksTest {

  @TempDir Path folder;

  @Test
  @DisplayName("stacks are counted, and where there is no room for another one, together")
  void bounded() throws Exception {
    ProfileStacks stacks = new ProfileStacks(2 * 64 + "a;bc".length());
    stacks.add("a;b", 1);
    stacks.add("c", 2);
    stacks.add("d", 3);
    stacks.add("e", 4);
    stacks.add("a;b", 5);
    Path file = folder.resolve("stacks.txt");
    stacks.write(file);
    assertThat(Files.readAllLines(file)).containsExactly("(others) 7", "a;b 6", "c 2");
  }
}
