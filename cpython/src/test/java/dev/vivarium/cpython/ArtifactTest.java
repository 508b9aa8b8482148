package dev.vivarium.cpython;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonProvider;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real artifact on the class path, and real processes that start at once or are killed. */
@Timeout(value = 300, unit = SECONDS)
class ArtifactTest {

  @TempDir Path folder;

  @Test
  void serviceLoaderFindsIt() {
    assertThat(ServiceLoader.load(PythonProvider.class))
        .anyMatch(provider -> provider instanceof EmbeddedCPython);
  }

  @Test
  void twoProcessesAtOnceUnpackOnceAndItRuns() throws Exception {
    Path jar = Bundle.onClassPath().jar().file();
    Path cache = folder.resolve("cache");
    List<Process> processes = new ArrayList<>();
    try {
      processes.add(child(jar, cache));
      processes.add(child(jar, cache));
      List<BufferedReader> outputs = processes.stream().map(Process::inputReader).toList();
      for (BufferedReader output : outputs) {
        assertThat(output.readLine()).isEqualTo("ready");
      }
      for (Process process : processes) {
        process.getOutputStream().write('\n');
        process.getOutputStream().close();
      }
      Path library = new EmbeddedCPython(Jar.of(jar), cache).folder().resolve("libpython");
      for (int i = 0; i < processes.size(); i++) {
        String said = outputs.get(i).readAllAsString();
        assertThat(said).startsWith(library.toString());
        assertThat(processes.get(i).waitFor()).isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    EmbeddedCPython embedded = new EmbeddedCPython(Jar.of(jar), cache);
    assertThat(embedded.verify()).isEmpty();
    assertThat(cache.toFile().list()).noneMatch(name -> name.contains(".tmp-"));
    assertThat(output(embedded.provide(), "import math, json, ctypes, ssl, sqlite3; print('fine')"))
        .isEqualTo("fine\n");
    assertThat(output(embedded.provide(), IMPORT_EVERY_EXTENSION)).isEqualTo("[]\n");
    assertThat(output(embedded.provide(), "import pip, venv, test.test_ast; print('there')"))
        .isEqualTo("there\n");
    // Its own use has written compiled modules there, which are no damage.
    assertThat(embedded.verify()).isEmpty();
  }

  @Test
  void aProcessKilledHalfWayLeavesNothingThatCounts() throws Exception {
    Path jar = Bundle.onClassPath().jar().file();
    Path cache = folder.resolve("cache");
    EmbeddedCPython embedded = new EmbeddedCPython(Jar.of(jar), cache);
    Process process = child(jar, cache);
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      while (filesUnfinished(cache) < 100) {
        assertThat(process.isAlive()).as("still unpacking").isTrue();
        Thread.sleep(1);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(embedded.folder()).doesNotExist();
    assertThat(filesUnfinished(cache)).isPositive();

    assertThat(embedded.provide().library()).isRegularFile();

    assertThat(embedded.verify()).isEmpty();
    assertThat(filesUnfinished(cache)).isZero();
  }

  private static final String IMPORT_EVERY_EXTENSION =
      """
      import importlib, os, sys, sysconfig
      folder = os.path.join(sysconfig.get_path('stdlib'), 'lib-dynload')
      failed = []
      for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
          # Some look for a terminal's library that not every system has.
          if name.endswith('.so') and '_curses' not in name and 'readline' not in name:
              try:
                  importlib.import_module(name.split('.')[0])
              except ImportError as e:
                  failed.append(str(e))
      print(failed)
      """;

  private static String output(PythonInstallation python, String code) throws Exception {
    Process process =
        new ProcessBuilder(String.valueOf(python.executable()), "-I", "-c", code)
            .redirectErrorStream(true)
            .start();
    try (InputStream in = process.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }

  private static int filesUnfinished(Path cache) throws IOException {
    if (!Files.exists(cache)) {
      return 0;
    }
    int files = 0;
    for (String name : cache.toFile().list()) {
      if (name.contains(".tmp-")) {
        try (Stream<Path> all = Files.walk(cache.resolve(name))) {
          files += (int) all.count();
        }
      }
    }
    return files;
  }

  private static Process child(Path jar, Path cache) throws IOException, URISyntaxException {
    List<String> classPath = new ArrayList<>();
    for (Class<?> type :
        List.of(EmbeddedCPython.class, PythonProvider.class, UnpackProgram.class)) {
      classPath.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            String.join(File.pathSeparator, classPath),
            UnpackProgram.class.getName(),
            jar.toString(),
            cache.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
