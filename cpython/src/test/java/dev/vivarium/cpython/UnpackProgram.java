package dev.vivarium.cpython;

import java.io.IOException;
import java.nio.file.Path;

/** The program of child processes: waits for a line, then gets the CPython of a jar ready. */
final class UnpackProgram {

  private UnpackProgram() {}

  public static void main(String[] args) throws IOException {
    EmbeddedCPython embedded = new EmbeddedCPython(Jar.of(Path.of(args[0])), Path.of(args[1]));
    System.out.println("ready");
    if (System.in.read() < 0) {
      System.exit(3);
    }
    System.out.println(embedded.provide().library());
  }
}
