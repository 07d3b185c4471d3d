/**
 * The status flags inside a region. They are kept in locals, as what they follow from; what is known of them is used where
 * somebody looks. The four parts that the interpreter wants are only completed on the ways out, and where control comes
 * together with different knowledge: in a loop, nobody may ever look at them.
 */
import type { ConditionName, FlagName } from "../../x86/flags.js";
import { operations } from "../../x86/operations.js";
import { type FlagFunctions, negationOf } from "../flag-functions.js";
import { flagKinds } from "../layout.js";
import type { FlagPart } from "../semantics-emitter.js";
import type { FunctionWriter } from "../wasm-writer.js";
import { isOrder } from "./float-flags.js";
import { emitKnownCondition, emitKnownFlag, type FlagLocals, type KnownFlags, splitKnown } from "./known-flags.js";

export class RegionFlags {
  /** The region looks at them, or sets them. */
  areUsed = false;
  areSet = false;
  /** What is known of them here. Where it is nothing, all four parts are complete. */
  state: { readonly known: KnownFlags; readonly isComplete: boolean } = { known: undefined, isComplete: true };
  /** Conditions around the code at hand whose branches set flags. */
  private conditions = 0;

  constructor(
    private readonly code: FunctionWriter,
    private readonly locals: FlagLocals & { readonly kind: number },
    private readonly functions: FlagFunctions,
  ) {}

  get known(): KnownFlags {
    return this.state.known;
  }

  /** `known`: whichever way control gets there. */
  startBlock(known: KnownFlags): void {
    this.state = { known, isComplete: known === undefined || isOrder(known) };
  }

  /** Under a condition, all parts are set at once. */
  get areConditional(): boolean {
    return this.conditions > 0;
  }

  /** Flags are being set of which so much is known. `isComplete`: all parts are. */
  set(known: KnownFlags, isComplete: boolean): void {
    this.areSet = true;
    this.state = { known, isComplete };
  }

  /** Before a condition whose branches set flags. */
  startConditional(): void {
    this.complete();
    this.conditions++;
  }

  /** `known`: behind the condition. */
  endConditional(known: KnownFlags): void {
    this.conditions--;
    this.state = { known, isComplete: true };
  }

  pushFlag(name: FlagName): void {
    this.areUsed = true;
    if (emitKnownFlag(this.code, this.locals, this.known, name)) return;
    this.pushParts();
    this.code.call(this.functions.flags[name]);
  }

  pushCondition(name: ConditionName): void {
    const positive = negationOf(name) ?? name;
    this.areUsed = true;
    if (!emitKnownCondition(this.code, this.locals, this.known, positive)) {
      this.pushParts();
      this.code.call(this.functions.conditions.get(positive) ?? 0);
    }
    if (positive !== name) this.code.opcode(operations["i32.eqz"][0]);
  }

  pushAll(): void {
    this.areUsed = true;
    this.pushParts();
    this.code.call(this.functions.all);
  }

  pushPart(part: FlagPart): void {
    this.areUsed = true;
    this.code.get(this.locals[part]);
  }

  /** On a way out: behind it, control is where it was. */
  completeOnWayOut(): void {
    if (!this.state.isComplete) this.emitCompletion();
  }

  /** On the way to a block that is to know so much. */
  completeFor(expected: KnownFlags): void {
    if (expected === this.known) return;
    if (expected !== undefined) throw new Error(`flags are ${this.known}, not ${expected}`);
    this.completeOnWayOut();
  }

  private pushParts(): void {
    this.complete();
    for (const part of ["kind", "a", "b", "result"] as const) this.code.get(this.locals[part]);
  }

  private complete(): void {
    this.completeOnWayOut();
    this.state = { ...this.state, isComplete: true };
  }

  private emitCompletion(): void {
    const { code, known, locals } = this;
    if (known === undefined || isOrder(known)) return;
    const { kind, narrow } = splitKnown(known);
    code.i32(flagKinds[kind === "logic" ? "result" : kind]);
    code.set(locals.kind);
    if (!narrow) return;
    const extend = (low: number, whole: number) => {
      code.get(low);
      code.opcode(operations["i64.extend_i32_s"][0]);
      code.set(whole);
    };
    extend(locals.lowResult, locals.result);
    if (!ofTwoNumbers(kind)) return;
    extend(locals.lowA, locals.a);
    extend(locals.lowB, locals.b);
  }
}

/** Where the numbers are narrow, both of them are kept so, and not only the result. */
export function ofTwoNumbers(kind: string): boolean {
  return kind === "add" || kind === "subtract";
}
