package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every row of BEHAVIOUR.md has a test. */
final class RowsTest {

  private static final List<Class<?>> CHAPTERS =
      List.of(
          ViewsTest.class,
          GuardsTest.class,
          EnsureTest.class,
          OlderApiTest.class,
          FinalizationTest.class,
          ThreadsAtTheEndTest.class,
          EndOfProcessTest.class,
          OthersInterpretersTest.class,
          CallbacksTest.class,
          NativeCallbacksTest.class,
          ReadableFilesTest.class,
          ObjectsTest.class,
          VirtualThreadsTest.class,
          StacksTest.class,
          InterruptsTest.class,
          ProcessTest.class,
          StreamsTest.class);

  /** All rows of the chapters V, G, E, M, F, C, O, T, S. */
  static final Set<String> ROWS =
      rows("V", 4, "G", 5, "E", 10, "M", 6, "F", 12, "C", 4, "O", 2, "T", 3, "S", 3);

  /** The order of BEHAVIOUR.md. */
  static final Comparator<String> IN_ORDER =
      Comparator.<String>comparingInt(row -> "VGEMFCOTS".indexOf(row.charAt(0)))
          .thenComparing(row -> Integer.valueOf(row.substring(1)));

  private static Set<String> rows(Object... chaptersAndCounts) {
    Set<String> rows = new TreeSet<>();
    for (int i = 0; i < chaptersAndCounts.length; i += 2) {
      String chapter = (String) chaptersAndCounts[i];
      IntStream.rangeClosed(1, (int) chaptersAndCounts[i + 1])
          .forEach(number -> rows.add(chapter + number));
    }
    return rows;
  }

  static Stream<Method> tests() {
    return CHAPTERS.stream()
        .flatMap(chapter -> Stream.of(chapter.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Test.class));
  }

  @Test
  @DisplayName("Every row has a test that carries its number")
  void everyRowHasATest() {
    TreeMap<String, List<String>> tested = new TreeMap<>();
    tests()
        .forEach(method -> {
          Tag tag = method.getAnnotation(Tag.class);
          assertThat(tag).as("a row's number on " + method).isNotNull();
          tested.computeIfAbsent(tag.value(), row -> new ArrayList<>()).add(method.getName());
        });
    assertThat(tested.keySet()).isEqualTo(ROWS);
  }

  @Test
  @DisplayName("Every test is named with words of its row, and in its own way")
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
    // The first words of a row are there once; what begins with dots goes on from them
    long begun =
        tests().filter(m -> !m.getAnnotation(DisplayName.class).value().startsWith("…")).count();
    assertThat(begun).isGreaterThanOrEqualTo(ROWS.size());
  }
}
