package dev.vivarium.spark;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.arrow.Arrow;
import dev.vivarium.pool.PythonTaskException;
import dev.vivarium.spark.Batches.Batch;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskInterruptListener;
import org.jspecify.annotations.Nullable;

/**
 * A Python function at work for a task, and the rows that come of it. The function is on a thread
 * of a pool: a task that is killed need not wait for one that does not let go. What is Spark's is
 * done on the task's thread alone. It writes the next batch while the function works, and the
 * function goes on while rows are read: so there are two batches at most in each direction.
 */
final class Exchange implements Iterator<InternalRow> {

  /** What the function's side says, besides a batch that it gives; and what it is answered. */
  private enum Word {
    /** Asks for a batch. */
    MORE,
    /** The call has ended, one way or another. */
    OVER,
    /** There is no batch any more. */
    END,
    /** Has had the batch that was given. */
    GO_ON,
    /** Wants nothing any more. */
    STOP
  }

  /** What Python code calls. */
  @FunctionalInterface
  interface Turn {
    boolean with(PyObject object);
  }

  // What a generator may take to close what it has open, where nobody wants the rest
  private static final long TO_STOP_SECONDS = 10;

  private final Mapping mapping;
  private final Batches batches;
  private final TaskContext context;
  private final BufferAllocator allocator = ArrowUtils.rootAllocator();

  private final LinkedBlockingQueue<Object> said = new LinkedBlockingQueue<>();

  // One for who asks for a batch and one for who gives one: the function may do both at a time, on
  // threads of its own
  private final LinkedBlockingQueue<Object> given = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Word> taken = new LinkedBlockingQueue<>();

  private boolean closed; // under this object's monitor: nobody takes anything any more
  private @Nullable CompletableFuture<@Nullable Void> call;

  // The task's thread's. Ahead is a batch that has not been asked for yet, END, or what was thrown
  private @Nullable Object ahead;
  private @Nullable ColumnarBatch output;
  private Iterator<InternalRow> rows = Collections.emptyIterator();
  private boolean over;

  private Exchange(Mapping mapping, Batches batches, TaskContext context) {
    this.mapping = mapping;
    this.batches = batches;
    this.context = context;
  }

  /** Has the function begin; the task's end ends it. */
  static Iterator<InternalRow> begin(Mapping mapping, Batches batches, TaskContext context) {
    Exchange exchange = new Exchange(mapping, batches, context);
    context.addTaskCompletionListener(ended -> {
      exchange.close();
    });
    exchange.start();
    return exchange;
  }

  private void start() {
    CompletableFuture<@Nullable Void> begun =
        Killable.of(context)
            .run(ExecutorPython::start)
            .forArrow()
            .submit(in ->
                PythonTaskException.<@Nullable Void>telling(
                    mapping.function(),
                    () -> {
                      work(in);
                      return null;
                    }));
    call = begun;
    var _ = begun.whenComplete((nothing, thrown) -> said.add(Word.OVER));
    // At once, also while the function computes
    TaskInterruptListener killed = (task, reason) -> begun.cancel(true);
    context.addTaskInterruptListener(killed);
  }

  // ---- On the task's thread

  @Override
  public boolean hasNext() {
    while (!rows.hasNext()) {
      releaseOutput();
      if (over) {
        return false;
      }
      advance();
    }
    return true;
  }

