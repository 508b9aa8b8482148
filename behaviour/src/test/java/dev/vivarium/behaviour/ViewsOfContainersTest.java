package dev.vivarium.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.ConversionException;
import dev.vivarium.Interpreter;
import dev.vivarium.InterpreterClosedException;
import dev.vivarium.PyObject;
import dev.vivarium.PythonException;
import dev.vivarium.ThreadState;
import dev.vivarium.WrongInterpreterException;
import dev.vivarium.testing.PythonUnderTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Python containers seen as Java ones, in main and in a sub-interpreter. */
@ExtendWith(PythonUnderTest.class)
@SuppressWarnings("unchecked") // as(List.class) knows no arguments
final class ViewsOfContainersTest {

  private interface In {
    void run(Interpreter interpreter);
  }

  private static void everywhere(In test) {
    test.run(PythonUnderTest.main());
    try (Interpreter sub = PythonUnderTest.ownGil()) {
      test.run(sub);
    }
  }

  @Test
  @DisplayName("a list is seen: each side sees what the other changes")
  void lists() {
    everywhere(in -> {
      PyObject python = in.eval("[1, 'two', None, [4]]");
      List<Object> list = python.as(List.class);
      assertThat(list).isEqualTo(Arrays.asList(1L, "two", null, List.of(4L)));
      python.callMethod("append", 5);
      assertThat(list).hasSize(5).endsWith(5L);
      assertThat(list.set(0, "one")).isEqualTo(1L);
      list.add(6);
      list.add(0, 0);
      assertThat(list.remove(2)).isEqualTo("two");
      ((List<Object>) list.get(3)).add("inner");
      assertThat(python.repr()).isEqualTo("[0, 'one', None, [4, 'inner'], 5, 6]");
      list.subList(1, 5).clear();
      assertThat(python.repr()).isEqualTo("[0, 6]");
      list.replaceAll(o -> (long) o * 2);
      list.sort((a, b) -> Long.compare((long) b, (long) a));
      assertThat(python.repr()).isEqualTo("[12, 0]");
      assertThat(list.indexOf(0L)).isEqualTo(1);
      list.removeIf(o -> o.equals(12L));
      assertThat(new ArrayList<>(list)).isEqualTo(List.of(0L));
      list.clear();
      assertThat(python.len()).isZero();
    });
  }

