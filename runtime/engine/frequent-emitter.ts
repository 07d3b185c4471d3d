/** The frequent half of the interpreter: flags in locals, memory checks inline, dispatch at the end of every instruction. */
import { operations } from "../x86/operations.js";
import type { MemoryAccess, Node, Value } from "../x86/value.js";
import { accessKind, emitPlainAddress } from "./access-functions.js";
import { negationOf } from "./flag-functions.js";
import { InterpreterEmitter, type InterpreterFunctions, recordLocal, remainingLocal } from "./interpreter-emitter.js";
import { exitCodes, flagKinds, pageBits, permissionTable, record, state } from "./layout.js";
import type { FlagPart } from "./semantics-emitter.js";
import { siteField, switching } from "./switch-layout.js";
import { type FunctionWriter, op } from "./wasm-writer.js";

/** Locals of `run`, parameters first. */
export const frequentLocals = {
  record: recordLocal,
  remaining: remainingLocal,
  kind: 2,
  exit: 3,
  entry: 4,
  scratch32: [5, 12],
  a: 17,
  b: 18,
  result: 19,
  target: 20,
  scratch64: [21, 32],
  scratch128: [53, 0],
  declarations: [
    [15, "i32"],
    [36, "i64"],
  ],
} as const;

const flagAddresses = { kind: state.flagKind, a: state.flagA, b: state.flagB, result: state.flagResult } as const;

/** Labels of the blocks of `run`. */
interface Labels {
  readonly out: number;
  readonly fault: number;
  readonly next: number;
  readonly jump: number;
}

export class FrequentEmitter extends InterpreterEmitter {
  labels: Labels = { out: 0, fault: 0, next: 0, jump: 0 };

  constructor(
    code: FunctionWriter,
    functions: InterpreterFunctions,
    private readonly switchFunction: number,
  ) {
    super(code, functions, {
      i32: frequentLocals.scratch32,
      i64: frequentLocals.scratch64,
      v128: frequentLocals.scratch128,
    });
  }

  loadFlags(): void {
    for (const part of ["kind", "a", "b", "result"] as const) {
      this.code.i32(0);
      this.code.memory(part === "kind" ? op.i32Load : op.i64Load, flagAddresses[part]);
      this.code.set(frequentLocals[part]);
    }
  }

  storeFlags(): void {
    for (const part of ["kind", "a", "b", "result"] as const) {
      this.code.i32(0);
      this.code.get(frequentLocals[part]);
      this.code.memory(part === "kind" ? op.i32Store : op.i64Store, flagAddresses[part]);
    }
  }

  addRemaining(difference: number): void {
    this.code.get(remainingLocal);
    this.code.i32(difference);
    this.code.opcode(operations["i32.add"][0]);
    this.code.set(remainingLocal);
  }

  /** rIP ← the address of the record at hand. */
  setInstructionPointer(): void {
    this.code.i32(0);
    this.code.get(recordLocal);
    this.code.memory(op.i64Load32U, record.address);
    this.code.memory(op.i64Store, state.instructionPointer);
  }

  override goOn(): void {
    this.code.get(recordLocal);
    this.code.i32(record.size);
    this.code.opcode(operations["i32.add"][0]);
    this.code.set(recordLocal);
    this.code.branch(this.labels.next);
  }

  override exitWithFault(exit: number): void {
    this.code.i32(exit);
    this.code.set(frequentLocals.exit);
    this.code.branch(this.labels.fault);
  }

  /** Goes on at the record that this one is linked to; without a link, leaves with the address that `target` pushes. */
  followLink(target: () => void): void {
    const { code } = this;
    code.get(recordLocal);
    code.memory(op.i32Load, record.link);
    code.local(op.localTee, frequentLocals.entry);
    code.open(op.if);
    code.get(frequentLocals.entry);
    code.set(recordLocal);
    code.branch(this.labels.next);
    code.end();
    code.i32(0);
    target();
    code.memory(op.i64Store, state.instructionPointer);
    code.i32(exitCodes.link);
    code.set(frequentLocals.exit);
    code.branch(this.labels.out);
  }

