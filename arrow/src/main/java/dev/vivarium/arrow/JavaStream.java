package dev.vivarium.arrow;

import dev.vivarium.DetachedSupplier;
import dev.vivarium.InterpreterView;
import dev.vivarium.ThreadState;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A user's reader as Python reads it. It is asked detached where Python asks with the GIL held,
 * since that may block.
 */
final class JavaStream extends ArrowReader {

  private final ArrowReader reader;

  JavaStream(BufferAllocator allocator, ArrowReader reader) {
    super(allocator);
    this.reader = reader;
  }

  private static <T> T detached(DetachedSupplier<T, IOException> body) throws IOException {
    Optional<InterpreterView> attached = InterpreterView.current();
    if (attached.isEmpty()) {
      return body.get();
    }
    try (ThreadState here = ThreadState.ensure(attached.get())) {
      return here.callDetached(body);
    }
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    return detached(reader::loadNextBatch);
  }

  @Override
  public VectorSchemaRoot getVectorSchemaRoot() throws IOException {
    return detached(reader::getVectorSchemaRoot);
  }

  @Override
  public Map<Long, Dictionary> getDictionaryVectors() throws IOException {
    return reader.getDictionaryVectors();
  }

  @Override
  public Dictionary lookup(long id) {
    return reader.lookup(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return reader.getDictionaryIds();
  }

  @Override
  public long bytesRead() {
    return reader.bytesRead();
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  @Override
  protected void closeReadSource() {}

  @Override
  protected Schema readSchema() throws IOException {
    return getVectorSchemaRoot().getSchema();
  }
}
