package dev.vivarium.internal.bridge;

import dev.vivarium.internal.bridge.LookThrough.Unknown;
import dev.vivarium.internal.bridge.LookThrough.Value;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.NopInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One pass through a method's code, in the order in which it lies there, with what is known of the
 * values on the stack. Where the code may come from elsewhere, nothing is known of them.
 */
final class CodeWalk {

  private static final Set<String> CONCATENATIONS = Set.of("makeConcat", "makeConcatWithConstants");

  private final LookThrough look;
  private final Class<?> in;
  private final CodeAttribute code;
  private final List<Value> stack = new ArrayList<>();
  private final Map<Integer, Value> locals = new HashMap<>();
  private final Map<Integer, Integer> stores = new HashMap<>();

  CodeWalk(LookThrough look, Class<?> in, CodeAttribute code, List<Value> given) {
    this.look = look;
    this.in = in;
    this.code = code;
    int slot = 0;
    for (Value value : given) {
      locals.put(slot, value);
      stores.put(slot, 1);
      slot += value.wide() ? 2 : 1;
    }
  }

  void walk() throws Unknown {
    for (CodeElement element : code) {
      if (element instanceof StoreInstruction store) {
        stores.merge(store.slot(), 1, Integer::sum);
      } else if (element instanceof ExceptionCatch caught
          && code.labelToBci(caught.handler()) < code.labelToBci(caught.tryEnd())) {
        throw new Unknown("goes back");
      }
    }
    int at = 0;
    for (CodeElement element : code) {
      if (element instanceof LabelTarget label) {
        if (isTarget(label.label())) {
          stack.clear();
        }
      } else if (element instanceof ExceptionCatch caught) {
        ClassEntry type = caught.catchType().orElse(null);
        if (type != null) {
          Class<?> ignored = LookThrough.load(in, type.asSymbol());
        }
      } else if (element instanceof Instruction instruction) {
        look.count();
        step(instruction, at);
        at += instruction.sizeInBytes();
      }
    }
  }

  private final Set<Integer> targets = new HashSet<>();
  private boolean targetsFound;

  private boolean isTarget(Label label) {
    if (!targetsFound) {
      targetsFound = true;
      for (CodeElement element : code) {
        switch (element) {
          case BranchInstruction branch -> targets.add(code.labelToBci(branch.target()));
          case ExceptionCatch caught -> targets.add(code.labelToBci(caught.handler()));
          case TableSwitchInstruction s -> addTargets(s.defaultTarget(), s.cases());
          case LookupSwitchInstruction s -> addTargets(s.defaultTarget(), s.cases());
          default -> {}
        }
      }
    }
    return targets.contains(code.labelToBci(label));
  }

  private void addTargets(Label other, List<SwitchCase> cases) {
    targets.add(code.labelToBci(other));
    cases.forEach(one -> targets.add(code.labelToBci(one.target())));
  }

  private void forward(Label target, int at) throws Unknown {
    if (code.labelToBci(target) <= at) {
      throw new Unknown("goes back");
    }
  }

  private void push(Value value) {
    stack.add(value);
  }

  private void push(TypeKind kind) {
    if (kind != TypeKind.VOID) {
      push(
          kind.slotSize() == 2
              ? Value.WIDE
              : kind == TypeKind.REFERENCE ? Value.OTHER : Value.PLAIN);
    }
  }

  private Value pop() {
    return stack.isEmpty() ? Value.OTHER : stack.removeLast();
  }

  private void pop(int count) {
    for (int i = 0; i < count; i++) {
      Value ignored = pop();
    }
  }

  private void step(Instruction instruction, int at) throws Unknown {
    switch (instruction) {
      case LoadInstruction load ->
          push(
              load.typeKind() != TypeKind.REFERENCE
                  ? of(load.typeKind())
                  : stores.getOrDefault(load.slot(), 0) == 1
                      ? locals.getOrDefault(load.slot(), Value.OTHER)
                      : Value.OTHER);
      case StoreInstruction store -> {
        Value value = pop();
        locals.put(store.slot(), value);
      }
      case ConstantInstruction constant -> constant(constant);
      case FieldInstruction field -> field(field);
      case InvokeInstruction invoke -> invoke(invoke);
      case InvokeDynamicInstruction dynamic -> dynamic(dynamic);
      case NewObjectInstruction made -> {
        Class<?> type = LookThrough.load(in, made.className().asSymbol());
        look.requireInitialized(type);
        push(Value.exact(type));
      }
      case NewPrimitiveArrayInstruction ignored -> {
        pop(1);
        push(Value.PLAIN);
      }
      case NewReferenceArrayInstruction made -> {
        Class<?> ignored = LookThrough.load(in, made.componentType().asSymbol());
        pop(1);
        push(Value.OTHER);
      }
      case ArrayLoadInstruction load -> {
        pop(2);
        push(load.typeKind());
      }
      case ArrayStoreInstruction ignored -> pop(3);
      case OperatorInstruction operator -> operator(operator);
      case ConvertInstruction convert -> {
        pop(1);
        push(convert.toType());
      }
      case TypeCheckInstruction check -> check(check);
      case StackInstruction moved -> move(moved.opcode());
      case IncrementInstruction ignored -> {}
      case NopInstruction ignored -> {}
      case BranchInstruction branch -> {
        forward(branch.target(), at);
        pop(
            switch (branch.opcode()) {
              case GOTO, GOTO_W -> 0;
              case IF_ICMPEQ,
                  IF_ICMPNE,
                  IF_ICMPLT,
                  IF_ICMPGE,
                  IF_ICMPGT,
                  IF_ICMPLE,
                  IF_ACMPEQ,
                  IF_ACMPNE ->
                  2;
              default -> 1;
            });
      }
      case TableSwitchInstruction s -> switched(s.defaultTarget(), s.cases(), at);
      case LookupSwitchInstruction s -> switched(s.defaultTarget(), s.cases(), at);
      case ReturnInstruction ignored -> stack.clear();
      case ThrowInstruction ignored -> stack.clear();
      default -> throw new Unknown(instruction.opcode().toString());
    }
  }

