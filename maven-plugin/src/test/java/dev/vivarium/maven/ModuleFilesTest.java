package dev.vivarium.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleFilesTest {

  @TempDir Path folder;
  private Path source;
  private Path target;
  private ModuleFiles files;

  @BeforeEach
  void create() throws Exception {
    source = folder.resolve("source");
    target = folder.resolve("target");
    files = new ModuleFiles(target, folder.resolve("lists/ours.txt"));
    write(source, "shop/__init__.py", "one");
    write(source, "shop/deep/data.txt", "two");
  }

  private static void write(Path in, String name, String text) throws Exception {
    Path file = in.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void whatIsGoneIsTakenAwayWithItsFolders() throws Exception {
    assertThat(files.copy(source, name -> true)).isEqualTo(2);
    write(target, "shop/other.py", "of somebody else");
    Files.delete(source.resolve("shop/deep/data.txt"));
    write(source, "shop/__init__.py", "changed");
    assertThat(files.copy(source, name -> true)).isEqualTo(1);
    assertThat(ModuleFiles.names(target)).containsExactly("shop/__init__.py", "shop/other.py");
    assertThat(target.resolve("shop/__init__.py")).hasContent("changed");
    assertThat(target.resolve("shop/deep")).doesNotExist();
    files.copy(source, name -> false);
    assertThat(ModuleFiles.names(target)).containsExactly("shop/other.py");
  }

  @Test
  void anotherFileInOnePlaceIsRefusedAndTheSameIsNot() throws Exception {
    write(target, "shop/__init__.py", "one");
    assertThat(files.copy(source, name -> true)).isEqualTo(2);
    write(target, "shop/deep/more.txt", "of somebody else");
    write(source, "shop/deep/more.txt", "ours");
    assertThatThrownBy(() -> files.copy(source, name -> true))
        .isInstanceOf(MojoFailureException.class)
        .hasMessageContaining("more.txt comes from elsewhere too");
    assertThat(target.resolve("shop/deep/more.txt")).hasContent("of somebody else");
  }

  @Test
  void theSameFileOfSomebodyElseStaysTheirs() throws Exception {
    write(target, "shop/__init__.py", "one");
    assertThat(files.copy(source, name -> true)).isEqualTo(2);
    write(target, "shop/__init__.py", "theirs, changed");
    assertThatThrownBy(() -> files.copy(source, name -> true))
        .isInstanceOf(MojoFailureException.class);
    assertThat(target.resolve("shop/__init__.py")).hasContent("theirs, changed");
    files.copy(source, name -> false);
    assertThat(ModuleFiles.names(target)).containsExactly("shop/__init__.py");
  }

  @Test
  void whatIsCopiedBeforeARefusalIsOursAfterwards() throws Exception {
    write(target, "shop/deep/data.txt", "of somebody else");
    assertThatThrownBy(() -> files.copy(source, name -> true))
        .isInstanceOf(MojoFailureException.class);
    write(source, "shop/__init__.py", "changed");
    assertThat(files.copy(source, name -> !name.endsWith(".txt"))).isOne();
    assertThat(target.resolve("shop/__init__.py")).hasContent("changed");
  }

  @Test
  void withoutASourceNothingOfOursStays() throws Exception {
    files.clear();
    assertThat(target).doesNotExist();
    files.copy(source, name -> true);
    write(target, "shop/other.py", "of somebody else");
    files.clear();
    assertThat(ModuleFiles.names(target)).containsExactly("shop/other.py");
  }

  @Test
  void whatTwoHaveStaysWhileOneOfThemHasIt() throws Exception {
    Path second = folder.resolve("second");
    write(second, "shop/__init__.py", "one");
    ModuleFiles others = new ModuleFiles(target, folder.resolve("lists/of others.txt"));
    others.copy(second, name -> true);
    files.copy(source, name -> true); // which comes before the other in each build from now on
    others.copy(second, name -> true);
    files.copy(source, name -> true);
    others.copy(second, name -> false);
    assertThat(target.resolve("shop/__init__.py")).hasContent("one");
    files.copy(source, name -> false);
    assertThat(ModuleFiles.names(target)).isEmpty();
  }

  @Test
  void eachListIsForItsOwnFiles() throws Exception {
    files.copy(source, name -> true);
    Path second = folder.resolve("second");
    write(second, "cart/__init__.py", "");
    ModuleFiles others = new ModuleFiles(target, folder.resolve("lists/of others.txt"));
    others.copy(second, name -> true);
    files.copy(source, name -> true);
    others.copy(second, name -> true);
    assertThat(ModuleFiles.names(target))
        .containsExactly("cart/__init__.py", "shop/__init__.py", "shop/deep/data.txt");
  }

  @Test
  void whatAnExecutionHasWrittenThatThereIsNoMoreIsTakenAway() throws Exception {
    ModuleFiles renamed = new ModuleFiles(target, folder.resolve("lists/renamed.txt"));
    ModuleFiles other = new ModuleFiles(target, folder.resolve("lists/other.txt"));
    renamed.clearOthers(Set.of(renamed.list())); // the first of all
    renamed.copy(source, name -> true);
    other.copy(source, name -> name.endsWith(".txt"));
    write(target, "shop/other.py", "of somebody else");
    files.clearOthers(Set.of(files.list(), other.list()));
    assertThat(ModuleFiles.names(target)).containsExactly("shop/deep/data.txt", "shop/other.py");
    assertThat(renamed.list()).doesNotExist();
    assertThat(files.copy(source, name -> true)).isEqualTo(2);
    files.clearOthers(Set.of(files.list(), other.list()));
    assertThat(ModuleFiles.names(target))
        .containsExactly("shop/__init__.py", "shop/deep/data.txt", "shop/other.py");
  }
}