  /**
   * Calls the region of the record and goes on where it ended; returns (in the generated code) when it executed nothing,
   * for the instruction to be executed. `type` and `table`: of regions. Leaves by `stop` at the limit or behind a switch of
   * stacks.
   */
  enterRegion(type: number, table: number, stop: number): void {
    const { code } = this;
    const { remaining, exit, target, entry } = frequentLocals;
    this.addRemaining(1);
    this.storeFlags();
    // A region may have several entries.
    code.i32(0);
    code.get(recordLocal);
    code.memory(op.i64Load32U, record.address);
    code.memory(op.i64Store, state.instructionPointer);
    code.get(remaining);
    code.get(recordLocal);
    code.memory(op.i32Load, record.region);
    code.callIndirect(type, table);
    code.set(entry);
    this.loadFlags();
    code.get(entry);
    code.i32(0);
    code.opcode(op.i32LessSigned);
    code.open(op.if);
    code.get(entry);
    code.i32(-1);
    code.opcode(operations["i32.xor"][0]);
    code.set(remaining);
    code.i32(0);
    code.memory(op.i32Load, state.record);
    code.set(recordLocal);
    this.decideSwitch();
    code.open(op.if);
    code.i32(0);
    code.memory(op.i64Load, state.instructionPointer);
    code.set(target);
    code.branch(this.labels.jump);
    code.end();
    code.i32(exitCodes.stackSwitch);
    code.set(exit);
    code.branch(stop);
    code.end();
    code.i32(0);
    code.memory(op.i64Load, state.instructionPointer);
    code.set(target);
    code.get(entry);
    code.get(remaining);
    code.get(entry);
    code.set(remaining);
    code.opcode(operations["i32.sub"][0]);
    code.branch(this.labels.jump, op.brIf);
    code.get(remaining);
    code.opcode(operations["i32.eqz"][0]);
    code.open(op.if);
    code.i32(exitCodes.limit);
    code.set(exit);
    code.branch(stop);
    code.end();
    this.addRemaining(-1);
  }

  /** Leaves by `stop` when this was the last visit to be counted. */
  countVisit(stop: number): void {
    const { code } = this;
    code.get(recordLocal);
    code.get(recordLocal);
    code.memory(op.i32Load, record.region);
    code.i32(1);
    code.opcode(operations["i32.sub"][0]);
    code.local(op.localTee, frequentLocals.entry);
    code.memory(op.i32Store, record.region);
    code.get(frequentLocals.entry);
    code.opcode(operations["i32.eqz"][0]);
    code.open(op.if);
    this.addRemaining(1);
    code.i32(exitCodes.hot);
    code.set(frequentLocals.exit);
    code.branch(stop);
    code.end();
  }

  /** Notes whether the instruction at hand changes registers that most leave alone. */
  noteRest(): void {
    const { code } = this;
    code.i32(0);
    code.i32(0);
    code.memory(op.i32Load, switching.restChanged);
    code.get(recordLocal);
    code.memory(op.i32Load8U, record.touchesRest);
    code.opcode(operations["i32.or"][0]);
    code.memory(op.i32Store, switching.restChanged);
  }

  noteStack(): void {
    this.code.i32(0);
    this.stackPointer();
    this.code.memory(op.i64Store, state.switchedFrom);
  }

  /** Leaves by `stop` when rSP is outside the window, unless it is decided here who runs now. */
  checkStack(stop: number): void {
    const { code } = this;
    this.stackPointer();
    code.i32(0);
    code.memory(op.i64Load, state.stackWindowLow);
    code.opcode(operations["i64.sub"][0]);
    code.i32(0);
    code.memory(op.i64Load, state.stackWindowSize);
    code.opcode(operations["i64.gt_u"][0]);
    code.get(recordLocal);
    code.memory(op.i32Load8U, siteField.isLoad);
    code.i32(0);
    code.memory(op.i32Load, state.watchesLoads);
    code.opcode(operations["i32.and"][0]);
    code.opcode(operations["i32.or"][0]);
    code.open(op.if);
    this.storeFlags();
    this.decideSwitch();
    code.opcode(operations["i32.eqz"][0]);
    code.open(op.if);
    code.i32(exitCodes.stackSwitch);
    code.set(frequentLocals.exit);
    code.branch(stop);
    code.end();
    code.end();
  }

