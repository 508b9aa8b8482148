package dev.vivarium.internal.discovery;

import dev.vivarium.PythonStartException;
import dev.vivarium.PythonVersion;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What a {@code python} program says about itself. It is run once, for a limited time, with nothing
 * to read.
 */
record ProgramReport(Path program, PythonVersion version, Map<String, String> values) {

  static final Duration TIME_LIMIT = Duration.ofSeconds(30);

  private static final String MARK = "vivarium-probe ";
  private static final int MAX_OUTPUT = 1 << 20;

  // Values go as hex, so that neither the encoding nor an odd path can break a line.
  private static final String QUESTIONS =
      """
      import os, re, sys, sysconfig
      def say(key, value):
          if value is not None:
              text = str(value).encode('utf-8', 'replace').hex()
              sys.stdout.write('vivarium-probe ' + key + ' ' + text + '\\n')
      say('implementation', sys.implementation.name)
      say('version', sys.version)
      say('executable', sys.executable)
      say('prefix', sys.prefix)
      say('base_prefix', sys.base_prefix)
      say('base_executable', getattr(sys, '_base_executable', None))
      for key in ('LDLIBRARY', 'INSTSONAME', 'LIBDIR', 'LIBPL', 'MULTIARCH', 'LDVERSION',
                  'Py_ENABLE_SHARED', 'Py_GIL_DISABLED', 'PYTHONFRAMEWORKPREFIX'):
          say(key, sysconfig.get_config_var(key))
      try:
          with open('/proc/self/maps') as maps:
              for line in maps:
                  found = re.search(r'\\s(/.*/libpython3\\.[0-9]+[^/]*)$', line.rstrip('\\n'))
                  if found:
                      say('loaded', found.group(1))
                      break
      except (OSError, ValueError):
          pass
      sys.stdout.flush()
      """;

  /** The value that the program gave, or the empty string. */
  String value(String key) {
    return values.getOrDefault(key, "");
  }

  /**
   * Runs the program and reads its answer.
   *
   * @throws PythonStartException if it cannot be run, does not answer in time, or is not a CPython
   *     3
   */
  static ProgramReport ask(Path program, Duration limit) {
    ProcessBuilder builder = new ProcessBuilder(program.toString(), "-I", "-c", QUESTIONS);
    builder.redirectErrorStream(true);
    builder.redirectInput(
        new File(Machine.current().os() == Machine.Os.WINDOWS ? "NUL" : "/dev/null"));
    String output;
    int status;
    try {
      Process process = builder.start();
      try {
        Answer answer = new Answer(process.getInputStream());
        Thread reader =
            Thread.ofPlatform().daemon().name("vivarium-probe-output").start(answer::read);
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new PythonStartException(
              program
                  + " did not answer within "
                  + limit.toSeconds()
                  + " s when asked where its libpython is; check that '"
                  + program
                  + " -I -c pass' ends, or name the library itself"
                  + " (PythonOptions.library, VIVARIUM_LIBRARY)");
        }
        // A child that the program left behind may hold the pipe open: don't wait for that one.
        reader.join(Duration.ofSeconds(2));
        output = answer.text();
        status = process.exitValue();
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new PythonStartException(
          program + " cannot be run: " + e.getMessage() + "; name a python program", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PythonStartException("interrupted while " + program + " was asked", e);
    }
    return read(program, status, output);
  }

  static ProgramReport read(Path program, int status, String output) {
    Map<String, String> values = new HashMap<>();
    output
        .lines()
        .filter(line -> line.startsWith(MARK))
        .map(line -> line.substring(MARK.length()).split(" ", 2))
        .filter(pair -> pair.length == 2)
        .forEach(pair -> values.put(pair[0], fromHex(pair[1])));
    if (status != 0 || !values.containsKey("version")) {
      throw new PythonStartException(
          program
              + " does not answer as a CPython 3 does: it ended with status "
              + status
              + (output.isBlank() ? " and said nothing" : " and said: " + shortened(output)));
    }
    String implementation = values.getOrDefault("implementation", "cpython");
    if (!implementation.equals("cpython")) {
      throw new PythonStartException(
          program + " is " + implementation + "; only CPython can be loaded into a JVM");
    }
    try {
      PythonVersion version = PythonVersion.parse(Objects.requireNonNull(values.get("version")));
      return new ProgramReport(program, version, Map.copyOf(values));
    } catch (IllegalArgumentException e) {
      throw new PythonStartException(program + " names no version: " + e.getMessage(), e);
    }
  }

  /** The text of a hex value; of what is none, the empty string. */
  private static String fromHex(String hex) {
    try {
      return new String(HexFormat.of().parseHex(hex.strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static String shortened(String output) {
    List<String> lines = output.strip().lines().filter(line -> !line.startsWith(MARK)).toList();
    String last = lines.isEmpty() ? "" : lines.getLast().strip();
    return last.length() > 160 ? last.substring(0, 160) + "…" : last;
  }

  /** Collects what a program writes, up to a limit, and reads the rest away. */
  private static final class Answer {
    private final InputStream in;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    Answer(InputStream in) {
      this.in = in;
    }

    void read() {
      byte[] buffer = new byte[8192];
      try {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          keep(buffer, n);
        }
      } catch (IOException e) {
        // The program was ended; what it said so far is what there is.
      }
    }

    private synchronized void keep(byte[] buffer, int n) {
      kept.write(buffer, 0, Math.min(n, MAX_OUTPUT - kept.size()));
    }

    synchronized String text() {
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
