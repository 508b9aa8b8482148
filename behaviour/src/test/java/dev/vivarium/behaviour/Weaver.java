package dev.vivarium.behaviour;

import dev.vivarium.Python;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the library's compiled classes anew, with a call of {@link Injector#step} at the start of
 * each method and before each call and each allocation: where an {@code Error} can arrive. Methods
 * that are marked {@code NoThrow} are spared with all that they call, and calling one is no step
 * either: they promise that they are entered with room on the stack, and allocate nothing.
 */
final class Weaver {

  private static final ClassDesc INJECTOR = ClassDesc.of("dev.vivarium.behaviour.Injector");
  private static final MethodTypeDesc STEP =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
  private static final MethodTypeDesc SPARE = MethodTypeDesc.of(ConstantDescs.CD_void);

  private static final Set<String> OF_INTERPRETER =
      Set.of(
          "call",
          "run",
          "attach",
          "release",
          "elsewhere",
          "here",
          "callInterruptibly",
          "runInterruptibly",
          "watched",
          "close",
          "guard");

  private static final List<String> WOVEN =
      List.of(
          "dev/vivarium/internal/thread/",
          "dev/vivarium/internal/lifecycle/",
          "dev/vivarium/ThreadState.",
          "dev/vivarium/InterpreterGuard.",
          "dev/vivarium/Interpreter.",
          "dev/vivarium/internal/bridge/FastCall.",
          "dev/vivarium/internal/bridge/Raising.",
          "dev/vivarium/internal/object/References.",
          "dev/vivarium/internal/object/Reference.");

  // C calls these: only a StackOverflowError could come before their first instruction, which is in
  // their try. The floor under each stack keeps 64 KiB for a call into Java (StackLimit), so it
  // does not
  private static final Set<String> FROM_C = Set.of("FastCall.called");

  // Calls of what lies elsewhere and allocates nothing; so OutOfMemoryError does not come from
  // there
  private static final Set<String> WITHOUT_MEMORY =
      Set.of(
          "dev/vivarium/internal/capi/CApi",
          "dev/vivarium/internal/capi/Memory",
          "dev/vivarium/internal/capi/NativeStack",
          "dev/vivarium/internal/capi/ThreadLocalSlot",
          "java/lang/Math",
          "java/lang/Object",
          "java/lang/System",
          "java/lang/Thread",
          "java/lang/invoke/VarHandle",
          "java/util/concurrent/atomic/AtomicBoolean",
          "java/util/concurrent/atomic/AtomicInteger",
          "java/util/concurrent/atomic/AtomicLong",
          "java/util/concurrent/atomic/AtomicReference",
          "java/util/concurrent/locks/LockSupport");

  private static final Set<String> NEVER_ALLOCATING =
      Set.of("unlock", "remove", "get", "references");

  /** What a site's text begins with where {@code OutOfMemoryError} can come from. */
  static final String MEMORY = "memory ";

