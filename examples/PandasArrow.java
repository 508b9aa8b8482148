import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import dev.vivarium.arrow.Arrow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A pandas transformation of Arrow data made in Java: a year of temperatures from three stations,
 * hour by hour, becomes a table of their monthly means, which Java gets back and draws.
 *
 * <pre>
 * mvn -q -Dquick -pl core,cpython,arrow compile dependency:build-classpath -Dmdep.outputFile=target/class-path
 * java --enable-native-access=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED \
 *     -cp "arrow/target/quick/classes:$(cat arrow/target/class-path)" examples/PandasArrow.java arrow.svg
 * </pre>
 *
 * Argument: where to draw (nowhere). The Python, which {@code VIVARIUM_LIBRARY} and {@code
 * VIVARIUM_HOME} name, say, needs pandas and pyarrow.
 */
public class PandasArrow {

  private static final String[] STATIONS = {"Lisbon", "Oslo", "Vienna"};
  private static final double[] MEANS = {17, 7, 11};
  private static final double[] SWINGS = {6, 11, 10};
  private static final String[] COLOURS = {"#d95f02", "#31688e", "#35b779"};
  private static final int HOURS = 365 * 24;
  private static final long BEGINNING = 1_735_689_600_000L; // 2025

  private static final String MONTHLY =
      """
      import pandas, pyarrow

      def monthly(measurements):
          frame = pyarrow.table(measurements).to_pandas()
          month = frame["when"].dt.month.rename("month")
          return frame.pivot_table("temperature", month, "station").reset_index()
      """;

  public static void main(String[] arguments) throws IOException {
    PythonOptions options = PythonOptions.builder().useEnvironment(true).isolated(false).build();
    try (Python python = Python.start(options);
        BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot measurements = measure(allocator);
        VectorSchemaRoot means = monthly(python.main(), allocator, measurements)) {
      for (String station : STATIONS) {
        Float8Vector mean = (Float8Vector) means.getVector(station);
        System.out.printf(
            Locale.ROOT, "%-6s  January %5.1f  July %5.1f%n", station, mean.get(0), mean.get(6));
      }
      if (arguments.length > 0) {
        Files.writeString(Path.of(arguments[0]), picture(means));
      }
    }
  }

  private static VectorSchemaRoot monthly(
      Interpreter main, BufferAllocator allocator, VectorSchemaRoot measurements) {
    main.exec(MONTHLY);
    try (PyObject data = Arrow.toPython(main, allocator, measurements);
        PyObject monthly = main.eval("monthly");
        PyObject frame = monthly.call(data)) {
      return Arrow.root(frame, allocator); // a data frame speaks the protocol by itself
    }
  }

  private static VectorSchemaRoot measure(BufferAllocator allocator) {
    Schema schema =
        new Schema(
            List.of(
                Field.nullable("when", new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC")),
                Field.nullable("station", new ArrowType.Utf8()),
                Field.nullable(
                    "temperature", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE))));
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    TimeStampMilliTZVector when = (TimeStampMilliTZVector) root.getVector("when");
    VarCharVector station = (VarCharVector) root.getVector("station");
    Float8Vector temperature = (Float8Vector) root.getVector("temperature");
    SplittableRandom random = new SplittableRandom(1);
    int row = 0;
    for (int s = 0; s < STATIONS.length; s++) {
      byte[] name = STATIONS[s].getBytes(StandardCharsets.UTF_8);
      for (int hour = 0; hour < HOURS; hour++, row++) {
        double season = -Math.cos(2 * Math.PI * (hour / 24.0 - 20) / 365);
        double day = -Math.cos(2 * Math.PI * (hour % 24 - 3) / 24);
        when.setSafe(row, BEGINNING + hour * 3_600_000L);
        station.setSafe(row, name);
        temperature.setSafe(
            row, MEANS[s] + SWINGS[s] * season + 4 * day + 2 * random.nextGaussian());
      }
    }
    root.setRowCount(row);
    return root;
  }

  private static String picture(VectorSchemaRoot means) {
    StringBuilder svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 240\">\n");
    svg.append("<rect width=\"640\" height=\"240\" fill=\"#fbfbf8\"/>\n");
    for (int degrees = -10; degrees <= 30; degrees += 10) {
      svg.append(
          "<path d=\"M40 %1$dH560\" stroke=\"#ccc\"/><text x=\"34\" y=\"%2$d\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"end\">%3$d</text>\n"
              .formatted(y(degrees), y(degrees) + 4, degrees));
    }
    for (int s = 0; s < STATIONS.length; s++) {
      Float8Vector mean = (Float8Vector) means.getVector(STATIONS[s]);
      StringBuilder points = new StringBuilder();
      for (int month = 0; month < means.getRowCount(); month++) {
        points.append(50 + 45 * month).append(',').append(y(mean.get(month))).append(' ');
      }
      svg.append(
          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n"
              .formatted(points.toString().strip(), COLOURS[s]));
      svg.append(
          "<text x=\"556\" y=\"%d\" font-family=\"sans-serif\" font-size=\"12\" fill=\"%s\">%s</text>\n"
              .formatted(y(mean.get(means.getRowCount() - 1)) + 4, COLOURS[s], STATIONS[s]));
    }
    return svg.append("</svg>\n").toString();
  }

  private static int y(double degrees) {
    return (int) Math.round(170 - 5 * degrees);
  }
}
