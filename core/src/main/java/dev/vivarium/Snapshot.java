package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Entry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over what a set or a mapping's keys were at one moment, so that removing by the
 * iterator, or by others, disturbs nothing. What is given for them is read ahead, until Java
 * changes something.
 */
final class Snapshot<T extends @Nullable Object> implements Iterator<T> {

  // Few first, since a loop may stop early
  private static final int FIRST_CHUNK = 16;
  private static final int LONGEST_CHUNK = 1024;

  /** What is given for an item. */
  interface Given {
    @Nullable Object of(long python, long item);

    /** The same for a dict's key with its value, where {@link #itemOf} tells the key. */
    default @Nullable Object ofPair(long key, long value) {
      return null;
    }

    /** The item as it was converted for that, or null if that does not tell it. */
    default @Nullable Object itemOf(@Nullable Object given) {
      return null;
    }
  }

  private final PyObject python;
  private final Given conversion;
  private final Consumer<Object> remover;
  private final IntSupplier changes;

  // The items: a tuple, or else, where they are a few texts, these, since each object that Java
  // holds costs more than to read them
  private @Nullable PyObject tuple;
  private final List<String> texts = new ArrayList<>();

  private long length;
  private final List<@Nullable Object> read = new ArrayList<>();
  private int given; // of those
  private int known;
  private long position;
  private boolean removable;

  /**
   * Of an object that can be iterated over.
   *
   * @param remover removes an item, given as Python has it, or as the text that it is
   * @param changes how often Java has changed what is given
   */
  Snapshot(PyObject python, Given conversion, Consumer<Object> remover, IntSupplier changes) {
    this.python = python;
    this.conversion = conversion;
    this.remover = remover;
    this.changes = changes;
    python.<@Nullable Object>within(p -> {
      begin(p);
      return null;
    });
  }

  // What is small is read in the same stay
  private void begin(long seen) {
    if (isReadAsTexts(seen)) {
      length = texts.size();
      return;
    }
    read.clear();
    texts.clear();
    long items = python.home().checked(C.PySequence_Tuple(seen));
    length = C.PyTuple_Size(items);
    tuple = PyObject.take(python.home(), items);
  }

  private boolean isReadAsTexts(long seen) {
    if (python.home().converters().ofPython(Types.STR, String.class) != null) {
      return false;
    }
    known = changes.getAsInt();
    try (TextPairs pairs = TextPairs.of(python.home(), seen, FIRST_CHUNK)) {
      if (pairs == null) {
        return false;
      }
      for (int i = 0; i < pairs.count(); i++) {
        Object converted = conversion.ofPair(pairs.key(i), pairs.value(i));
        if (!(conversion.itemOf(converted) instanceof String text)) {
          return false;
        }
        read.add(converted);
        texts.add(text);
      }
      return true;
    } catch (ConversionException e) {
      return false; // told when it is wanted
    }
  }

  @Override
  public boolean hasNext() {
    return position < length;
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what the conversion makes, null with it
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("there are no more than " + length + " items");
    }
    if (given == read.size() || known != changes.getAsInt()) {
      readAhead();
    } else if (position == 0) {
      Entry.check(python.home()); // what was read before it was asked for
    }
    position++;
    removable = true;
    return (T) read.get(given++);
  }

  private void readAhead() {
    int most = Math.clamp(2L * read.size(), FIRST_CHUNK, LONGEST_CHUNK);
    read.clear();
    given = 0;
    known = changes.getAsInt();
    PyObject items = tuple;
    python.<@Nullable Object>within(p ->
        items == null
            ? readAgain(p)
            : items.<@Nullable Object>within(t -> {
              readAhead(p, t, most);
              return null;
            }));
  }

  private @Nullable Object readAgain(long seen) {
    for (String text : texts.subList((int) position, texts.size())) {
      try {
        read.add(python.<@Nullable Object>passing(text, item -> conversion.of(seen, item)));
      } catch (ConversionException e) { // told when it is wanted
        if (read.isEmpty()) {
          throw e;
        }
        return null;
      }
    }
    return null;
  }

  private void readAhead(long seen, long items, int most) {
    for (long at = position; at < Math.min(length, position + most); at++) {
      try {
        read.add(conversion.of(seen, C.PyTuple_GetItem(items, at)));
      } catch (ConversionException e) { // told when it is wanted
        if (at == position) {
          throw e;
        }
        return;
      }
    }
  }

  @Override
  public void remove() {
    if (!removable) {
      throw new IllegalStateException("next() first: each item can be removed once");
    }
    removable = false;
    boolean current = known == changes.getAsInt();
    if (tuple == null) {
      remover.accept(texts.get((int) position - 1));
    } else {
      try (PyObject item = tuple.item(position - 1)) {
        remover.accept(item);
      }
    }
    if (current) {
      known = changes.getAsInt();
    }
  }
}
