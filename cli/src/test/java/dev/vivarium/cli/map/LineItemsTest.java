package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineItemsTest {

  @Test
  void linesLoseTheirEndsAlone() throws IOException {
    assertThat(read("a\r\n\n b \nlast", ItemKind.LINES))
        .extracting(Item::text)
        .containsExactly("a", "", " b ", "last");
  }

  @Test
  void aByteOrderMarkIsNotText() throws IOException {
    assertThat(read("\uFEFFa\n\uFEFFb", ItemKind.LINES))
        .extracting(Item::text)
        .containsExactly("a", "\uFEFFb");
  }

  @Test
  void aLineThatIsNotUtf8HasAProblemAndTheNextIsFine() throws IOException {
    List<Item> items =
        read(new byte[] {'x', (byte) 0xff, '\n', 'y', '\n', (byte) 0xc3, '\n'}, ItemKind.LINES);
    assertThat(items).extracting(Item::index).containsExactly(0L, 1L, 2L);
    assertThat(items.get(0).problem()).isNotNull();
    assertThat(items.get(0).problem().message()).contains("0xff at position 1");
    assertThat(items.get(1).problem()).isNull();
  }

  @Test
  void jsonIsShownAsItIsAndBlankLinesArePassedOver() throws IOException {
    assertThat(read("{\"a\": 1}\n\n \t\n{bad\n", ItemKind.JSONL))
        .extracting(Item::json)
        .containsExactly("{\"a\": 1}", "\"{bad\"");
  }

  @Test
  void readsNoFurtherThanItMust() throws IOException {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }

          @Override
          public int read(byte[] into, int at, int length) {
            into[at] = '\n';
            return 1;
          }
        };
    LineItems items = new LineItems(List.of("-"), endless, ItemKind.LINES);
    assertThat(items.next()).isNotNull();
    assertThat(items.isReady()).isFalse();
    assertThat(items.next()).isNotNull();
  }

  @Test
  void isReadyWithWholeLinesThatAreThere() throws IOException {
    assertThat(readiness("a\nb\nc", ItemKind.LINES)).containsExactly(true, false, false);
    assertThat(readiness("1\n\n \t\n2\n \n", ItemKind.JSONL)).containsExactly(true, false);
  }

  /** After each item, whether the next can be had at once. */
  private static List<Boolean> readiness(String text, ItemKind kind) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<Boolean> ready = new ArrayList<>();
    try (LineItems source = new LineItems(List.of("-"), new ByteArrayInputStream(bytes), kind)) {
      while (source.next() != null) {
        ready.add(source.isReady());
      }
    }
    return ready;
  }

  private static List<Item> read(String text, ItemKind kind) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8), kind);
  }

  private static List<Item> read(byte[] bytes, ItemKind kind) throws IOException {
    List<Item> items = new ArrayList<>();
    try (LineItems source = new LineItems(List.of("-"), new ByteArrayInputStream(bytes), kind)) {
      for (Item item = source.next(); item != null; item = source.next()) {
        items.add(item);
      }
    }
    return items;
  }
}
