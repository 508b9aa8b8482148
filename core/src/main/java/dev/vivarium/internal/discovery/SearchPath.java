package dev.vivarium.internal.discovery;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The folders that programs are looked for in.
 *
 * @param path the value of {@code PATH}, perhaps empty
 */
record SearchPath(String path, Machine machine) {

  /** The programs of that name on the {@code PATH}, in its order. */
  List<Path> programs(String name) {
    List<String> fileNames =
        machine.os() == Machine.Os.WINDOWS ? List.of(name + ".exe", name) : List.of(name);
    List<Path> found = new ArrayList<>();
    for (String folder : path.split(Pattern.quote(File.pathSeparator), -1)) {
      for (String fileName : fileNames) {
        try {
          Path file = Path.of(folder).resolve(fileName);
          if (!folder.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)) {
            found.add(file.toAbsolutePath());
          }
        } catch (InvalidPathException e) {
          // Such a folder cannot hold a program either.
        }
      }
    }
    return found;
  }
}
