package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;
import dev.vivarium.internal.object.Conversion;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What a Python iterator gives, asked one element ahead. */
final class Elements<T extends @Nullable Object> implements Iterator<T> {

  private final PyObject python;
  private final Conversion conversion;
  private @Nullable Object next;
  private boolean ready;
  private boolean ended;
  private long count;

  /** Takes over a Python iterator. */
  Elements(PyObject python, Conversion conversion) {
    this.python = python;
    this.conversion = conversion;
  }

  /** A stream, whose closing ends a generator. */
  Stream<T> stream() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED), false)
        .onClose(this::end);
  }

  @Override
  public boolean hasNext() {
    if (!ready && !ended) {
      try {
        ready = python.within(this::advance);
      } finally {
        if (!ready) {
          ended = true;
          python.close();
        }
      }
    }
    return ready;
  }

  private boolean advance(long iterator) {
    long element = C.PyIter_Next(iterator);
    if (element == 0) {
      if (C.PyErr_Occurred() != 0) {
        throw python.home().raised();
      }
      return false;
    }
    try {
      next = conversion.convert(python.home(), element);
      count++;
      return true;
    } catch (ConversionException e) {
      throw Conversion.at("element " + count + " of the iterator", e);
    } finally {
      C.Py_DecRef(element);
    }
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what the conversion makes, null with it
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the Python iterator has no more elements");
    }
    ready = false;
    T element = (T) next;
    next = null;
    return element;
  }

  // Of other iterators, files among them, close() is not this stream's to call
  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    ready = false;
    next = null;
    try {
      if (python.within(iterator -> Types.isInstance(iterator, Types.GENERATOR))) {
        python.callMethod("close").close();
      }
    } catch (InterpreterClosedException e) {
      // The interpreter's end has ended the generator
    } finally {
      python.close();
    }
  }
}
