package dev.vivarium.spring;

import dev.vivarium.PythonOptions;

/**
 * A bean that sets options of Python's start which have no property, or sets them otherwise. All of
 * them are asked, in their order, after the properties have been read.
 */
@FunctionalInterface
public interface PythonOptionsCustomizer {

  /** Changes the options; on the thread that makes the beans, once. */
  void customize(PythonOptions.Builder options);
}
