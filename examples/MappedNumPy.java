import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import dev.vivarium.Interpreter;
import dev.vivarium.LendingArena;
import dev.vivarium.NDArray;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A NumPy computation on a file that Java has mapped and that is larger than Java's heap. Java
 * writes a year of measurements into the file, NumPy counts them into a histogram where they are,
 * and Java reads the counts where NumPy has them: nothing is copied but 60 numbers.
 *
 * <pre>
 * java -Xmx64m --enable-native-access=ALL-UNNAMED -cp "$(./vivarium classpath)" \
 *     examples/MappedNumPy.java 512 histogram.svg
 * </pre>
 *
 * Arguments: the file's size in MiB (512), and where to draw the histogram (nowhere). The Python
 * needs a NumPy.
 */
public class MappedNumPy {

  private static final int BINS = 60;

  private static final String COUNT =
      """
      import numpy

      def count(measurements, bins):
          counts, edges = numpy.histogram(measurements, bins, (-5.0, 10.0))
          return counts, float(measurements.mean()), int(measurements.argmax())
      """;

  public static void main(String[] arguments) throws IOException {
    long mib = arguments.length > 0 ? Long.parseLong(arguments[0]) : 512;
    Path file = Files.createTempFile("measurements", ".doubles");
    PythonOptions options = PythonOptions.builder().useEnvironment(true).isolated(false).build();
    try (Python python = Python.start(options);
        FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        LendingArena arena = LendingArena.open()) {
      MemorySegment mapped = channel.map(MapMode.READ_WRITE, 0, mib << 20, arena);
      measure(mapped);
      long[] counts = count(python.main(), mapped);
      if (arguments.length > 1) {
        Files.writeString(Path.of(arguments[1]), picture(counts));
      }
    } // the arena would not close if Python still looked at the file
  }

  /** What a sensor might say: cold nights, warm days, and a second, warmer sensor. */
  private static void measure(MemorySegment mapped) {
    SplittableRandom random = new SplittableRandom(1);
    long count = mapped.byteSize() / Double.BYTES;
    for (long i = 0; i < count; i++) {
      double value = random.nextGaussian();
      mapped.setAtIndex(JAVA_DOUBLE, i, i % 3 == 0 ? 4 + 0.7 * value : value);
    }
    mapped.setAtIndex(JAVA_DOUBLE, count / 2, 9.5);
  }

  private static long[] count(Interpreter main, MemorySegment mapped) {
    main.exec(COUNT);
    NDArray measurements = NDArray.of(mapped, JAVA_DOUBLE);
    try (PyObject array = measurements.toNumPy(main);
        PyObject result = main.eval("count").call(array, BINS);
        NDArray counts = NDArray.of(result.item(0))) {
      System.out.printf(
          Locale.ROOT,
          "%d doubles, %d MiB, on a heap of %d MiB: mean %.3f, the greatest is number %d%n",
          measurements.size(),
          mapped.byteSize() >> 20,
          Runtime.getRuntime().maxMemory() >> 20,
          result.item(1).asDouble(),
          result.item(2).asLong());
      return counts.longs().toArray();
    }
  }

  private static String picture(long[] counts) {
    long most = 1;
    for (long count : counts) {
      most = Math.max(most, count);
    }
    StringBuilder svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 240\">\n");
    svg.append("<rect width=\"640\" height=\"240\" fill=\"#fbfbf8\"/>\n");
    for (int i = 0; i < counts.length; i++) {
      long height = Math.round(200.0 * counts[i] / most);
      svg.append(
          "<rect x=\"%d\" y=\"%d\" width=\"9\" height=\"%d\" fill=\"#31688e\"/>\n"
              .formatted(20 + 10 * i, 215 - height, height));
    }
    svg.append("<path d=\"M20 215.5H620\" stroke=\"#333\"/>\n");
    for (int value = -5; value <= 10; value += 5) {
      svg.append(
          "<text x=\"%d\" y=\"232\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">%d</text>\n"
              .formatted(20 + 40 * (value + 5), value));
    }
    return svg.append("</svg>\n").toString();
  }
}