  private static Value of(TypeKind kind) {
    return kind.slotSize() == 2 ? Value.WIDE : Value.PLAIN;
  }

  private void switched(Label other, List<SwitchCase> cases, int at) throws Unknown {
    forward(other, at);
    for (SwitchCase one : cases) {
      forward(one.target(), at);
    }
    stack.clear();
  }

  private void constant(ConstantInstruction constant) throws Unknown {
    ConstantDesc value = constant.constantValue();
    if (value instanceof ClassDesc type && !type.isPrimitive()) {
      push(Value.exact(Class.class));
      Class<?> ignored = LookThrough.load(in, type);
    } else if (constant.typeKind() != TypeKind.REFERENCE) {
      push(of(constant.typeKind()));
    } else if (value instanceof String || constant.opcode() == Opcode.ACONST_NULL) {
      push(Value.PLAIN);
    } else {
      throw new Unknown("a constant that is computed");
    }
  }

  private void field(FieldInstruction field) throws Unknown {
    Class<?> owner = LookThrough.load(in, field.owner().asSymbol());
    Value value = Value.of(field.typeSymbol());
    switch (field.opcode()) {
      case GETSTATIC, PUTSTATIC -> {
        look.requireInitialized(owner);
        if (field.opcode() == Opcode.GETSTATIC) {
          push(value);
        } else {
          pop(1);
        }
      }
      case GETFIELD -> {
        pop(1);
        push(value);
      }
      default -> pop(2);
    }
  }

  private void invoke(InvokeInstruction invoke) throws Unknown {
    MethodTypeDesc type = invoke.typeSymbol();
    boolean isStatic = invoke.opcode() == Opcode.INVOKESTATIC;
    List<Value> given = new ArrayList<>();
    for (int i = type.parameterCount() - 1; i >= 0; i--) {
      Value value = pop();
      Value declared = Value.of(type.parameterType(i));
      given.addFirst(
          (value.exact() == null && !value.plain()) || declared.wide() ? declared : value);
    }
    if (!isStatic) {
      given.addFirst(pop());
    }
    Class<?> owner = LookThrough.load(in, invoke.owner().asSymbol());
    String name = invoke.name().stringValue();
    if (!(owner.isArray() && name.equals("clone"))) {
      boolean constructor = name.equals("<init>");
      if (!isStatic && !constructor && given.getFirst().equals(Value.OTHER)) {
        given.set(0, Value.of(invoke.owner().asSymbol()));
      }
      look.call(owner, name, type.descriptorString(), given, invoke.opcode(), constructor);
    }
    if (type.returnType().descriptorString().equals("V")) {
      return;
    }
    push(Value.of(type.returnType()));
  }

  // The texts of a concatenation are those of its parts
  private void dynamic(InvokeDynamicInstruction dynamic) throws Unknown {
    if (!LookThrough.isOf(dynamic, "java/lang/invoke/StringConcatFactory", CONCATENATIONS)) {
      throw new Unknown("invokedynamic of " + dynamic.name().stringValue());
    }
    List<ClassDesc> parameters = dynamic.typeSymbol().parameterList();
    for (int i = parameters.size() - 1; i >= 0; i--) {
      Value value = pop();
      ClassDesc declared = parameters.get(i);
      if (declared.isArray() || !(value.plain() || Value.of(declared).plain())) {
        throw new Unknown("text of any object");
      }
    }
    push(Value.PLAIN);
  }

  private void operator(OperatorInstruction operator) {
    switch (operator.opcode()) {
      case ARRAYLENGTH -> {
        pop(1);
        push(Value.PLAIN);
      }
      case INEG, LNEG, FNEG, DNEG -> {
        pop(1);
        push(operator.typeKind());
      }
      case LCMP, FCMPL, FCMPG, DCMPL, DCMPG -> {
        pop(2);
        push(Value.PLAIN);
      }
      default -> {
        pop(2);
        push(operator.typeKind());
      }
    }
  }

  private void check(TypeCheckInstruction check) throws Unknown {
    Class<?> ignored = LookThrough.load(in, check.type().asSymbol());
    Value value = pop();
    if (check.opcode() == Opcode.INSTANCEOF) {
      push(Value.PLAIN);
    } else {
      Value declared = Value.of(check.type().asSymbol());
      push(value.exact() == null && !value.plain() ? declared : value);
    }
  }

  private void move(Opcode opcode) {
    switch (opcode) {
      case POP -> pop(1);
      case POP2 -> {
        if (!pop().wide()) {
          pop(1);
        }
      }
      case DUP -> {
        Value top = pop();
        push(top);
        push(top);
      }
      case DUP_X1 -> {
        Value top = pop();
        Value below = pop();
        push(top);
        push(below);
        push(top);
      }
      case SWAP -> {
        Value top = pop();
        Value below = pop();
        push(top);
        push(below);
      }
      default -> stack.clear();
    }
  }
}
