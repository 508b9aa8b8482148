package dev.vivarium.flink;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;

/** A real Flink with a job manager and a task manager, in this JVM. */
final class Cluster {

  private static final int SLOTS = 4;

  /** What jobs have put out, by the name of their sink. */
  private static final Map<String, ConcurrentLinkedQueue<Object>> OUTPUTS =
      new ConcurrentHashMap<>();

  private static Cluster shared;

  private final MiniCluster cluster;

  /** One for all tests of this JVM. */
  static synchronized Cluster shared() throws Exception {
    if (shared == null) {
      shared = new Cluster();
    }
    return shared;
  }

  private Cluster() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(32));
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
    cluster.start();
  }

  /** For a job: with two of each operator. */
  static StreamExecutionEnvironment job(Map<String, String> parameters) {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, parameters);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration).setParallelism(2);
  }

  /** With checkpoints in a folder, and one attempt more after a failure. */
  static void checkpoint(StreamExecutionEnvironment job, Path folder) {
    Configuration more = new Configuration();
    more.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    more.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    more.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    more.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 2);
    more.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    job.configure(more);
    job.enableCheckpointing(20);
  }

  JobID submit(StreamExecutionEnvironment job) throws Exception {
    return submit(job.getStreamGraph().getJobGraph());
  }

  JobID submit(JobGraph job) throws Exception {
    return cluster.submitJob(job).get(30, TimeUnit.SECONDS).getJobID();
  }

  /** Waits for the job's end. */
  JobResult result(JobID job) throws Exception {
    return cluster.requestJobResult(job).get(60, TimeUnit.SECONDS);
  }

  /**
   * Runs a job to its end.
   *
   * @throws Exception what has failed it
   */
  void run(StreamExecutionEnvironment job) throws Exception {
    run(job.getStreamGraph().getJobGraph());
  }

  void run(JobGraph job) throws Exception {
    result(submit(job)).toJobExecutionResult(Cluster.class.getClassLoader());
  }

  /** As {@link #run}, of what one stream gives. */
  <T> List<T> outputs(StreamExecutionEnvironment job, DataStream<T> stream) throws Exception {
    String name = UUID.randomUUID().toString();
    stream.addSink(new Kept<>(name));
    try {
      run(job);
      return taken(name);
    } finally {
      OUTPUTS.remove(name);
    }
  }

  @SuppressWarnings("unchecked") // of one sink's type
  static <T> List<T> taken(String name) {
    return (List<T>) new ArrayList<>(OUTPUTS.getOrDefault(name, new ConcurrentLinkedQueue<>()));
  }

  /** Asks for a job's end, and waits for it. */
  void cancel(JobID job) throws Exception {
    cluster.cancelJob(job).get(10, TimeUnit.SECONDS);
    JobResult result = result(job);
    if (result.getJobStatus().orElseThrow() != JobStatus.CANCELED) {
      throw new IllegalStateException("the job is " + result.getJobStatus().orElseThrow());
    }
  }

  /** Has a checkpoint made, and waits for it. */
  void checkpointNow(JobID job) throws InterruptedException, ExecutionException {
    try {
      cluster.triggerCheckpoint(job).get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("the checkpoint takes for ever", e);
    }
  }

  /** A sink that keeps what comes, also over restarts. */
  static final class Kept<T> extends RichSinkFunction<T> {

    private static final long serialVersionUID = 1;

    private final String name;

    Kept(String name) {
      this.name = name;
    }

    @Override
    public void open(OpenContext context) {
      OUTPUTS.computeIfAbsent(name, each -> new ConcurrentLinkedQueue<>());
    }

    @Override
    public void invoke(T value, Context context) {
      OUTPUTS.get(name).add(value);
    }
  }
}
