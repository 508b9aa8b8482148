import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Value;

/** GraalPy, by the Polyglot API; with the argument {@code start} just a first eval. */
final class GraalPyPeer implements Work.Peer {

  private final Value functions;
  private final Value fail;

  private GraalPyPeer(Value functions) {
    this.functions = functions;
    this.fail = functions.getMember("fail");
  }

  public static void main(String[] arguments) throws Exception {
    try (Context context =
        Context.newBuilder("python")
            .allowAllAccess(true)
            .option("engine.WarnInterpreterOnly", "false")
            .build()) {
      if (arguments[0].equals("start")) {
        System.out.println(context.eval("python", "6 * 7").asInt());
        return;
      }
      context.eval("python", Files.readString(Path.of(arguments[0])));
      Work.run("GraalPy", new GraalPyPeer(context.getBindings("python")));
    }
  }

  @Override
  public IntBinaryOperator add() {
    Value add = functions.getMember("add");
    return (a, b) -> add.execute(a, b).asInt();
  }

  @Override
  public UnaryOperator<String> same() {
    Value same = functions.getMember("same");
    return text -> same.execute(text).asString();
  }

  @Override
  public void fail() {
    fail.execute();
  }

  @Override
  public void callbacks(IntBinaryOperator function, int times) {
    functions.getMember("callbacks").execute(function, times);
  }

  @Override
  public void gets(Map<String, Object> map, int times) {
    functions.getMember("gets").execute(map, times);
  }
}
