package dev.vivarium.cli.env;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A folder of wheels that a test has made, in place of an index. */
record Wheels(Path folder) {

  /** Adds a wheel of one module, of the package's name, whose code that is. */
  Path add(String name, String version, String code, String... requires) throws IOException {
    byte[] module = code.getBytes(StandardCharsets.UTF_8);
    return add(name, version, "py3-none-any", Map.of(name + ".py", module), requires);
  }

  /** Adds a wheel of files. */
  Path add(String name, String version, String tag, Map<String, byte[]> files, String... requires)
      throws IOException {
    Files.createDirectories(folder);
    Path wheel = folder.resolve(name + "-" + version + "-" + tag + ".whl");
    String info = name + "-" + version + ".dist-info/";
    StringBuilder metadata =
        new StringBuilder("Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
    for (String one : requires) {
      metadata.append("Requires-Dist: ").append(one).append('\n');
    }
    Map<String, byte[]> all = new LinkedHashMap<>(files);
    all.put(info + "METADATA", metadata.toString().getBytes(StandardCharsets.UTF_8));
    all.put(
        info + "WHEEL",
        ("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: "
                + tag.endsWith("-any")
                + "\nTag: "
                + tag
                + "\n")
            .getBytes(StandardCharsets.UTF_8));
    StringBuilder record = new StringBuilder(info + "RECORD,,\n");
    all.keySet().forEach(file -> record.append(file).append(",,\n"));
    all.put(info + "RECORD", record.toString().getBytes(StandardCharsets.UTF_8));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
      for (Map.Entry<String, byte[]> file : all.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return wheel;
  }

  /** Three that need each other: report needs table, and shop, from 2 on, table 2. */
  static Wheels some(Path folder) throws IOException {
    Wheels wheels = new Wheels(folder);
    wheels.add("table", "1.0", "VERSION = 1\n");
    wheels.add("table", "2.0", "VERSION = 2\n");
    wheels.add("report", "1.0", "import table\nTEXT = f'table {table.VERSION}'\n", "table<3");
    wheels.add("shop", "1.0", "VERSION = 1\n");
    wheels.add("shop", "2.0", "VERSION = 2\n", "table==2.0", "absent; python_version < '3'");
    wheels.add("old", "1.0", "", "table<2");
    return wheels;
  }

  List<String> arguments() {
    return List.of("--wheels", folder.toString());
  }
}