  /** Pushes whether the switch of stacks at the record is decided, see `switch-function.ts`. */
  private decideSwitch(): void {
    this.code.get(recordLocal);
    this.code.get(remainingLocal);
    this.code.call(this.switchFunction);
  }

  private stackPointer(): void {
    this.code.i32(0);
    this.code.memory(op.i64Load, state.general + 8 * 4);
  }

  protected override jump(target: Value, direct: boolean): void {
    if (direct) {
      this.followLink(() => this.value(target));
      return;
    }
    this.value(target);
    this.code.set(frequentLocals.target);
    this.code.branch(this.labels.jump);
    return;
  }

  protected override exitBehind(exit: number): void {
    this.code.i32(exit);
    this.code.set(frequentLocals.exit);
    this.code.branch(this.labels.out);
  }

  protected override getFlagPart(part: FlagPart): void {
    this.code.get(frequentLocals[part]);
  }

  protected override setFlagPart(part: FlagPart, emit: () => void): void {
    emit();
    this.code.set(frequentLocals[part]);
  }

  protected override effectiveAddress(): void {
    emitPlainAddress(this.code, recordLocal);
  }

  /** The check of permission, upper bits and page crossing in one; what fails it goes the slow way. */
  protected override check({ address, size, write, alignment }: MemoryAccess): void {
    const { code } = this;
    this.value(address);
    code.opcode(operations["i32.wrap_i64"][0]);
    code.i32(12);
    code.opcode(operations["i32.shr_u"][0]);
    code.memory(op.i32Load8U, permissionTable);
    code.i32(write ? pageBits.fastWrite : pageBits.fastRead);
    code.opcode(operations["i32.and"][0]);
    code.opcode(operations["i32.eqz"][0]);
    this.value(address);
    code.i64(-0x100000000n | 0xfffn);
    code.opcode(operations["i64.and"][0]);
    code.i64(BigInt(4096 - size));
    code.opcode(operations["i64.gt_u"][0]);
    code.opcode(operations["i32.or"][0]);
    code.open(op.if);
    this.value(address);
    code.i32(accessKind(size, write, alignment));
    code.call(this.functions.access);
    code.open(op.if);
    this.exitWithFault(exitCodes.accessFault);
    code.end();
    code.end();
  }

  /** The conditions that follow a comparison are computed from its operands; the others by the flag functions. */
  protected override condition({ name }: Node & { readonly kind: "condition" }): void {
    const { code } = this;
    const positive = negationOf(name) ?? name;
    const general = () => {
      this.flagParts();
      code.call(this.functions.flags.conditions.get(positive) ?? 0);
    };
    const ofComparison = { b: "i64.lt_u", be: "i64.le_u", l: "i64.lt_s", le: "i64.le_s" } as const;
    switch (positive) {
      case "e":
      case "s":
        code.get(frequentLocals.kind);
        this.ifElse(
          "i32",
          () => {
            code.get(frequentLocals.result);
            if (positive === "s") code.i64(0n);
            code.opcode(operations[positive === "s" ? "i64.lt_s" : "i64.eqz"][0]);
          },
          general,
        );
        break;
      case "b":
      case "be":
      case "l":
      case "le":
        code.get(frequentLocals.kind);
        code.i32(flagKinds.subtract);
        code.opcode(operations["i32.eq"][0]);
        this.ifElse(
          "i32",
          () => {
            code.get(frequentLocals.a);
            code.get(frequentLocals.b);
            code.opcode(operations[ofComparison[positive]][0]);
          },
          general,
        );
        break;
      default:
        general();
    }
    if (positive !== name) code.opcode(operations["i32.eqz"][0]);
  }
}