  /** A view of a row, which is another's when the next has been asked for. */
  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return rows.next();
  }

  private void advance() {
    readAhead();
    Object word = nextWord();
    if (word == Word.MORE) {
      giveAhead();
    } else if (word == Word.OVER) {
      over = true;
      requireSuccess();
    } else {
      output = columns((VectorSchemaRoot) word);
      rows = output.rowIterator();
      taken.add(Word.GO_ON);
    }
  }

  // While the function works. What this throws is thrown if the function asks for that batch
  private void readAhead() {
    if (ahead == null) {
      try {
        Batch batch = batches.next();
        ahead = batch == null ? Word.END : batch;
      } catch (RuntimeException | Error e) {
        ahead = e;
      }
    }
  }

  private void giveAhead() {
    switch (Objects.requireNonNull(ahead)) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Word end -> given.add(end); // as often as it asks
      case Object batch -> {
        ahead = null;
        given.add(batch); // which this thread takes back, if nobody else does
      }
    }
  }

  private Object nextWord() {
    try {
      return said.take();
    } catch (InterruptedException e) {
      context.killTaskIfInterrupted();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + mapping.function() + " worked", e);
    }
  }

  private static ColumnarBatch columns(VectorSchemaRoot root) {
    ColumnVector[] columns =
        root.getFieldVectors().stream().map(ArrowColumnVector::new).toArray(ColumnVector[]::new);
    return new ColumnarBatch(columns, root.getRowCount());
  }

  private void releaseOutput() {
    rows = Collections.emptyIterator();
    if (output != null) {
      output.close();
      output = null;
    }
  }

  private void requireSuccess() {
    try {
      Objects.requireNonNull(call).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it was over, and is not waited for
    } catch (CancellationException e) {
      context.killTaskIfInterrupted();
      throw e;
    } catch (ExecutionException e) {
      context.killTaskIfInterrupted();
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      } else if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(cause);
    }
  }

  // At the task's end, whose consumer may have had enough before
  private void close() {
    releaseOutput();
    stop();
    synchronized (this) {
      closed = true;
      closeIfBatch(ahead);
      said.forEach(Exchange::closeIfBatch);
      said.clear();
    }
    given.removeIf(word -> {
      closeIfBatch(word);
      return word != Word.STOP;
    });
    sayStop(); // for one that was given up, and wakes some day
  }

  private void stop() {
    CompletableFuture<@Nullable Void> begun = call;
    if (begun == null || begun.isDone()) {
      return;
    }
    sayStop();
    try {
      begun.get(TO_STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | CancellationException | TimeoutException e) {
      // What it throws now concerns nobody
    } finally {
      begun.cancel(true);
    }
  }

  private void sayStop() {
    given.add(Word.STOP);
    taken.add(Word.STOP);
  }

  private static void closeIfBatch(@Nullable Object word) {
    if (word instanceof Batch batch) {
      batch.root().close();
    } else if (word instanceof VectorSchemaRoot root) {
      root.close();
    }
  }

  // ---- On the pool's thread

  private void work(Interpreter in) {
    try (PyObject support = ExecutorPython.support(in);
        PyObject function = mapping.function().in(in);
        PyObject take = in.toPython((Turn) list -> take(in, list));
        PyObject put = in.toPython((Turn) this::put);
        VectorSchemaRoot empty =
            VectorSchemaRoot.create(mapping.arrowSchema(mapping.output()), allocator);
        PyObject schema = Arrow.toPython(in, allocator, empty)) {
      support.callMethod(mapping.shape().support, function, take, put, schema).close();
    }
  }

  // Python's list is closed here, and the batch, which would else be Java's until collected
  private boolean take(Interpreter in, PyObject list) {
    try (list) {
      Object answer = ask(Word.MORE, given);
      if (answer == Word.STOP) {
        throw new CancellationException("the task wants nothing any more");
      } else if (answer == Word.END) {
        return false;
      }
      Batch batch = (Batch) answer;
      try (VectorSchemaRoot root = batch.root();
          PyObject taken = Arrow.toPython(in, allocator, root)) {
        list.callMethod("append", taken).close();
        list.callMethod("append", batch.ends()).close();
      }
      return true;
    }
  }

  private boolean put(PyObject batch) {
    VectorSchemaRoot root;
    try (batch) {
      root = Arrow.root(batch, allocator);
    }
    return ask(root, taken) == Word.GO_ON;
  }

  private <T> T ask(Object word, LinkedBlockingQueue<T> answers) {
    synchronized (this) {
      if (closed) {
        closeIfBatch(word);
      } else {
        said.add(word);
      }
    }
    try {
      T answer = answers.take();
      if (answer == Word.STOP) {
        answers.add(answer); // however often it asks
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the task was killed");
    }
  }
}
