/** The rare half of the interpreter: compact code, flags in memory, memory checks by a function. */
import { operations } from "../x86/operations.js";
import type { MemoryAccess, Node, Value } from "../x86/value.js";
import { accessKind } from "./access-functions.js";
import { negationOf } from "./flag-functions.js";
import { InterpreterEmitter, type InterpreterFunctions, recordLocal, remainingLocal } from "./interpreter-emitter.js";
import { exitCodes, state } from "./layout.js";
import type { FlagPart } from "./semantics-emitter.js";
import { type FunctionWriter, op } from "./wasm-writer.js";

/** Locals of `rare`, parameters first. */
export const rareLocals = {
  record: recordLocal,
  remaining: remainingLocal,
  scratch32: [2, 40],
  scratch64: [42, 64],
  scratch128: [106, 64],
  declarations: [
    [40, "i32"],
    [64, "i64"],
    [64, "v128"],
  ],
} as const;

const flagAddresses = { kind: state.flagKind, a: state.flagA, b: state.flagB, result: state.flagResult } as const;

export class RareEmitter extends InterpreterEmitter {
  constructor(code: FunctionWriter, functions: InterpreterFunctions) {
    super(code, functions, {
      i32: rareLocals.scratch32,
      i64: rareLocals.scratch64,
      v128: rareLocals.scratch128,
    });
  }

  override goOn(): void {
    this.leave(exitCodes.next);
  }

  override exitWithFault(exit: number): void {
    this.leave(exit);
  }

  protected override exitBehind(exit: number): void {
    this.leave(exit);
  }

  protected override jump(target: Value): void {
    this.code.i32(0);
    this.value(target);
    this.code.memory(op.i64Store, state.instructionPointer);
    this.leave(exitCodes.jump);
  }

  protected override getFlagPart(part: FlagPart): void {
    this.code.i32(0);
    this.code.memory(part === "kind" ? op.i32Load : op.i64Load, flagAddresses[part]);
  }

  protected override setFlagPart(part: FlagPart, emit: () => void): void {
    this.code.i32(0);
    emit();
    this.code.memory(part === "kind" ? op.i32Store : op.i64Store, flagAddresses[part]);
  }

  protected override effectiveAddress(): void {
    this.code.get(recordLocal);
    this.code.call(this.functions.effectiveAddress);
  }

  protected override check({ address, size, write, alignment }: MemoryAccess): void {
    this.value(address);
    this.code.i32(accessKind(size, write, alignment));
    this.code.call(this.functions.access);
    this.code.open(op.if);
    this.leave(exitCodes.accessFault);
    this.code.end();
  }

  protected override condition({ name }: Node & { readonly kind: "condition" }): void {
    const negated = negationOf(name);
    this.flagParts();
    this.code.call(this.functions.flags.conditions.get(negated ?? name) ?? 0);
    if (negated) this.code.opcode(operations["i32.eqz"][0]);
  }

  private leave(exit: number): void {
    this.code.i32(exit);
    this.code.byte(op.return);
  }
}
