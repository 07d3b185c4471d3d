/** What the two halves of the interpreter have in common: operands and facts come from the decoded record. */
import type {
  InstructionField,
  Node,
  OperandPosition,
  RegisterPlace,
  SemanticFault,
  Statement,
  Value,
} from "../x86/value.js";
import { type AccessFunctions, accessKind } from "./access-functions.js";
import type { FlagFunctions } from "./flag-functions.js";
import { exitCodes, record, state, vectorAddress } from "./layout.js";
import { type FlagPart, type HelperFunctions, loadOpcode, SemanticsEmitter, storeOpcode } from "./semantics-emitter.js";
import { op } from "./wasm-writer.js";

export interface InterpreterFunctions extends AccessFunctions, HelperFunctions {
  readonly flags: FlagFunctions;
}

/** Both functions take these two parameters first. */
export const recordLocal = 0;
export const remainingLocal = 1;

export abstract class InterpreterEmitter extends SemanticsEmitter {
  constructor(
    code: ConstructorParameters<typeof SemanticsEmitter>[0],
    protected readonly functions: InterpreterFunctions,
    scratch: ConstructorParameters<typeof SemanticsEmitter>[1],
  ) {
    super(code, scratch, functions);
  }

  /** Emits an instruction: what it does, then on to the next. */
  instruction(list: readonly Statement[]): void {
    this.startInstruction();
    this.statements(list);
    const last = list.at(-1)?.kind;
    if (last !== "jump" && last !== "fault" && last !== "systemCall" && last !== "trapFlag") this.goOn();
  }

  /** Ends the instruction; the next one follows. */
  abstract goOn(): void;
  /** Ends the instruction before it has changed anything. */
  abstract exitWithFault(exit: number): void;
  protected abstract jump(target: Value, direct: boolean): void;
  /** Ends the run behind the instruction; rIP has been set. */
  protected abstract exitBehind(exit: number): void;
  protected abstract getFlagPart(part: FlagPart): void;
  protected abstract effectiveAddress(): void;
  protected abstract condition(node: Node & { readonly kind: "condition" }): void;

  protected override ownStatement(statement: Statement): void {
    const { code } = this;
    switch (statement.kind) {
      case "location": {
        const { position, size, result, write, alignment } = statement.access;
        code.get(recordLocal);
        code.i32(operandField(position));
        code.i32(accessKind(size, write, alignment));
        code.call(this.functions.locate);
        result.local = this.newLocal("i32");
        code.local(op.localTee, result.local);
        code.opcode(0x45);
        code.open(op.if);
        this.exitWithFault(exitCodes.accessFault);
        code.end();
        return;
      }
      case "setRegister": {
        const base = this.place(statement.place);
        this.value(statement.value);
        code.memory(storeOpcode(statement.width), base + statement.offset);
        return;
      }
      case "storeLocation":
        this.storeLocation(statement);
        return;
      case "fault":
        this.exitWithFault(exitCodes[statement.fault satisfies SemanticFault]);
        return;
      case "jump":
        this.jump(statement.target, statement.direct);
        return;
      case "systemCall":
      case "trapFlag":
        code.i32(0);
        this.nextAddress();
        code.memory(op.i64Store, state.instructionPointer);
        this.exitBehind(exitCodes[statement.kind]);
        return;
      default:
        throw new Error(`a statement of kind ${statement.kind} does not belong here`);
    }
  }

  protected override ownValue(node: Node): void {
    const { code } = this;
    switch (node.kind) {
      case "register": {
        const base = this.place(node.place);
        code.memory(loadOpcode(node.width, node.signed), base + node.offset);
        return;
      }
      case "immediate":
        code.get(recordLocal);
        code.memory(op.i64Load, record.immediate);
        return;
      case "loadLocation":
        this.value(node.location);
        code.memory(loadOpcode(node.width, node.signed), node.offset);
        return;
      case "effectiveAddress":
        this.effectiveAddress();
        return;
      case "instruction":
        this.instructionField(node.field);
        return;
      case "flag":
        this.flagParts();
        code.call(this.functions.flags.flags[node.name]);
        return;
      case "condition":
        this.condition(node);
        return;
      case "statusFlags":
        this.flagParts();
        code.call(this.functions.flags.all);
        return;
      case "instructionCount":
        code.i32(0);
        code.memory(op.i64Load, state.countAtEnd);
        code.get(remainingLocal);
        code.opcode(0xad);
        code.opcode(0x7d);
        code.i64(1n);
        code.opcode(0x7d);
        return;
      default:
        throw new Error(`a value of kind ${node.kind} does not belong here`);
    }
  }

  /** Pushes the four parts of the flags as the flag functions take them. */
  protected flagParts(): void {
    for (const part of ["kind", "a", "b", "result"] as const) this.getFlagPart(part);
  }

  protected nextAddress(): void {
    this.code.get(recordLocal);
    this.code.memory(op.i64Load32U, record.address);
    this.code.get(recordLocal);
    this.code.memory(op.i64Load8U, record.length);
    this.code.opcode(0x7c);
  }

  private instructionField(field: InstructionField): void {
    const { code } = this;
    switch (field) {
      case "nextAddress":
        this.nextAddress();
        return;
      case "segmentBase":
        code.get(recordLocal);
        code.memory(op.i32Load8U, record.segment);
        code.memory(op.i64Load, state.general);
        return;
      case "addressMask":
        code.i64(0xffffffffn);
        code.i64(-1n);
        code.get(recordLocal);
        code.memory(op.i32Load8U, record.addressSize32);
        code.opcode(op.select);
        return;
      case "scale":
        code.get(recordLocal);
        code.memory(op.i64Load8U, record.scale);
        return;
    }
  }

  /** Pushes a base address; returns what to add to it. */
  private place(place: RegisterPlace): number {
    if (place.kind === "general") {
      this.code.i32(0);
      return state.general + 8 * place.index;
    }
    if (place.kind === "vector") {
      this.code.i32(0);
      return vectorAddress(place.index);
    }
    this.code.get(recordLocal);
    this.code.memory(op.i32Load, operandField(place.position));
    return 0;
  }

  private storeLocation(statement: Statement & { readonly kind: "storeLocation" }): void {
    const { code } = this;
    const store = (opcode: number) => {
      this.value(statement.location);
      this.value(statement.value);
      code.memory(opcode, statement.offset);
    };
    if (!statement.extendsRegister) {
      store(storeOpcode(statement.width));
      return;
    }
    // Registers lie in the first 64 KiB behind `state.general`; guest memory is far above.
    this.value(statement.location);
    code.i32(16);
    code.opcode(0x76);
    code.i32(state.general >>> 16);
    code.opcode(0x46);
    code.open(op.if);
    this.value(statement.location);
    this.value(statement.value);
    code.i64(0xffffffffn);
    code.opcode(0x83);
    code.memory(op.i64Store, statement.offset);
    code.else();
    store(op.i64Store32);
    code.end();
    return;
  }
}

function operandField(position: OperandPosition): number {
  return record.operands[position];
}
