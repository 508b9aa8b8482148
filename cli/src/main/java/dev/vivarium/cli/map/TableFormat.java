package dev.vivarium.cli.map;

import java.util.Locale;
import java.util.Optional;

/** The formats of tables, which a file's name tells by its ending. */
enum TableFormat {
  /** Text with a line of column names. */
  CSV,
  /** Apache Parquet. */
  PARQUET,
  /** Arrow's IPC format, for files and for streams. */
  ARROW;

  /** All endings, for a message. */
  static final String ENDINGS = ".csv, .tsv, .parquet, .arrow, .feather or .ipc";

  /** The format of a file with this name; empty if it is none of these. */
  static Optional<TableFormat> of(String file) {
    String ending = file.substring(Math.max(file.lastIndexOf('.'), 0)).toLowerCase(Locale.ROOT);
    return switch (ending) {
      case ".csv", ".tsv" -> Optional.of(CSV);
      case ".parquet" -> Optional.of(PARQUET);
      case ".arrow", ".feather", ".ipc" -> Optional.of(ARROW);
      default -> Optional.empty();
    };
  }
}
