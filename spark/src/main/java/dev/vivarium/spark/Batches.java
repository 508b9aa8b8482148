package dev.vivarium.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.BaseOrdering;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.arrow.ArrowWriter;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.util.ArrowUtils;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** The rows of a partition, written into Arrow batches; on the task's thread. */
final class Batches {

  /**
   * One of them.
   *
   * @param ends the numbers of rows before which a group has ended, where there are groups: a 0
   *     says that the last one of the batch before has
   */
  record Batch(VectorSchemaRoot root, List<Integer> ends) {}

  private final Iterator<InternalRow> rows;
  private final Mapping mapping;
  private final @Nullable Groups groups;

  Batches(Iterator<InternalRow> rows, Mapping mapping) {
    this.rows = rows;
    this.mapping = mapping;
    this.groups = mapping.keys().isEmpty() ? null : new Groups(mapping);
  }

  /** The next one, to be closed, or null after the last. */
  @Nullable Batch next() {
    if (!rows.hasNext()) {
      return null;
    }
    VectorSchemaRoot root =
        VectorSchemaRoot.create(mapping.arrowSchema(mapping.input()), ArrowUtils.rootAllocator());
    boolean filled = false;
    try {
      List<Integer> ends = fill(root);
      filled = true;
      return new Batch(root, ends);
    } finally {
      if (!filled) {
        root.close();
      }
    }
  }

  private List<Integer> fill(VectorSchemaRoot root) {
    ArrowWriter writer = ArrowWriter.create(root);
    List<Integer> ends = new ArrayList<>();
    int count = 0;
    long bytes = 0;
    while (count < mapping.maxRecords() && bytes < mapping.maxBytes() && rows.hasNext()) {
      InternalRow row = rows.next();
      if (groups != null && groups.endBefore(row)) {
        ends.add(count);
      }
      writer.write(row);
      count++;
      // What Spark's own row takes says enough, and costs nothing to ask
      bytes =
          row instanceof UnsafeRow unsafe ? bytes + unsafe.getSizeInBytes() : writer.sizeInBytes();
    }
    writer.finish();
    return ends;
  }

  /** Where groups end: of rows that are sorted by their keys. */
  private static final class Groups {

    private final UnsafeProjection key;
    private final BaseOrdering order;
    private @Nullable UnsafeRow lastKey;

    Groups(Mapping mapping) {
      StructField[] fields = mapping.input().fields();
      List<Expression> keys = new ArrayList<>();
      List<DataType> types = new ArrayList<>();
      for (int at : mapping.keys()) {
        keys.add(new BoundReference(at, fields[at].dataType(), fields[at].nullable()));
        types.add(fields[at].dataType());
      }
      key = UnsafeProjection.create(CollectionConverters.asScala(keys).toSeq());
      // As they are sorted: to that -0.0 is 0.0, and letters may be their capitals
      order =
          RowOrdering.createNaturalAscendingOrdering(CollectionConverters.asScala(types).toSeq());
    }

    boolean endBefore(InternalRow row) {
      UnsafeRow now = key.apply(row);
      UnsafeRow last = lastKey;
      if (last != null && order.compare(now, last) == 0) {
        return false;
      }
      lastKey = now.copy();
      return last != null;
    }
  }
}
