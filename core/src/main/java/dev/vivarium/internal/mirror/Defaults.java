package dev.vivarium.internal.mirror;

import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How Kotlin code calls a function with some of its arguments left out: by a twin of it, {@code
 * f$default}, that takes masks of those besides, and fills them in. Which parameters have a default
 * only the twin's code says: for each it tests a bit, and then sets the parameter.
 */
final class Defaults {

  private static final String SUFFIX = "$default";
  private static final String MARKER = "kotlin.jvm.internal.DefaultConstructorMarker";
  private static final int BITS = Integer.SIZE;

  /** The twin. */
  final Executable twin;

  /** The parameters' names, if the class file has them. */
  final @Nullable List<String> names;

  private final int[] bits; // by parameter; below 0 for one that must be given
  private final int masks;

  private Defaults(Executable twin, int[] bits, int masks, @Nullable List<String> names) {
    this.twin = twin;
    this.bits = bits;
    this.masks = masks;
    this.names = names;
  }

  /** Those of a method or constructor, or null: it has none, or is not from Kotlin. */
  static @Nullable Defaults of(Executable member) {
    Class<?> owner = member.getDeclaringClass();
    int count = member.getParameterCount();
    if (count == 0 || owner.getClassLoader() == null) {
      return null;
    }
    try {
      if (!isOfKotlin(owner)) {
        return null;
      }
      Executable twin =
          member instanceof Method method ? twin(method) : twin((Constructor<?>) member);
      return twin == null ? null : of(member, twin);
    } catch (NoClassDefFoundError | IOException | IllegalArgumentException e) {
      return null; // of a type that is not there, or a class file that cannot be read
    }
  }

