import dev.vivarium.Interpreter;
import dev.vivarium.PyObject;
import dev.vivarium.Python;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;

/** Vivarium; with the argument {@code start} just a first eval. */
final class VivariumPeer implements Work.Peer {

  private final Interpreter main;
  private final PyObject fail;

  private VivariumPeer(Interpreter main) {
    this.main = main;
    this.fail = main.eval("fail");
  }

  public static void main(String[] arguments) throws Exception {
    try (Python python = Python.start()) {
      if (arguments[0].equals("start")) {
        System.out.println(python.main().eval("6 * 7").asInt());
        return;
      }
      python.main().exec(Files.readString(Path.of(arguments[0])));
      Work.run("Vivarium", new VivariumPeer(python.main()));
    }
  }

  @Override
  public IntBinaryOperator add() {
    return main.eval("add").as(IntBinaryOperator.class);
  }

  @Override
  public UnaryOperator<String> same() {
    PyObject same = main.eval("same");
    return text -> {
      try (PyObject result = same.call(text)) {
        return result.asString();
      }
    };
  }

  @Override
  public void fail() {
    fail.call().close();
  }

  @Override
  public void callbacks(IntBinaryOperator function, int times) {
    try (PyObject callbacks = main.eval("callbacks")) {
      callbacks.call(function, times).close();
    }
  }

  @Override
  public void gets(Map<String, Object> map, int times) {
    try (PyObject gets = main.eval("gets")) {
      gets.call(map, times).close();
    }
  }
}
