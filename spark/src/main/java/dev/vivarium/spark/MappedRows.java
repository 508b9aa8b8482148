package dev.vivarium.spark;

import java.util.List;
import java.util.Objects;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * What a Python function makes of the rows of a query. The query is not run before a job wants this
 * one's partitions: with adaptive execution, to ask for its rows runs all of it but the last stage.
 */
final class MappedRows extends RDD<InternalRow> {

  private static final long serialVersionUID = 1;

  // The driver's alone
  private final transient @Nullable SparkSession session;
  private final transient @Nullable LogicalPlan query;
  private transient @Nullable RDD<InternalRow> rows;

  private final Mapping mapping;

  MappedRows(SparkSession session, LogicalPlan query, Mapping mapping) {
    super(session.sparkContext(), toScala(List.of()), ClassTag$.MODULE$.apply(InternalRow.class));
    this.session = session;
    this.query = query;
    this.mapping = mapping;
  }

  private synchronized RDD<InternalRow> rows() {
    RDD<InternalRow> known = rows;
    if (known == null) {
      // Planned anew, where a job before was cancelled in it
      known =
          Dataset.ofRows(
                  Objects.requireNonNull(session, "in the driver"), Objects.requireNonNull(query))
              .queryExecution()
              .toRdd();
      rows = known;
    }
    return known;
  }

  @Override
  public Partition[] getPartitions() {
    return rows().partitions();
  }

  @Override
  public Seq<Dependency<?>> getDependencies() {
    return toScala(List.of(new OneToOneDependency<>(rows())));
  }

  @Override
  public Seq<String> getPreferredLocations(Partition split) {
    return rows().preferredLocations(split);
  }

  @Override
  public Iterator<InternalRow> compute(Partition split, TaskContext context) {
    RDD<InternalRow> from = firstParent(ClassTag$.MODULE$.apply(InternalRow.class));
    Iterator<InternalRow> input = from.iterator(split, context);
    Batches batches = new Batches(CollectionConverters.asJava(input), mapping);
    return CollectionConverters.asScala(Exchange.begin(mapping, batches, context));
  }

  private static <T> Seq<T> toScala(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }
}
