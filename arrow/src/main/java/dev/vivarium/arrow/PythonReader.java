package dev.vivarium.arrow;

import dev.vivarium.InterpreterGuard;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.CDataDictionaryProvider;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Reads the record batches of a stream of Python's. */
final class PythonReader extends ArrowReader {

  private final PythonStream stream;
  private final CDataDictionaryProvider imported = new CDataDictionaryProvider();
  private @Nullable Field row;
  private boolean ended;

  PythonReader(PythonStream stream, BufferAllocator allocator) {
    super(allocator);
    this.stream = stream;
  }

  @Override
  protected Schema readSchema() throws IOException {
    Field read = stream.row(allocator, imported);
    row = read;
    return Rows.schema(read);
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    prepareLoadNextBatch();
    VectorSchemaRoot root = getVectorSchemaRoot();
    Field type = row;
    if (ended || type == null) {
      return false;
    }
    try (ArrowArray next = ArrowArray.allocateNew(allocator)) {
      InterpreterGuard guard = stream.next(next);
      if (guard == null) {
        ended = true;
        root.clear(); // what is read no more holds no interpreter open
        return false;
      }
      Rows.load(next, guard, type, allocator, root, imported);
      return true;
    }
  }

  @Override
  public Map<Long, Dictionary> getDictionaryVectors() throws IOException {
    ensureInitialized();
    return imported.getDictionaryIds().stream()
        .collect(Collectors.toMap(Function.identity(), imported::lookup));
  }

  @Override
  public Dictionary lookup(long id) {
    return imported.lookup(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return imported.getDictionaryIds();
  }

  @Override
  public long bytesRead() {
    return 0; // nobody counts them
  }

  @Override
  protected void closeReadSource() {
    imported.close();
    stream.close();
  }
}
