package dev.vivarium.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The gate alone, with no Python. */
class GateTest {

  private static final class TestPass extends Pass {
    TestPass(Thread thread) {
      super(thread);
    }
  }

  private final Gate gate = new Gate(true);
  private final Closer closer = new Closer() {};

  private void beginClosing() {
    assertThat(gate.claim(closer, Deadline.NONE, () -> {})).isTrue();
    gate.refuseNewcomers(closer);
  }

  private TestPass pass() {
    return pass(Thread.currentThread());
  }

  private TestPass pass(Thread thread) {
    TestPass pass = new TestPass(thread);
    gate.register(pass);
    return pass;
  }

  private boolean empties(Duration timeout) {
    return gate.awaitEmpty(Deadline.in(timeout), pass -> {}, () -> {});
  }

  @Test
  @Tag("F1")
  @DisplayName("closing refuses newcomers and holds at once, and reopening takes them in again")
  void closingRefuses() {
    TestPass pass = pass();
    beginClosing();
    assertThat(gate.enter(pass)).isFalse();
    assertThat(pass.isInside()).isFalse();
    assertThat(gate.hold()).isNull();
    gate.giveUp(closer);
    assertThat(gate.enter(pass)).isTrue();
    assertThat(gate.hold()).isNotNull();
  }

  @Test
  @Tag("F14")
  @DisplayName("one closer owns a closing: another's that gives up changes nothing of it")
  void closingIsOwned() {
    beginClosing();
    Closer other = new Closer() {};
    assertThat(gate.claim(other, Deadline.in(Duration.ofMillis(30)), () -> {})).isFalse();
    gate.refuseNewcomers(other);
    gate.giveUp(other);
    assertThat(gate.owner()).isSameAs(closer);
    assertThat(gate.isOpen()).isFalse();
    gate.giveUp(closer);
    assertThat(gate.claim(other, Deadline.in(Duration.ofMillis(30)), () -> {})).isTrue();
    assertThat(gate.isOpen()).isTrue();
  }

  @Test
  @Tag("F14")
  @DisplayName("a closer that waits for another one's closing comes next, or is told of the end")
  void claimsInTurn() throws InterruptedException {
    beginClosing();
    Closer other = new Closer() {};
    AtomicBoolean claimed = new AtomicBoolean();
    CountDownLatch waits = new CountDownLatch(1);
    Thread next =
        Thread.ofVirtual()
            .start(() -> claimed.set(gate.claim(other, Deadline.NONE, waits::countDown)));
    waits.await();
    gate.giveUp(closer);
    next.join();
    assertThat(claimed).isTrue();
    assertThat(gate.owner()).isSameAs(other);
    Thread last =
        Thread.ofPlatform().start(() -> gate.claim(new Closer() {}, Deadline.NONE, () -> {}));
    gate.shut();
    gate.end();
    last.join();
    assertThat(gate.owner()).isNull();
  }

  @Test
  @DisplayName("once it is certain that the interpreter ends, giving up does not open the gate")
  void refusesForGood() {
    beginClosing();
    gate.refuseForGood();
    gate.giveUp(closer);
    assertThat(gate.isOpen()).isFalse();
    assertThat(gate.hold()).isNull();
  }

  @Test
  @DisplayName("a callback that begins on a pass that was seen outside, called by one seen later")
  void callbacksBehindTheLook() {
    TestPass first = pass(new Thread("called back"));
    TestPass second = pass(new Thread("calls it"));
    gate.enter(first);
    gate.leave(first);
    gate.enter(second);
    beginClosing();
    // Whichever pass comes first: as the second leaves, the first is called in behind the look
    boolean empty =
        gate.awaitEmpty(
            Deadline.in(Duration.ofMillis(50)),
            pass -> {
              if (pass == second) {
                gate.enterCallback(first);
                gate.leave(second);
              }
            },
            () -> {});
    assertThat(empty).isFalse();
    gate.leave(first);
    assertThat(empties(Duration.ofSeconds(30))).isTrue();
  }

  @Test
  @Tag("G1")
  @DisplayName("an open hold keeps the gate from emptying, until any thread lets go of it")
  void holdKeepsOpen() throws InterruptedException {
    Hold hold = gate.hold();
    beginClosing();
    assertThat(empties(Duration.ofMillis(30))).isFalse();
    assertThat(gate.stays()).singleElement().extracting(Stay::kind).isEqualTo(Stay.Kind.HELD);
    Thread other = Thread.ofPlatform().start(hold::release);
    assertThat(empties(Duration.ofSeconds(30))).isTrue();
    other.join();
    hold.release();
    assertThat(hold.isOpen()).isFalse();
  }

  @Test
  @DisplayName("a hold's owner may enter while closing, and nobody may once shut")
  void heldEnters() {
    TestPass pass = pass();
    Hold hold = gate.hold();
    beginClosing();
    assertThat(gate.enterHeld(pass, hold)).isTrue();
    gate.leave(pass);
    hold.release();
    assertThat(gate.enterHeld(pass, hold)).isFalse();
    assertThat(gate.enterCallback(pass)).isTrue();
    gate.leave(pass);
    gate.shut();
    assertThat(gate.enterCallback(pass)).isFalse();
    gate.end();
    assertThat(gate.isAlive()).isFalse();
    gate.giveUp(closer);
    assertThat(gate.isOpen()).isFalse();
  }

  @Test
  @Tag("G4")
  @DisplayName("whom a closer waits for is named, with the place that it came in")
  void namesWhoStays() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .name("who-stays")
            .start(() -> {
              TestPass pass = pass();
              gate.enter(pass);
              inside.countDown();
              try {
                leave.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              gate.leave(pass);
            });
    inside.await();
    beginClosing();
    assertThat(empties(Duration.ofMillis(10))).isFalse();
    Stay stay = gate.stays().getFirst();
    assertThat(stay.thread().getName()).isEqualTo("who-stays");
    assertThat(stay.where()).isNotEmpty();
    leave.countDown();
    assertThat(empties(Duration.ofSeconds(30))).isTrue();
    thread.join();
  }

  @Test
  @DisplayName("a closer that is interrupted goes on waiting, and stays interrupted")
  void interruptedCloser() {
    Hold hold = gate.hold();
    beginClosing();
    Thread.currentThread().interrupt();
    assertThat(empties(Duration.ofMillis(50))).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    hold.release();
  }

  @RepeatedTest(200)
  @DisplayName("whoever is let in by a race with closing is waited for")
  void enteringRacesClosing() throws InterruptedException {
    int threads = 4;
    CountDownLatch start = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger insideAfterTheEnd = new AtomicInteger();
    List<Thread> entering = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      entering.add(
          Thread.ofPlatform()
              .start(() -> {
                TestPass pass = pass();
                try {
                  start.await();
                } catch (InterruptedException e) {
                  return;
                }
                for (int round = 0; round < 200 && gate.enter(pass); round++) {
                  if (ended.get()) {
                    insideAfterTheEnd.incrementAndGet();
                  }
                  gate.leave(pass);
                }
              }));
    }
    start.countDown();
    beginClosing();
    assertThat(empties(Duration.ofSeconds(30))).isTrue();
    ended.set(true);
    gate.end();
    for (Thread thread : entering) {
      thread.join();
    }
    assertThat(insideAfterTheEnd).hasValue(0);
  }
}
