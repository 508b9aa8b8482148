package dev.vivarium.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} shows. Starts no Python: {@code doctor} does. */
final class VersionText implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = VersionText.class.getPackage().getImplementationVersion();
    return new String[] {
      "Vivarium " + (version == null ? "0.1.0-SNAPSHOT" : version),
      "JDK " + Runtime.version() + ", " + System.getProperty("java.vm.name")
    };
  }
}