  private static boolean isOfKotlin(Class<?> type) {
    for (Annotation annotation : type.getDeclaredAnnotations()) {
      if (annotation.annotationType().getName().equals("kotlin.Metadata")) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Executable twin(Constructor<?> constructor) {
    for (Constructor<?> other : constructor.getDeclaringClass().getConstructors()) {
      Class<?>[] given = other.getParameterTypes();
      if (isTwin(given, constructor.getParameterTypes())
          && given[given.length - 1].getName().equals(MARKER)) {
        return other;
      }
    }
    return null;
  }

  // In the class that first says the defaults, or beside an interface, which older ones keep free
  private static @Nullable Executable twin(Method method) {
    Set<Class<?>> holders = new LinkedHashSet<>();
    addAbove(method.getDeclaringClass(), holders);
    for (Class<?> holder : holders) {
      for (Method other : holder.getDeclaredMethods()) {
        if (other.getName().equals(method.getName() + SUFFIX)
            && Modifier.isStatic(other.getModifiers())
            && Modifier.isPublic(other.getModifiers())
            && isTwin(method, other)) {
          return other;
        }
      }
    }
    return null;
  }

  private static void addAbove(Class<?> type, Set<Class<?>> holders) {
    holders.add(type);
    if (type.isInterface()) {
      for (Class<?> nested : type.getDeclaredClasses()) {
        if (nested.getSimpleName().equals("DefaultImpls")) {
          holders.add(nested);
        }
      }
    }
    if (type.getSuperclass() != null) {
      addAbove(type.getSuperclass(), holders);
    }
    for (Class<?> implemented : type.getInterfaces()) {
      addAbove(implemented, holders);
    }
  }

  private static boolean isTwin(Method method, Method twin) {
    Class<?>[] given = twin.getParameterTypes();
    boolean receives = !Modifier.isStatic(method.getModifiers());
    if (receives) {
      if (given.length == 0 || !given[0].isAssignableFrom(method.getDeclaringClass())) {
        return false;
      }
      given = Arrays.copyOfRange(given, 1, given.length);
    }
    return isTwin(given, method.getParameterTypes()) && given[given.length - 1] == Object.class;
  }

  // The same parameters, one or more masks, and one more
  private static boolean isTwin(Class<?>[] given, Class<?>[] parameters) {
    int count = parameters.length;
    int masks = given.length - count - 1;
    if (masks < 1 || masks > (count + BITS - 1) / BITS) {
      return false;
    }
    return Arrays.equals(given, 0, count, parameters, 0, count)
        && Arrays.stream(given, count, count + masks).allMatch(type -> type == int.class);
  }

  private static @Nullable Defaults of(Executable member, Executable twin) throws IOException {
    int count = member.getParameterCount();
    boolean receives = !Modifier.isStatic(member.getModifiers());
    Class<?>[] given = twin.getParameterTypes();
    // A static twin has the receiver among its parameters, a constructor does not
    int before = receives && twin instanceof Method ? 1 : 0;
    int[] slots = new int[given.length];
    int slot = twin instanceof Method ? 0 : 1;
    for (int i = 0; i < given.length; i++) {
      slots[i] = slot;
      slot += given[i] == long.class || given[i] == double.class ? 2 : 1;
    }
    CodeModel code = code(twin);
    if (code == null) {
      return null;
    }
    int masks = given.length - before - count - 1;
    int[] bits = new int[count];
    Map<Integer, Integer> bySlot =
        bits(code, Arrays.copyOfRange(slots, before + count, slots.length - 1));
    boolean any = false;
    for (int i = 0; i < count; i++) {
      bits[i] = bySlot.getOrDefault(slots[before + i], -1);
      any |= bits[i] >= 0;
    }
    return any
        ? new Defaults(
            twin,
            bits,
            masks,
            names(code(member), Arrays.copyOfRange(slots, before, before + count)))
        : null;
  }

  private static @Nullable CodeModel code(Executable member) throws IOException {
    Class<?> owner = member.getDeclaringClass();
    String file = owner.getName().substring(owner.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = owner.getResourceAsStream(file)) {
      if (in == null) {
        return null;
      }
      ClassModel model = ClassFile.of().parse(in.readAllBytes());
      String name = member instanceof Method ? member.getName() : "<init>";
      Class<?> result = member instanceof Method method ? method.getReturnType() : void.class;
      String descriptor =
          MethodType.methodType(result, member.getParameterTypes()).toMethodDescriptorString();
      for (MethodModel method : model.methods()) {
        if (method.methodName().equalsString(name)
            && method.methodType().equalsString(descriptor)) {
          return method.code().orElse(null);
        }
      }
      return null;
    }
  }

  // mask & 4, and if that is not 0 a value for the parameter in some slot: from that to the bit
  private static Map<Integer, Integer> bits(CodeModel code, int[] masks) {
    Map<Integer, Integer> bits = new HashMap<>();
    int mask = -1;
    int bit = -1;
    int stored = -1;
    boolean tests = false;
    Label end = null;
    for (var element : code) {
      if (element instanceof LabelTarget target && target.label().equals(end)) {
        if (stored >= 0) {
          bits.put(stored, bit);
        }
        end = null;
      }
      if (!(element instanceof Instruction instruction)) {
        continue;
      }
      if (end != null) {
        stored = instruction instanceof StoreInstruction store ? store.slot() : -1;
        continue;
      }
      if (instruction instanceof LoadInstruction load) {
        mask = Arrays.binarySearch(masks, load.slot());
        bit = -1;
        tests = false;
      } else if (mask >= 0 && instruction instanceof ConstantInstruction constant) {
        int tested = constant.constantValue() instanceof Integer value ? value : 0;
        bit =
            Integer.bitCount(tested) == 1
                ? mask * BITS + Integer.numberOfTrailingZeros(tested)
                : -1;
        mask = -1;
      } else if (bit >= 0 && instruction.opcode() == Opcode.IAND) {
        tests = true;
      } else {
        if (tests
            && instruction instanceof BranchInstruction branch
            && branch.opcode() == Opcode.IFEQ) {
          end = branch.target();
          stored = -1;
        } else {
          bit = -1;
        }
        tests = false;
        mask = -1;
      }
    }
    return bits;
  }

  // As a debugger would show them, which Kotlin's compiler writes down
  private static @Nullable List<String> names(@Nullable CodeModel code, int[] slots) {
    if (!(code instanceof CodeAttribute attribute)) {
      return null;
    }
    Map<Integer, String> bySlot = new HashMap<>();
    for (var element : code) {
      if (element instanceof LocalVariable variable
          && attribute.labelToBci(variable.startScope()) == 0) {
        bySlot.put(variable.slot(), variable.name().stringValue());
      }
    }
    List<String> names = new ArrayList<>();
    for (int slot : slots) {
      String name = bySlot.get(slot);
      if (name == null) {
        return null;
      }
      names.add(name);
    }
    return names;
  }

  /** Whether a parameter may be left out. */
  boolean has(int index) {
    return bits[index] >= 0;
  }

  /** Whether all from that parameter on may be left out. */
  boolean from(int index) {
    return Arrays.stream(bits, index, bits.length).allMatch(bit -> bit >= 0);
  }

  /**
   * The twin's arguments after the receiver.
   *
   * @param converted those of the method, with any value of the type where one is left out
   * @param given 0 for what is left out
   */
  @Nullable Object[] complete(@Nullable Object[] converted, long[] given) {
    @Nullable Object[] all = Arrays.copyOf(converted, converted.length + masks + 1); // no marker
    int[] set = new int[masks];
    for (int i = 0; i < bits.length; i++) {
      if (given[i] == 0) {
        set[bits[i] / BITS] |= 1 << bits[i] % BITS;
      }
    }
    for (int i = 0; i < masks; i++) {
      all[converted.length + i] = set[i];
    }
    return all;
  }
}
