package dev.vivarium.cli.map;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items that are paths. */
final class FileItems implements ItemSource {

  private final List<String> paths;
  private int next;

  FileItems(List<String> paths) {
    this.paths = paths;
  }

  @Override
  public @Nullable Item next() {
    if (next == paths.size()) {
      return null;
    }
    return Item.of(next, paths.get(next++));
  }

  @Override
  public long size() {
    return paths.size();
  }
}
