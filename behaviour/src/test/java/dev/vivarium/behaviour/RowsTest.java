package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/behaviour.md, the tests and the classes say the same. */
final class RowsTest {

  private static final List<String> ROOMS =
      Stream.of(
              "management.",
              "pool.",
              "internal.events.",
              "internal.imports.",
              "internal.thread.",
              "internal.lifecycle.",
              "internal.object.",
              "internal.bridge.",
              "internal.mirror.",
              "internal.memory.",
              "internal.capi.")
          .map(room -> "dev.vivarium." + room)
          .toList();

  /** The test classes of this module. */
  static List<Class<?>> testClasses() {
    List<Class<?>> classes = new ArrayList<>();
    try {
      Path here = Path.of(RowsTest.class.getResource("RowsTest.class").toURI()).getParent();
      try (DirectoryStream<Path> files = Files.newDirectoryStream(here, "*Test.class")) {
        for (Path file : files) {
          String name = file.getFileName().toString().replace(".class", "");
          String full = RowsTest.class.getPackageName() + "." + name;
          // Not initialised: the table is made where there is no Python to test
          classes.add(Class.forName(full, false, RowsTest.class.getClassLoader()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    return classes;
  }

  /** The tests that hold a row. */
  static Stream<Method> tests() {
    return testClasses().stream()
        .flatMap(chapter -> Stream.of(chapter.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Tag.class));
  }

  @Test
  @DisplayName("Every row is held by the tests that docs/behaviour.md names for it, and no others")
  void rowsAndTests() {
    Map<String, TreeSet<String>> said = new TreeMap<>();
    Row.all().forEach(row -> said.put(row.number(), new TreeSet<>(row.tests())));
    Map<String, TreeSet<String>> held = new TreeMap<>();
    tests()
        .forEach(method ->
            held.computeIfAbsent(method.getAnnotation(Tag.class).value(), row -> new TreeSet<>())
                .add(method.getDeclaringClass().getSimpleName()));
    assertThat(held).isEqualTo(said).hasSizeGreaterThan(50);
  }

  @Test
  @DisplayName("Every class that docs/behaviour.md names for a row is there")
  void rowsAndClasses() {
    List<String> missing =
        Row.all().stream()
            .flatMap(row -> row.keepers().stream())
            .filter(name -> !exists("dev.vivarium." + name))
            .filter(name -> ROOMS.stream().noneMatch(room -> exists(room + name)))
            .toList();
    assertThat(missing).isEmpty();
  }

  private static boolean exists(String name) {
    try {
      Class.forName(name, false, RowsTest.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Test
  @DisplayName("Every test of a row is named, in words and in its own way")
  void everyTestHasWords() {
    List<String> names =
        tests()
            .map(method -> {
              DisplayName name = method.getAnnotation(DisplayName.class);
              assertThat(name).as("words on " + method).isNotNull();
              return name.value();
            })
            .toList();
    assertThat(names).doesNotHaveDuplicates().allSatisfy(n -> assertThat(n).hasSizeGreaterThan(20));
  }
}