  private final ClassFile classFile =
      ClassFile.of(
          ClassFile.ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(Weaver.class.getClassLoader())
                  .orElse(ClassHierarchyResolver.defaultResolver())));
  private final List<String> sites = new ArrayList<>();
  private final Set<String> spared = new HashSet<>();

  private Weaver() {}

  /**
   * Writes the woven classes into a folder.
   *
   * @return the sites of the steps, by number: class, method, line, and what comes there
   */
  static List<String> weave(Path folder) throws IOException {
    Weaver weaver = new Weaver();
    try {
      Path place =
          Path.of(Python.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(place)) {
        weaver.weaveAll(place, folder);
      } else {
        URI jar = URI.create("jar:" + place.toUri());
        try (FileSystem inside = FileSystems.newFileSystem(jar, Map.of())) {
          weaver.weaveAll(inside.getPath("/"), folder);
        }
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    return List.copyOf(weaver.sites);
  }

  private void weaveAll(Path classes, Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(classes)) {
      files = all.filter(file -> isWoven(classes.relativize(file).toString())).sorted().toList();
    }
    for (Path file : files) {
      ClassModel model = classFile.parse(Files.readAllBytes(file));
      for (MethodModel method : model.methods()) {
        if (isSparing(method)) {
          spared.add(
              method(model.thisClass().asInternalName(), method.methodName(), method.methodType()));
        }
      }
    }
    for (Path file : files) {
      Path to = folder.resolve(classes.relativize(file).toString());
      Files.createDirectories(to.getParent());
      Files.write(to, woven(Files.readAllBytes(file)));
    }
  }

  private static String method(String owner, Utf8Entry name, Utf8Entry type) {
    return owner + "." + name.stringValue() + type.stringValue();
  }

  private static boolean isWoven(String file) {
    return file.endsWith(".class")
        && !file.endsWith("package-info.class")
        && !file.endsWith("NoThrow.class")
        && WOVEN.stream().anyMatch(file::startsWith);
  }

  private byte[] woven(byte[] bytes) {
    ClassModel model = classFile.parse(bytes);
    String name = model.thisClass().asInternalName();
    String simple = name.substring(name.lastIndexOf('/') + 1);
    return classFile.transformClass(
        model,
        (builder, element) -> {
          if (element instanceof MethodModel method && isWoven(simple, method)) {
            CodeTransform transform =
                isSparing(method)
                    ? new Sparing(method.methodName().equalsString("<init>"))
                    : new Stepping(simple + "." + method.methodName());
            builder.transformMethod(
                method,
                (methods, part) -> {
                  if (part instanceof CodeModel code) {
                    methods.transformCode(code, transform);
                  } else {
                    methods.with(part);
                  }
                });
          } else {
            builder.with(element);
          }
        });
  }

  // What a class's initializer throws stays with the class for ever, whatever one does
  private static boolean isWoven(String simple, MethodModel method) {
    String name = method.methodName().stringValue();
    boolean named =
        !simple.equals("Interpreter")
            || OF_INTERPRETER.contains(name.replaceFirst("^lambda\\$(\\w+)\\$\\d+$", "$1"));
    return method.code().isPresent() && !name.equals("<clinit>") && named;
  }

  private static boolean isSparing(MethodModel method) {
    return method
        .findAttribute(Attributes.runtimeInvisibleAnnotations())
        .map(found ->
            found.annotations().stream()
                .anyMatch(a -> a.className().stringValue().endsWith("/NoThrow;")))
        .orElse(false);
  }

  private int site(boolean memory, String place) {
    sites.add((memory ? MEMORY : "") + place);
    return sites.size() - 1;
  }

  /** Puts steps into a method. */
  private final class Stepping implements CodeTransform {

    private final String method;
    private int line;

    Stepping(String method) {
      this.method = method;
    }

    @Override
    public void atStart(CodeBuilder builder) {
      if (!FROM_C.contains(method)) {
        step(builder, false, "its start");
      }
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      switch (element) {
        case LineNumber number -> line = number.line();
        case InvokeInstruction call -> {
          String owner = call.owner().asInternalName();
          String name = call.name().stringValue();
          if (!spared.contains(method(owner, call.name(), call.type()))) {
            step(builder, mayAllocate(owner, name), simple(owner) + "." + name);
          }
        }
        case InvokeDynamicInstruction call ->
            step(builder, true, "dynamic " + call.name().stringValue());
        case NewObjectInstruction made ->
            step(builder, true, "new " + simple(made.className().asInternalName()));
        case NewReferenceArrayInstruction ignored -> step(builder, true, "new array");
        case NewPrimitiveArrayInstruction ignored -> step(builder, true, "new array");
        case NewMultiArrayInstruction ignored -> step(builder, true, "new array");
        default -> {}
      }
      builder.with(element);
    }

    private static boolean mayAllocate(String owner, String name) {
      boolean woven = WOVEN.stream().anyMatch((owner + ".")::startsWith); // has steps of its own
      return !woven && !WITHOUT_MEMORY.contains(owner) && !NEVER_ALLOCATING.contains(name);
    }

    private void step(CodeBuilder builder, boolean memory, String what) {
      builder.loadConstant(site(memory, method + ":" + line + " → " + what));
      builder.invokestatic(INJECTOR, "step", STEP);
    }

    private static String simple(String name) {
      return name.substring(name.lastIndexOf('/') + 1);
    }
  }

  /** Says when a method is begun and ended in which nothing is thrown. */
  private static final class Sparing implements CodeTransform {

    private final boolean constructor;
    private Label start;

    Sparing(boolean constructor) {
      this.constructor = constructor;
    }

    @Override
    public void atStart(CodeBuilder builder) {
      builder.invokestatic(INJECTOR, "beginSparing", SPARE);
      start = builder.newBoundLabel();
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      if (element instanceof ReturnInstruction) {
        builder.invokestatic(INJECTOR, "endSparing", SPARE);
      }
      builder.with(element);
    }

    @Override
    public void atEnd(CodeBuilder builder) {
      if (constructor) {
        return; // before its super's one no handler can be
      }
      Label end = builder.newBoundLabel();
      Label handler = builder.newBoundLabel();
      builder.exceptionCatchAll(start, end, handler);
      builder.invokestatic(INJECTOR, "endSparing", SPARE);
      builder.athrow();
    }
  }
}
