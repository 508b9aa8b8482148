package dev.vivarium.cli.map;

import dev.vivarium.cli.shell.CommandFailure;
import dev.vivarium.cli.shell.CommonOptions;
import dev.vivarium.cli.shell.FailureReport;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * The executors of Apache Spark. Spark is not there mostly: nothing but {@code --engine spark}
 * loads this class and its kind.
 */
final class SparkEngine implements Engine {

  /** How many items a task has. */
  static final int MOST = 1024;

  private static final String LOGGING = "log4j2.configurationFile";

  private final SparkConf conf;
  private final SparkWork work;
  private @Nullable JavaSparkContext context;

  private SparkEngine(SparkConf conf, SparkWork work) {
    this.conf = conf;
    this.work = work;
  }

  /** One as the options say, and Spark's own settings, which are system properties. */
  static SparkEngine of(FunctionReference reference, MapOptions options, CommonOptions common) {
    if (System.getProperty(LOGGING) == null) { // before Spark's first class looks
      System.setProperty(LOGGING, "classpath:dev/vivarium/cli/map/spark-log4j2.properties");
    }
    SparkConf conf = new SparkConf();
    if (options.master() != null) {
      conf.setMaster(options.master());
    }
    conf.setIfMissing(
        "spark.app.name", "vivarium map " + reference.file() + ":" + reference.name());
    conf.setIfMissing("spark.ui.enabled", "false");
    if (!conf.get("spark.master").matches("local(\\[.*])?")) {
      conf.setIfMissing("spark.jars", jars());
    }
    return new SparkEngine(
        conf,
        new SparkWork(
            reference,
            options.kind(),
            options.deadline(),
            common.chosen(),
            Path.of("").toAbsolutePath().toString()));
  }

  // What executors need, which have Spark's own
  private static String jars() {
    String home = System.getenv("SPARK_HOME");
    Path sparks = home == null ? null : Path.of(home, "jars").toAbsolutePath();
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .map(entry -> Path.of(entry).toAbsolutePath())
        .filter(jar -> sparks == null || !jar.startsWith(sparks))
        .map(Path::toString)
        .collect(Collectors.joining(","));
  }

  @Override
  public void open() throws InterruptedException {
    JavaSparkContext made = start();
    boolean good = false;
    try {
      context = made;
      SparkAnswer _ = answer("map", List.of()); // loads the function, which may be none
      good = true;
    } catch (InterruptedException | CommandFailure e) {
      throw e;
    } catch (Exception e) { // SparkException is a checked one, of which Scala says nothing
      throw failure(e);
    } finally {
      if (!good) {
        boolean _ = close();
      }
    }
  }

  private JavaSparkContext start() {
    try {
      return new JavaSparkContext(conf);
    } catch (Exception | LinkageError e) { // the latter of another Spark than 4
      throw new CommandFailure("--engine spark: Spark does not start: " + firstLine(e), e);
    }
  }

  /** Why a job has failed. */
  static CommandFailure failure(Exception e) {
    return e instanceof CommandFailure known
        ? known
        : new CommandFailure("--engine spark: a job has failed: " + firstLine(e), e);
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage();
    return FailureReport.oneLine(
        message == null ? e.toString() : message.lines().findFirst().orElse(message));
  }

  /** Ends the jobs of a group, if there are any; what they do in Python is interrupted. */
  void cancel(String group) {
    try {
      Objects.requireNonNull(context).cancelJobGroup(group);
    } catch (IllegalStateException e) {
      // the context has been stopped, and them with it
    }
  }

  /**
   * What a task makes of items.
   *
   * @param group of the job, for {@link #cancel}
   * @throws CommandFailure if the function cannot be had
   * @throws InterruptedException if this thread is interrupted
   */
  SparkAnswer answer(String group, List<Item> items) throws InterruptedException {
    JavaSparkContext spark = Objects.requireNonNull(context);
    spark.setJobGroup(group, "vivarium map", true); // of this thread's jobs
    SparkAnswer answer =
        spark
            .parallelize(List.<List<Item>>of(new ArrayList<>(items)), 1)
            .map(work)
            .collect()
            .getFirst();
    if (answer.problem() != null) {
      throw new CommandFailure(answer.problem());
    }
    return answer;
  }

  @Override
  public int callers() {
    return 2 * Objects.requireNonNull(context).defaultParallelism(); // the next task is there
  }

  @Override
  public Caller caller(Callers callers, int number) {
    return new SparkCalling(callers, this, number);
  }

  @Override
  public int roomEach() {
    return 2 * MOST;
  }

  @Override
  public boolean close() {
    JavaSparkContext ending = Objects.requireNonNull(context);
    ending.setLogLevel("OFF"); // of what is cut off by the end
    ending.stop();
    return ExecutorCalls.close();
  }

  @Override
  public String shown() {
    return "Spark on " + conf.get("spark.master");
  }
}
