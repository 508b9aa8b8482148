package dev.vivarium.arrow;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of a vector or a record batch of Java and of its dictionaries, kept for Python
 * whatever becomes of the vectors. For any thread.
 */
final class JavaData implements AutoCloseable {

  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final Map<Long, Dictionary> dictionaries;
  private boolean closed;

  private JavaData(
      BufferAllocator allocator, VectorSchemaRoot root, Map<Long, Dictionary> dictionaries) {
    this.allocator = allocator;
    this.root = root;
    this.dictionaries = dictionaries;
  }

  /**
   * Keeps the buffers.
   *
   * @throws IllegalArgumentException if a dictionary is missing
   */
  static JavaData of(
      BufferAllocator allocator, VectorSchemaRoot root, @Nullable DictionaryProvider provider) {
    Map<Long, Dictionary> dictionaries = new TreeMap<>();
    VectorSchemaRoot kept = null;
    try {
      for (Field field : root.getSchema().getFields()) {
        keepDictionaries(allocator, field, provider, dictionaries);
      }
      kept = VectorSchemaRoot.create(root.getSchema(), allocator);
      share(root, kept);
      return new JavaData(allocator, kept, dictionaries);
    } catch (RuntimeException | Error e) {
      if (kept != null) {
        kept.close();
      }
      dictionaries.values().forEach(dictionary -> dictionary.getVector().close());
      throw e;
    }
  }

  /** As a batch with one column. */
  static VectorSchemaRoot alone(FieldVector vector) {
    return new VectorSchemaRoot(
        java.util.List.of(vector.getField()), java.util.List.of(vector), vector.getValueCount());
  }

  private static void keepDictionaries(
      BufferAllocator allocator,
      Field field,
      @Nullable DictionaryProvider provider,
      Map<Long, Dictionary> kept) {
    if (field.getDictionary() != null && !kept.containsKey(field.getDictionary().getId())) {
      long id = field.getDictionary().getId();
      Dictionary dictionary = provider == null ? null : provider.lookup(id);
      if (dictionary == null) {
        throw new IllegalArgumentException(
            "the values of "
                + field
                + " are in dictionary "
                + id
                + ": give its DictionaryProvider");
      }
      FieldVector values = dictionary.getVector();
      FieldVector copy = values.getField().createVector(allocator);
      kept.put(id, new Dictionary(copy, field.getDictionary()));
      share(alone(values), alone(copy));
      keepDictionaries(allocator, values.getField(), provider, kept);
    }
    for (Field child : field.getChildren()) {
      keepDictionaries(allocator, child, provider, kept);
    }
  }

  private static void share(VectorSchemaRoot from, VectorSchemaRoot to) {
    try (ArrowRecordBatch batch = new VectorUnloader(from).getRecordBatch()) {
      new VectorLoader(to).load(batch);
    }
  }

  private synchronized void requireOpen() {
    if (closed) {
      throw new IllegalStateException("these Arrow data of Java have been let go");
    }
  }

  synchronized void exportSchema(ArrowSchema schema) {
    requireOpen();
    Data.exportSchema(allocator, root.getSchema(), provider(), schema);
  }

  synchronized void exportBatch(ArrowArray array, ArrowSchema schema) {
    requireOpen();
    Data.exportVectorSchemaRoot(allocator, root, provider(), array, schema);
  }

  synchronized void exportField(ArrowSchema schema) {
    requireOpen();
    Data.exportField(allocator, root.getVector(0).getField(), provider(), schema);
  }

  synchronized void exportVector(ArrowArray array, ArrowSchema schema) {
    requireOpen();
    Data.exportVector(allocator, root.getVector(0), provider(), array, schema);
  }

  /** A reader of these alone, which keeps them by itself. */
  synchronized ArrowReader reader() {
    requireOpen();
    return new OneBatch(of(allocator, root, provider()));
  }

  private DictionaryProvider provider() {
    return new DictionaryProvider.MapDictionaryProvider(
        dictionaries.values().toArray(Dictionary[]::new));
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      root.close();
      dictionaries.values().forEach(dictionary -> dictionary.getVector().close());
    }
  }

  /** Reads a batch that is there. */
  private static final class OneBatch extends ArrowReader {

    private final JavaData data;
    private boolean read;

    OneBatch(JavaData data) {
      super(data.allocator);
      this.data = data;
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
      return data.root;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
      return data.dictionaries;
    }

    @Override
    public @Nullable Dictionary lookup(long id) {
      return data.dictionaries.get(id);
    }

    @Override
    public Set<Long> getDictionaryIds() {
      return data.dictionaries.keySet();
    }

    @Override
    public boolean loadNextBatch() {
      boolean first = !read;
      read = true;
      return first;
    }

    @Override
    public long bytesRead() {
      return 0;
    }

    @Override
    public void close() throws IOException {
      data.close();
    }

    @Override
    protected void closeReadSource() {}

    @Override
    protected Schema readSchema() {
      return data.root.getSchema();
    }
  }
}
