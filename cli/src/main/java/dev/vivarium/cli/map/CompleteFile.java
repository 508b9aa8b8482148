package dev.vivarium.cli.map;

import java.io.IOException;
import java.util.List;

/** The output of a run that is complete: nothing is left to be written. */
final class CompleteFile implements LineSink {

  @Override
  public void write(List<String> lines) throws IOException {
    throw new IOException("--resume: the output file is complete; --force overwrites it");
  }

  @Override
  public void close() {}
}
