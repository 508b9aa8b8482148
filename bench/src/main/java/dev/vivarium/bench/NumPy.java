package dev.vivarium.bench;

import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** The NumPy that goes with the embedded CPython, from its jars on the class path. */
final class NumPy {

  private static final String PATH = "org/bytedeco/numpy/linux-x86_64/python";
  private static final String NUMPY = PATH + "/numpy/";
  private static final String OPENBLAS = "org/bytedeco/openblas/linux-x86_64/";

  private NumPy() {}

  /**
   * Unpacks it.
   *
   * @return false if its jars for this machine are not on the class path
   */
  static boolean unpack(Path folder) throws IOException {
    return unpack(folder, NUMPY, NUMPY + "__init__.py")
        && unpack(folder, OPENBLAS + "lib", OPENBLAS + "libopenblas.so.0");
  }

  private static boolean unpack(Path folder, String prefix, String known) throws IOException {
    URL found = NumPy.class.getClassLoader().getResource(known);
    if (found == null || !(found.openConnection() instanceof JarURLConnection connection)) {
      return false;
    }
    connection.setUseCaches(false);
    try (JarFile jar = connection.getJarFile()) {
      for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
        JarEntry entry = all.nextElement();
        String name = entry.getName();
        if (name.startsWith(prefix) && !entry.isDirectory() && !name.contains("/libjni")) {
          Path file = folder.resolve(name);
          Files.createDirectories(file.getParent());
          try (InputStream in = jar.getInputStream(entry)) {
            Files.copy(in, file);
          }
        }
      }
    }
    return true;
  }

  /** Lets an interpreter find what was unpacked. */
  static void load(Interpreter main, Path folder) {
    for (String needed :
        new String[] {"libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0"}) {
      System.load(folder.resolve(OPENBLAS + needed).toString()); // NumPy does not find them itself
    }
    try (PyObject path = main.importModule("sys").attr("path")) {
      path.callMethod("append", folder.resolve(PATH).toString()).close();
    }
  }
}
