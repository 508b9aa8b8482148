package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.Interpreter;
import dev.vivarium.Operator;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.PythonUnderTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python objects as keys and elements of Java's collections. */
@ExtendWith(PythonUnderTest.class)
final class ObjectsInCollectionsTest {

  private static final String CLASSES =
      """
      import dataclasses

      class Card:  # its colour counts for nothing
          def __init__(self, rank, colour='red'): self.rank, self.colour = rank, colour
          def __eq__(self, other): return isinstance(other, Card) and self.rank == other.rank
          def __hash__(self): return hash(self.rank)
          def __lt__(self, other):
              return self.rank < other.rank if isinstance(other, Card) else NotImplemented
          def __repr__(self): return f'Card({self.rank})'

      class Plain: pass

      @dataclasses.dataclass
      class Point:  # compared by value, and so not hashable
          x: int

      class Broken:
          def __init__(self, what): self.what = what
          def __eq__(self, other): raise ValueError('eq')
          def __hash__(self):
              if self.what == 'hash': raise ValueError('hash')
              return 7
          def __lt__(self, other): raise ValueError('lt')
      """;

  private interface In {
    void run(Interpreter interpreter) throws Exception;
  }

  private static void everywhere(In test) throws Exception {
    PythonUnderTest.main().exec(CLASSES);
    test.run(PythonUnderTest.main());
    try (Interpreter own = PythonUnderTest.ownGil();
        Interpreter shared = PythonUnderTest.sharedGil()) {
      for (Interpreter sub : List.of(own, shared)) {
        sub.exec(CLASSES);
        test.run(sub);
      }
    }
  }

