package dev.vivarium.cli.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class DeliveryTest {

  private final List<String> written = new ArrayList<>();
  private final List<String> ahead = new ArrayList<>();
  private final Semaphore room = new Semaphore(0);
  private final LineSink sink =
      new LineSink() {
        @Override
        public void write(List<String> lines) {
          written.addAll(lines);
        }

        @Override
        public void keepAhead(List<String> lines) {
          ahead.addAll(lines);
        }

        @Override
        public void forgetAhead() {
          ahead.clear();
        }

        @Override
        public void close() {}
      };

  @Test
  void writesInOrderAndKeepsWhatIsEarly() throws IOException {
    Delivery delivery = new Delivery(sink, true, room);
    delivery.finish(2, "c");
    delivery.finish(1, "b");
    assertThat(written).isEmpty();
    assertThat(ahead).containsExactly("c", "b");
    assertThat(room.availablePermits()).isZero();
    delivery.finish(0, "a");
    assertThat(written).containsExactly("a", "b", "c");
    assertThat(ahead).isEmpty();
    assertThat(room.availablePermits()).isEqualTo(3);
  }

  @Test
  void writesSeveralAtOnce() throws IOException {
    Delivery delivery = new Delivery(sink, true, room);
    delivery.finish(List.of(new Delivery.Line(2, "c"), new Delivery.Line(3, "d")));
    assertThat(ahead).containsExactly("c", "d");
    delivery.finish(List.of(new Delivery.Line(0, "a"), new Delivery.Line(1, "b")));
    assertThat(written).containsExactly("a", "b", "c", "d");
    delivery.finish(List.of(new Delivery.Line(4, "e"), new Delivery.Line(6, "g")));
    assertThat(written).endsWith("d", "e");
    assertThat(ahead).containsExactly("g");
    assertThat(room.availablePermits()).isEqualTo(5);
  }

  @Test
  void writesAsTheyComeIfOrderDoesNotMatter() throws IOException {
    Delivery delivery = new Delivery(sink, false, room);
    delivery.finish(2, "c");
    delivery.finish(0, "a");
    assertThat(written).containsExactly("c", "a");
    assertThat(room.availablePermits()).isEqualTo(2);
  }

  @Test
  void goesOnAfterWhatIsWrittenAlready() throws IOException {
    Delivery delivery = new Delivery(sink, true, room);
    delivery.skip(0);
    delivery.skip(1);
    delivery.finishKept(3, "d");
    assertThat(ahead).isEmpty();
    delivery.finish(2, "c");
    assertThat(written).containsExactly("c", "d");
  }
}