  @Test
  @DisplayName("a list's borders are Java's: no negative index, no item past the end")
  void borders() {
    everywhere(in -> {
      List<Object> list = in.eval("[1, 2]").as(List.class);
      for (int wrong : new int[] {-1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        assertThatThrownBy(() -> list.get(wrong)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.set(wrong, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> list.remove(wrong)).isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> list.add(3, 0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> list.add(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(list).isEqualTo(List.of(1L, 2L));
    });
  }

  @Test
  @DisplayName("what Python cannot change refuses as Java's own unmodifiable collections do")
  void immutable() {
    everywhere(in -> {
      List<Object> tuple = in.eval("(1, 2)").as(List.class);
      assertThat(tuple).isEqualTo(List.of(1L, 2L));
      assertThatThrownBy(() -> tuple.set(0, 1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("tuple");
      assertThatThrownBy(() -> tuple.add(1)).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(tuple::clear).isInstanceOf(UnsupportedOperationException.class);
      Set<Object> frozen = in.eval("frozenset({1})").as(Set.class);
      assertThatThrownBy(() -> frozen.add(2)).isInstanceOf(UnsupportedOperationException.class);
      Map<Object, Object> proxy = in.eval("type.__dict__").as(Map.class);
      assertThatThrownBy(() -> proxy.put("a", 2)).isInstanceOf(UnsupportedOperationException.class);
      assertThat(proxy.containsKey("mro")).isTrue();
    });
  }

  @Test
  @DisplayName("a dict is seen: entries, keys and values too, and removing while iterating is fine")
  void maps() {
    everywhere(in -> {
      PyObject python = in.eval("{'a': 1, 2: [3], None: {'x': None}}");
      Map<Object, Object> map = python.as(Map.class);
      Map<Object, Object> expected = new HashMap<>();
      expected.put("a", 1L);
      expected.put(2L, List.of(3L));
      expected.put(null, new HashMap<>(java.util.Collections.singletonMap("x", null)));
      assertThat(map).isEqualTo(expected);
      assertThat(expected).isEqualTo(map);
      assertThat(map.hashCode()).isEqualTo(expected.hashCode());
      assertThat(map.get(2)).isEqualTo(List.of(3L));
      assertThat(map.put("a", "new")).isEqualTo(1L);
      assertThat(map.put("b", List.of())).isNull();
      assertThat(map.remove("missing")).isNull();
      map.entrySet().removeIf(e -> e.getKey() instanceof Long || e.getKey() == null);
      map.entrySet().iterator().next().setValue(7);
      assertThat(python.repr()).isEqualTo("{'a': 7, 'b': []}");
      assertThat(map.keySet()).containsExactly("a", "b");
      map.merge("a", 1L, (x, y) -> (long) x + (long) y);
      map.computeIfAbsent("c", k -> k + "!");
      assertThat(map.values()).containsExactly(8L, List.of(), "c!");
      map.keySet().retainAll(Set.of("a"));
      assertThat(python.repr()).isEqualTo("{'a': 8}");
      assertThat(map.containsKey(new int[0])).as("not hashable").isFalse();
      assertThat(map.get(new Object() {})).as("nothing in Python").isNull();
      map.clear();
      assertThat(python.len()).isZero();
    });
  }

  @Test
  @DisplayName("a dict's iterator removes what it gave and sees what Java writes, small or large")
  void changedWhileIterating() {
    everywhere(in -> {
      for (int size : new int[] {1, 3, 16, 17, 100}) {
        for (String key : List.of("'\\xe9 %d' % i", "'\\udc80%d' % i", "i", "(i,)")) {
          PyObject python = in.eval("{" + key + ": i for i in range(" + size + ")}");
          Map<Object, Object> map = python.as(Map.class);
          Iterator<Map.Entry<Object, Object>> entries = map.entrySet().iterator();
          long at = 0;
          while (entries.hasNext()) {
            Map.Entry<Object, Object> entry = entries.next();
            assertThat(entry.getValue()).as("%s of %s", at, size).isEqualTo(at < 2 ? at : -at);
            if (at == 1) {
              map.replaceAll((k, value) -> -(long) value);
            } else if (at % 2 == 0) {
              entries.remove();
            }
            at++;
          }
          assertThat(at).isEqualTo(size);
          assertThat(python.len()).isEqualTo(size / 2);
          assertThat(map.keySet().removeIf(k -> true)).isEqualTo(size > 1);
          assertThat(python.repr()).isEqualTo("{}");
        }
      }
    });
  }

  @Test
  @DisplayName(
      "a dict that Python rebuilds meanwhile gives the keys that were and the values of now")
  void rebuiltWhileIterating() {
    everywhere(in -> {
      in.exec("d = {str(i): i for i in range(100)}");
      Map<Object, Object> map = in.eval("d").as(Map.class);
      Iterator<Map.Entry<Object, Object>> entries = map.entrySet().iterator();
      assertThat(entries.next().getValue()).isEqualTo(0L);
      in.exec(
          "d.clear()\nd.update((str(i), -i) for i in reversed(range(100)) if i != 50)\n"
              + "d['new'] = 1");
      List<Map.Entry<Object, Object>> rest = new ArrayList<>();
      entries.forEachRemaining(rest::add);
      assertThat(rest).hasSize(99);
      for (Map.Entry<Object, Object> entry : rest.subList(50, 99)) {
        assertThat(entry.getValue()).isEqualTo(-Long.parseLong((String) entry.getKey()));
      }
      assertThat(rest.get(49).getKey()).isEqualTo("50");
      assertThat(rest.get(49).getValue()).as("removed meanwhile").isNull();
    });
  }

  @Test
  @DisplayName("looking into a defaultdict adds nothing to it")
  void defaultDict() {
    everywhere(in -> {
      in.exec("import collections\nd = collections.defaultdict(list)\nd['a'].append(1)");
      Map<Object, Object> map = in.eval("d").as(Map.class);
      assertThat(map.get("b")).isNull();
      assertThat(map).isEqualTo(Map.of("a", List.of(1L)));
    });
  }

  @Test
  @DisplayName("a set is seen, and what is like a set, a list or a mapping too")
  void setsAndOthers() {
    everywhere(in -> {
      PyObject python = in.eval("{1, 2}");
      Set<Object> set = python.as(Set.class);
      assertThat(set.add(2)).isFalse();
      assertThat(set.add("x")).isTrue();
      assertThat(set.remove(1)).isTrue();
      assertThat(set.remove(1)).isFalse();
      assertThat(set.contains(List.of())).isFalse();
      assertThat(set).isEqualTo(Set.of(2L, "x"));
      set.removeIf(o -> o instanceof String);
      assertThat(python.repr()).isEqualTo("{2}");
      assertThat(in.eval("{'a': 1}.keys()").as(Set.class)).isEqualTo(Set.of("a"));
      assertThat(in.eval("range(3)").as(List.class)).isEqualTo(List.of(0L, 1L, 2L));
      in.exec("import collections, types");
      assertThat(in.eval("collections.deque([1])").as(List.class)).isEqualTo(List.of(1L));
      assertThat(in.eval("collections.UserDict(a=1)").as(Map.class)).isEqualTo(Map.of("a", 1L));
      assertThat(in.eval("{3}").as(Collection.class)).isInstanceOf(Set.class);
      assertThat(in.eval("[3]").as(Collection.class)).isInstanceOf(List.class);
      assertThatThrownBy(() -> in.eval("'text'").as(List.class))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("str");
      assertThatThrownBy(() -> in.eval("{}").as(List.class))
          .isInstanceOf(ConversionException.class);
      assertThatThrownBy(() -> in.eval("1").as(Iterator.class))
          .isInstanceOf(PythonException.class)
          .hasMessageContaining("not iterable");
    });
  }

  @Test
  @DisplayName("a view with a type of its own says which item is of another one")
  void typed() {
    everywhere(in -> {
      PyObject python = in.eval("[1, 2, 3, 'four']");
      List<Integer> ints = python.asList(Integer.class);
      assertThat(ints.subList(0, 3)).containsExactly(1, 2, 3);
      assertThatThrownBy(() -> ints.get(3))
          .isInstanceOf(ConversionException.class)
          .hasMessage("item 3 of the list: a Python str cannot be used as an int");
      assertThatThrownBy(() -> new ArrayList<>(ints)).hasMessageContaining("item 3");
      assertThatThrownBy(() -> python.as(int[].class)).hasMessageContaining("item 3 of the list");
      Map<String, Double> map = in.eval("{'a': 1.5, 'b': ''}").asMap(String.class, Double.class);
      assertThat(map.get("a")).isEqualTo(1.5);
      assertThatThrownBy(() -> map.get("b"))
          .hasMessage("the value of b: a Python str cannot be used as a double");
      assertThat(in.eval("{1, 2}").asSet(Short.class)).isEqualTo(Set.of((short) 1, (short) 2));
    });
  }

  public enum Colour {
    RED,
    GREEN,
    BLUE
  }

  public record Place(long x, String name) {}

  // One key each of what Python may have for a type, and one of which there is none
  private static <K> void assertFinds(Interpreter in, String dict, Class<K> type, K there, K none) {
    Map<K, String> map = in.eval(dict).asMap(type, String.class);
    assertThat(map.keySet().iterator().next()).as(dict).isEqualTo(there);
    assertThat(map.containsKey(there)).as(dict).isTrue();
    assertThat(map.containsKey(none)).as(dict).isFalse();
    assertThat(map.get(there)).as(dict).isEqualTo("a");
    assertThat(map.get(none)).as(dict).isNull();
    assertThat(map.getOrDefault(none, "z")).isEqualTo("z");
    assertThat(map).isEqualTo(Map.of(there, "a")).hasSameHashCodeAs(Map.of(there, "a"));
    assertThat(Map.of(there, "a")).as(dict).isEqualTo(map);
    assertThat(map.keySet()).as(dict).isEqualTo(Set.of(there)).contains(there);
    assertThat(map.entrySet().contains(Map.entry(there, "a"))).as(dict).isTrue();
    assertThat(map.put(there, "b")).as(dict).isEqualTo("a");
    assertThat(map).as(dict).hasSize(1).containsEntry(there, "b");
    assertThat(map.putIfAbsent(there, "c")).as(dict).isEqualTo("b");
    assertThat(map.merge(there, "c", String::concat)).as(dict).isEqualTo("bc");
    map.entrySet().iterator().next().setValue("d");
    assertThat(map).as(dict).isEqualTo(Map.of(there, "d"));
    assertThat(map.put(none, "e")).as(dict).isNull();
    assertThat(map).as(dict).isEqualTo(Map.of(there, "d", none, "e"));
    assertThat(map.put(none, "f")).as(dict).isEqualTo("e");
    assertThat(map.remove(none)).as(dict).isEqualTo("f");
    assertThat(map.remove(none)).as(dict).isNull();
    assertThat(map.keySet().remove(none)).as(dict).isFalse();
    assertThat(map.keySet().remove(there)).as(dict).isTrue();
    assertThat(map).as(dict).isEmpty();

    Set<K> set = in.eval("set(" + dict + ")").asSet(type);
    assertThat(set).as(dict).isEqualTo(Set.of(there)).hasSameHashCodeAs(Set.of(there));
    assertThat(Set.of(there)).as(dict).isEqualTo(set);
    assertThat(set.contains(there)).as(dict).isTrue();
    assertThat(set.contains(none)).as(dict).isFalse();
    assertThat(set.add(there)).as(dict).isFalse();
    assertThat(set.add(none)).as(dict).isTrue();
    assertThat(set.add(none)).as(dict).isFalse();
    assertThat(set).as(dict).isEqualTo(Set.of(there, none));
    assertThat(set.remove(there)).as(dict).isTrue();
    assertThat(set.remove(there)).as(dict).isFalse();
    assertThat(set.retainAll(Set.of(there))).as(dict).isTrue();
    assertThat(set).as(dict).isEmpty();

    List<K> list = in.eval("list(" + dict + ")").asList(type);
    assertThat(list).as(dict).isEqualTo(List.of(there)).hasSameHashCodeAs(List.of(there));
    list.add(none);
    assertThat(list.indexOf(none)).as(dict).isEqualTo(1);
    assertThat(list.contains(there)).as(dict).isTrue();
    assertThat(list.remove(there)).as(dict).isTrue();
    assertThat(list).as(dict).isEqualTo(List.of(none));
  }

  @Test
  @DisplayName("a view of a type finds, replaces and removes what it shows")
  void typedKeys() {
    everywhere(in -> {
      in.exec(
          """
          import collections, dataclasses, enum, pathlib, uuid
          class Colour(enum.Enum): RED = 1; GREEN = 2
          Place = collections.namedtuple('Place', 'x name')
          @dataclasses.dataclass(frozen=True)
          class Spot: x: int; name: str
          """);
      assertFinds(in, "{'RED': 'a'}", Colour.class, Colour.RED, Colour.BLUE);
      assertFinds(in, "{Colour.RED: 'a'}", Colour.class, Colour.RED, Colour.BLUE);
      Path path = Path.of("a", "b");
      assertFinds(in, "{'a/b': 'a'}", Path.class, path, Path.of("c"));
      assertFinds(in, "{pathlib.Path('a/b'): 'a'}", Path.class, path, Path.of("c"));
      Place place = new Place(1, "one");
      Place none = new Place(2, "two");
      for (String key : new String[] {"(1, 'one')", "Place(1, 'one')", "Spot(1, 'one')"}) {
        assertFinds(in, "{" + key + ": 'a'}", Place.class, place, none);
      }
      UUID id = new UUID(1, 2);
      assertFinds(in, "{str(uuid.UUID(int=(1 << 64) + 2)): 'a'}", UUID.class, id, new UUID(3, 4));
      assertFinds(in, "{uuid.UUID(int=(1 << 64) + 2): 'a'}", UUID.class, id, new UUID(3, 4));
      assertFinds(in, "{5: 'a'}", Short.class, (short) 5, (short) 6);
      assertFinds(in, "{'x': 'a'}", Character.class, 'x', 'y');
    });
  }

  @Test
  @DisplayName("a view of any type finds tuples and frozensets as the lists and sets that it shows")
  void containersAsKeys() {
    everywhere(in -> {
      Map<Object, Object> map = in.eval("{(1, 'a'): 2, frozenset({3}): 4}").as(Map.class);
      assertThat(map.get(List.of(1L, "a"))).isEqualTo(2L);
      assertThat(map.get(Set.of(3L))).isEqualTo(4L);
      assertThat(map).isEqualTo(Map.of(List.of(1L, "a"), 2L, Set.of(3L), 4L));
      assertThat(map.put(List.of(1L, "a"), 5)).isEqualTo(2L);
      assertThat(map.remove(Set.of(3L))).isEqualTo(4L);
      assertThat(map.containsKey(List.of(7L))).isFalse();
      assertThat(map).isEqualTo(Map.of(List.of(1L, "a"), 5L));
      assertThat(in.eval("{(1, (2, 3))}").as(Set.class))
          .isEqualTo(Set.of(List.of(1L, List.of(2L, 3L))));
    });
  }

  @Test
  @DisplayName("an iterator gives None as null and ends; a stream closes its generator, once")
  void iterators() {
    everywhere(in -> {
      Iterator<Object> items = in.eval("iter([1, None, 'x'])").as(Iterator.class);
      assertThat(items.next()).isEqualTo(1L);
      assertThat(items.hasNext()).isTrue();
      assertThat(items.next()).isNull();
      assertThat(items.next()).isEqualTo("x");
      assertThat(items.hasNext()).isFalse();
      assertThatThrownBy(items::next).isInstanceOf(NoSuchElementException.class);
      in.exec(
          """
          closed = []
          def counting():
              try:
                  n = 0
                  while True:
                      yield n
                      n += 1
              finally:
                  closed.append(n)
          """);
      try (Stream<PyObject> stream = in.eval("counting()").stream()) {
        assertThat(
                stream
                    .map(PyObject::asInt)
                    .filter(i -> i % 2 == 1)
                    .limit(3)
                    .collect(Collectors.toList()))
            .containsExactly(1, 3, 5);
      }
      assertThat(in.eval("closed").as(Object.class)).isEqualTo(List.of(5L));
      Stream<PyObject> unread = in.eval("counting()").stream();
      unread.close();
      unread.close();
      assertThat(in.eval("closed").len())
          .as("one that has not begun has nothing to end")
          .isEqualTo(1);
      in.exec("def failing():\n    yield 1\n    raise ValueError('no more')");
      assertThatThrownBy(() -> in.eval("failing()").stream().forEach(o -> {}))
          .isInstanceOf(PythonException.class)
          .hasMessage("ValueError: no more");
    });
  }

  @Test
  @DisplayName("a random series of changes leaves a view and Java's own list with the same")
  void random() {
    everywhere(in -> {
      Random random = new Random(11);
      PyObject python = in.eval("[]");
      List<Object> view = python.as(List.class);
      List<Object> java = new ArrayList<>();
      Set<Object> set = in.eval("set()").as(Set.class);
      Set<Object> javaSet = new HashSet<>();
      for (int i = 0; i < 500; i++) {
        long value = random.nextInt(40);
        int at = java.isEmpty() ? 0 : random.nextInt(java.size());
        switch (random.nextInt(4)) {
          case 0 -> assertThat(set.remove(value)).isEqualTo(javaSet.remove(value));
          case 1 -> {
            if (!java.isEmpty()) {
              assertThat(view.remove(at)).isEqualTo(java.remove(at));
            }
          }
          case 2 -> {
            view.add(at, value);
            java.add(at, value);
          }
          default -> {
            view.add(value);
            java.add(value);
            assertThat(set.add(value)).isEqualTo(javaSet.add(value));
          }
        }
      }
      assertThat(view).isEqualTo(java);
      assertThat(set).isEqualTo(javaSet);
      assertThat(python.as(Object.class)).isEqualTo(java);
    });
  }

  @Test
  @DisplayName("a view belongs to its interpreter, and after its end throws")
  void otherInterpreters() {
    Interpreter sub = PythonUnderTest.ownGil();
    List<Object> list = sub.eval("[1]").as(List.class);
    Map<Object, Object> map = sub.eval("{1: 2}").as(Map.class);
    Iterator<Map.Entry<Object, Object>> entries = map.entrySet().iterator();
    Stream<PyObject> stream = sub.eval("(i for i in range(3))").stream();
    try (ThreadState entered = ThreadState.ensure(PythonUnderTest.main().view())) {
      assertThatThrownBy(() -> list.get(0)).isInstanceOf(WrongInterpreterException.class);
      assertThatThrownBy(() -> entered.interpreter().toPython(map))
          .isInstanceOf(WrongInterpreterException.class);
    }
    sub.close();
    assertThatThrownBy(() -> list.get(0)).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(() -> map.get(1)).isInstanceOf(InterpreterClosedException.class);
    assertThatThrownBy(entries::next).isInstanceOf(InterpreterClosedException.class);
    stream.close();
  }

  @Test
  @DisplayName("a virtual thread uses a view as any other")
  void virtualThreads() throws Exception {
    List<Object> list = PythonUnderTest.main().eval("[1, 2]").as(List.class);
    Thread.ofVirtual().start(() -> list.replaceAll(o -> (long) o + 1)).join();
    assertThat(list).isEqualTo(List.of(2L, 3L));
  }

  @Test
  @DisplayName("what a container's own methods raise is thrown, and nothing of it is left behind")
  void raisedByContainers() {
    everywhere(in -> {
      in.exec(
          """
          class Items(list):
              def __len__(self): raise OSError("length")
              __hash__ = None
          class Mapping(dict): pass
          class Key:
              asked = 0
              def __hash__(self):
                  self.asked += 1
                  if self.asked > 1: raise OSError("hash")
                  return 1
          """);
      List<Object> list = in.eval("Items([2, 1])").as(List.class);
      assertThatThrownBy(() -> list.sort(null)).hasMessageContaining("length");
      assertThatThrownBy(() -> list.iterator().hasNext()).hasMessageContaining("length");
      assertThatThrownBy(list::size).hasMessageContaining("length");
      Map<Object, Object> map = in.eval("Mapping({Key(): 1})").as(Map.class);
      assertThatThrownBy(() -> map.entrySet().iterator().next()).hasMessageContaining("hash");
      assertThat(in.eval("1 + 1").asInt()).isEqualTo(2);
    });
  }

  @Test
  @DisplayName("a small dict that the conversion of one of its values empties is read all the same")
  void emptiedWhileRead() {
    everywhere(in -> {
      in.exec("class Emptying: pass\nd = {}");
      PyObject emptying = in.eval("Emptying");
      in.register(
          emptying,
          String.class,
          one -> {
            in.exec("d.clear(); junk = ['x' + str(i) for i in range(100)]");
            return "emptied";
          });
      for (int i = 0; i < 100; i++) {
        in.exec("d.update({'a' + str(1): Emptying(), 'b' + str(2): 'v' + str(3), 'c': [1]})");
        Map<String, Object> read = new LinkedHashMap<>();
        Map<Object, Object> seen = in.get("d").as(Map.class);
        for (Map.Entry<Object, Object> each : seen.entrySet()) {
          read.put((String) each.getKey(), each.getValue());
        }
        assertThat(read).hasSize(3).containsEntry("a1", "emptied");
        assertThat(read.get("b2")).isIn("v3", null); // which is no longer there
        assertThat(seen).isEmpty();
      }
    });
  }
}