  @Test
  @DisplayName("objects are equal and hashed as the keys of a dict are")
  void equalAndHashed() throws Exception {
    everywhere(in -> {
      PyObject one = in.eval("Card(5)");
      PyObject same = in.eval("Card(5, 'black')");
      PyObject other = in.eval("Card(6)");
      assertThatObject(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
      assertThatObject(one).isNotEqualTo(null).isNotEqualTo("Card(5)").isNotEqualTo(5L);
      assertThat(one.hashCode()).isEqualTo(Long.hashCode(in.eval("hash(Card(5))").asLong()));
      assertThat(one.isSame(same)).isFalse();

      Set<PyObject> set = new HashSet<>(List.of(one, other));
      assertThat(set.contains(same)).isTrue();
      assertThat(set.add(same)).isFalse();
      assertThat(set.contains(in.eval("Card(7)"))).isFalse();
      Map<PyObject, String> map = new HashMap<>(Map.of(one, "five"));
      assertThat(map.get(same)).isEqualTo("five");
      assertThat(map.remove(same)).isEqualTo("five");
      assertThat(List.of(other, one).indexOf(same)).isEqualTo(1);

      // Without an __eq__ of its own an object is equal to itself, by however many wrappers
      in.exec("plain = Plain()");
      assertThatObject(in.eval("plain")).isEqualTo(in.eval("plain"));
      assertThat(in.eval("plain").isSame(in.eval("plain"))).isTrue();
      assertThatObject(in.eval("plain")).hasSameHashCodeAs(in.eval("plain"));
      assertThatObject(in.eval("plain")).isNotEqualTo(in.eval("Plain()"));

      // Numbers and texts by value, also over types, a hash of 0 among them
      assertThatObject(in.eval("1")).isEqualTo(in.eval("1.0")).hasSameHashCodeAs(in.eval("True"));
      assertThatObject(in.eval("0")).isEqualTo(in.eval("0.0")).hasSameHashCodeAs(in.eval("False"));
      assertThatObject(in.eval("-1")).isEqualTo(in.eval("-1.0"));
      assertThatObject(in.eval("10**30")).isNotEqualTo(in.eval("10**30 + 1"));
      assertThatObject(in.eval("('a', 1)")).isEqualTo(in.eval("('a', 1.0)"));
      in.exec("nan = float('nan')");
      assertThatObject(in.eval("nan")).isEqualTo(in.eval("nan"));
    });
  }

  @Test
  @DisplayName("what Python cannot hash is equal to itself alone")
  void unhashable() throws Exception {
    everywhere(in -> {
      for (String made : new String[] {"[1]", "Point(1)", "{'k': 1}", "([1],)", "{1}"}) {
        in.exec("kept = " + made);
        PyObject one = in.eval("kept");
        PyObject again = in.eval("kept");
        PyObject alike = in.eval(made);
        assertThat(one.test(Operator.EQUAL, alike)).as(made).isTrue();
        assertThatObject(one).as(made).isNotEqualTo(alike);
        assertThatObject(one).as(made).isEqualTo(again).hasSameHashCodeAs(again);
        assertThat(new HashSet<>(List.of(one, alike))).as(made).contains(again).hasSize(2);
      }
      // Equal to Python, but one of them has no hash
      assertThatObject(in.eval("frozenset({1})")).isNotEqualTo(in.eval("{1}"));
      assertThatObject(in.eval("{1}")).isNotEqualTo(in.eval("frozenset({1})"));
      assertThatObject(in.eval("frozenset({1})")).isEqualTo(in.eval("frozenset({1})"));
    });
  }

  @Test
  @DisplayName("Python's < is the order of sorted collections, and of sorting")
  void ordered() throws Exception {
    everywhere(in -> {
      List<PyObject> cards = new ArrayList<>();
      for (int rank : new int[] {3, 1, 2, 1}) {
        cards.add(in.eval("Card").call(rank, rank == 1 && !cards.isEmpty() ? "black" : "red"));
      }
      Collections.sort(cards);
      assertThat(cards).hasToString("[Card(1), Card(1), Card(2), Card(3)]");
      TreeSet<PyObject> set = new TreeSet<>(cards);
      assertThat(set).hasToString("[Card(1), Card(2), Card(3)]");
      assertThat(set.contains(in.eval("Card(2)"))).isTrue();
      assertThat(set.contains(in.eval("Card(9)"))).isFalse();
      assertThat(set.ceiling(in.eval("Card(2)")).repr()).isEqualTo("Card(2)");
      TreeMap<PyObject, Integer> map = new TreeMap<>();
      for (PyObject card : cards) {
        map.merge(card, 1, Integer::sum);
      }
      assertThat(map).hasToString("{Card(1)=2, Card(2)=1, Card(3)=1}");
      assertThat(in.eval("Card(1)").compareTo(in.eval("Card(2)"))).isNegative();
      assertThat(in.eval("Card(2)").compareTo(in.eval("Card(1)"))).isPositive();
      assertThat(in.eval("Card(2)").compareTo(in.eval("Card(2)"))).isZero();
      assertThat(in.eval("'b'").compareTo(in.eval("'a'"))).isPositive();

      assertThatThrownBy(() -> in.eval("Plain()").compareTo(in.eval("Plain()")))
          .isInstanceOf(ClassCastException.class)
          .hasMessageContaining("'<' not supported between instances of 'Plain' and 'Plain'")
          .hasCauseInstanceOf(PythonException.class);
      assertThatThrownBy(() -> new TreeSet<PyObject>().add(in.eval("Plain()")))
          .isInstanceOf(ClassCastException.class);
      assertThatThrownBy(() -> set.contains(in.eval("5"))).isInstanceOf(ClassCastException.class);
    });
  }

  @Test
  @DisplayName("what __eq__, __hash__ and __lt__ raise is thrown")
  void raised() throws Exception {
    everywhere(in -> {
      PyObject broken = in.eval("Broken('hash')");
      assertRaises("hash", broken::hashCode);
      assertRaises("hash", () -> new HashSet<PyObject>().add(broken));
      assertRaises("hash", () -> broken.equals(in.eval("Broken('hash')")));
      assertRaises("eq", () -> in.eval("Broken('eq')").equals(in.eval("Broken('eq')")));
      assertRaises("lt", () -> broken.compareTo(in.eval("Broken('lt')")));
      assertRaises(
          "lt", () -> Collections.sort(new ArrayList<>(List.of(broken, in.eval("Broken(0)")))));
      assertThat(broken.equals(broken)).isTrue();
      in.exec("broken = Broken('hash')");
      assertThatObject(in.eval("broken")).isEqualTo(in.eval("broken"));
      assertThat(in.eval("6 * 7").asInt()).isEqualTo(42);
    });
  }

  private static void assertRaises(
      String what, org.assertj.core.api.ThrowableAssert.ThrowingCallable use) {
    assertThatThrownBy(use).isInstanceOf(PythonException.class).hasMessage("ValueError: " + what);
  }

  @Test
  @DisplayName("what Python code puts into Java's collections it finds there, in order too")
  void fromPython() throws Exception {
    everywhere(in ->
        in.exec(
            """
            from java.util import (ArrayList, Collections, HashMap, HashSet, LinkedHashSet, PriorityQueue, TreeMap,
                                   TreeSet)
            from java.util.concurrent import ConcurrentHashMap, ConcurrentSkipListSet
            s = HashSet()
            assert s.add(Card(5)) and not s.add(Card(5, 'black')) and s.contains(Card(5))
            assert Card(5) in s and Card(6) not in s and len(s) == 1
            assert s == {Card(5)} and {Card(5)} == s and s.remove(Card(5)) and not s

            for m in HashMap(), ConcurrentHashMap(), TreeMap():
                m[Card(5)] = 'five'
                assert m[Card(5)] == 'five' and Card(6) not in m and m.get(Card(5)) == 'five'
                m[Card(5)] = 'V'
                assert len(m) == 1 and m.pop(Card(5)) == 'V' and not m
            l = ArrayList([Card(3), Card(1), Card(2)])
            assert Card(2) in l and l.index(Card(2)) == 2 and l.indexOf(Card(9)) == -1
            Collections.sort(l)
            assert [c.rank for c in l] == [1, 2, 3] and l == [Card(1), Card(2), Card(3)]
            l.sort(Collections.reverseOrder())
            assert [c.rank for c in l] == [3, 2, 1]
            assert Collections.max(l) == Card(3) and Collections.min(l) == Card(1)
            assert Collections.binarySearch(ArrayList(sorted(l)), Card(2)) == 1
            assert [c.rank for c in l.stream().sorted().toList()] == [1, 2, 3]
            assert l.remove(Card(3)) and len(l) == 2

            for s in TreeSet(), ConcurrentSkipListSet():
                for rank in 3, 1, 2, 1: s.add(Card(rank))
                assert [c.rank for c in s] == [1, 2, 3] and Card(2) in s and Card(9) not in s
                assert s.first() == Card(1) and s.floor(Card(9)).rank == 3
            q = PriorityQueue()
            for rank in 3, 1, 2: q.add(Card(rank))
            assert [q.poll().rank for _ in range(3)] == [1, 2, 3]

            # Also Python's own list, where Java is to sort it
            python = [Card(3), Card(1), Card(2)]
            Collections.sort(python)
            assert [c.rank for c in python] == [1, 2, 3]
            assert Collections.max(python) is python[2]

            # The same object, by whatever wrapper
            p = Plain()
            s = HashSet([p, Plain()])
            assert p in s and len(s) == 2 and Plain() not in s
            from java.lang import ClassCastException
            for body in lambda: TreeSet().add(p), lambda: Collections.sort(ArrayList([p, Plain()])):
                try: body()
                except ClassCastException as e: assert "'<' not supported" in str(e), e
                else: raise AssertionError(body)
            try: HashSet([Broken('hash')])
            except ValueError as e: assert str(e) == 'hash'
            else: raise AssertionError
            """));
  }

  @Test
  @DisplayName("after a close of the object or its interpreter it is equal to itself alone")
  void closed() throws Exception {
    everywhere(in -> {
      PyObject open = in.eval("Card(5)");
      PyObject asked = in.eval("Card(5)");
      PyObject never = in.eval("Card(5)");
      int hash = asked.hashCode();
      asked.close();
      never.close();
      assertThat(asked.hashCode()).isEqualTo(hash);
      assertThat(never.hashCode()).isEqualTo(never.hashCode());
      for (PyObject closed : List.of(asked, never)) {
        assertThatObject(closed).isEqualTo(closed).isNotEqualTo(open);
        assertThatObject(open).isNotEqualTo(closed);
        assertThat(closed.isSame(closed)).isTrue();
        assertThatThrownBy(() -> closed.compareTo(open)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> open.compareTo(closed)).isInstanceOf(IllegalStateException.class);
      }
      assertThatObject(asked).isNotEqualTo(never);
    });

    Set<PyObject> set = new HashSet<>();
    Map<PyObject, Integer> map = new HashMap<>();
    List<PyObject> objects = new ArrayList<>();
    try (Interpreter ended = PythonUnderTest.ownGil()) {
      ended.exec(CLASSES);
      for (String made : new String[] {"Card(5)", "Plain()", "[1]", "0", "Broken('eq')"}) {
        PyObject object = ended.eval(made);
        objects.add(object);
        set.add(object);
        map.put(object, objects.size());
      }
      objects.add(ended.eval("Broken('hash')"));
    }
    for (PyObject object : objects) {
      assertThat(object.equals(object)).isTrue();
      assertThat(object.hashCode()).isEqualTo(object.hashCode());
      for (PyObject other : objects) {
        assertThat(object.equals(other)).isEqualTo(object == other);
      }
      assertThatThrownBy(() -> object.compareTo(object))
          .isInstanceOf(dev.vivarium.InterpreterClosedException.class);
    }
    // What was there is found and taken out still
    for (PyObject object : objects.subList(0, 5)) {
      assertThat(map.get(object)).isEqualTo(objects.indexOf(object) + 1);
      assertThat(set.remove(object)).isTrue();
    }
    assertThat(set).isEmpty();
  }

  @Test
  @DisplayName("another interpreter's object is never equal, and has no order with it")
  void otherInterpreters() throws Exception {
    everywhere(in -> {
      try (Interpreter another = PythonUnderTest.ownGil()) {
        PyObject here = in.eval("'text'");
        PyObject there = another.eval("'text'");
        assertThatObject(here).isNotEqualTo(there);
        assertThatObject(there).isNotEqualTo(here);
        assertThatThrownBy(() -> here.compareTo(there))
            .isInstanceOf(WrongInterpreterException.class);
        PyObject alike = in.eval("'te' + 'xt'");
        PyObject fresh = in.eval("('text',)");
        try (ThreadState _ = ThreadState.ensure(another.view())) {
          assertThatThrownBy(fresh::hashCode).isInstanceOf(WrongInterpreterException.class);
          assertThatThrownBy(() -> fresh.equals(alike))
              .isInstanceOf(WrongInterpreterException.class);
          assertThatObject(here).isNotEqualTo(there);
          assertThat(fresh.equals(fresh)).isTrue();
        }
        assertThatObject(here).isEqualTo(alike);
      }
    });
  }

  @Test
  @DisplayName("a virtual thread compares, hashes and sorts them as any other")
  void virtualThreads() throws Exception {
    everywhere(in -> {
      List<PyObject> cards = new ArrayList<>(List.of(in.eval("Card(2)"), in.eval("Card(1)")));
      PyObject alike = in.eval("Card(2)");
      AtomicReference<Object> failed = new AtomicReference<>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              assertThat(new HashSet<>(cards).contains(alike)).isTrue();
              Collections.sort(cards);
              assertThat(cards.indexOf(alike)).isEqualTo(1);
            } catch (Throwable t) {
              failed.set(t);
            }
          })
          .join();
      assertThat(failed.get()).isNull();
    });
  }
}
