/** What is known of the flags when a region is compiled, and the conditions that follow from it without a function. */
import type { DecodedInstruction } from "../../x86/decode.js";
import { type ConditionName, type FlagName, flagBits } from "../../x86/flags.js";
import { operations } from "../../x86/operations.js";
import type { FlagSource, Statement, Value } from "../../x86/value.js";
import type { FunctionWriter } from "../wasm-writer.js";
import { CodeByName } from "./float-code.js";
import { emitConditionOfOrder, emitFlagOfOrder, isOrder, type KnownOrder } from "./float-flags.js";
import { isNarrow } from "./narrow-values.js";
import { leavesRegion } from "./region-instruction.js";
import type { VectorLocals } from "./vector-registers.js";

/** The kind of the last `FlagSource`; `logic`: a result whose CF, AF and OF are clear. */
type FlagKind = FlagSource["kind"] | "logic";

/**
 * What the flags follow from; `narrow`: from 32-bit numbers, which are in locals of their own, too. Or they are the order of
 * two numbers (COMISD).
 */
export type KnownFlags = FlagKind | `narrow ${FlagKind}` | KnownOrder | undefined;

export function kindOf(source: FlagSource, decoded: DecodedInstruction): KnownFlags {
  const { kind } = source;
  const isLogic = kind === "result" && source.others.node.kind === "constant" && source.others.node.value === 0n;
  const found = isLogic ? "logic" : kind;
  return isNarrow(source, decoded) ? `narrow ${found}` : found;
}

function splitKnown(known: Exclude<KnownFlags, KnownOrder | undefined>): { kind: FlagKind; narrow: boolean } {
  const narrow = known.startsWith(narrowPrefix);
  return { kind: (narrow ? known.slice(narrowPrefix.length) : known) as FlagKind, narrow };
}

const narrowPrefix = "narrow ";

/** What is known behind the statements. `isTaken` decides conditions that are constant. */
export function flagsAfter(
  statements: readonly Statement[],
  before: KnownFlags,
  decoded: DecodedInstruction,
  isTaken: (condition: Value) => boolean | undefined,
): KnownFlags {
  let known = before;
  for (const statement of statements) {
    if (statement.kind === "flags") known = kindOf(statement.source, decoded);
    if (statement.kind !== "if") continue;
    const taken = isTaken(statement.condition);
    const yes = flagsAfter(statement.yes, known, decoded, isTaken);
    const no = flagsAfter(statement.no, known, decoded, isTaken);
    known = taken === undefined ? joined(statement, yes, no) : taken ? yes : no;
  }
  return known;
}

/** What is known behind a condition: of the branches that get there. */
export function joined(
  { yes, no }: Statement & { readonly kind: "if" },
  afterYes: KnownFlags,
  afterNo: KnownFlags,
): KnownFlags {
  if (leavesRegion(yes)) return afterNo;
  if (leavesRegion(no)) return afterYes;
  return afterYes === afterNo ? afterYes : undefined;
}

/** Locals that hold the parts of the flags. */
export interface FlagLocals {
  readonly a: number;
  readonly b: number;
  readonly result: number;
  /** Their lower halves. */
  readonly lowA: number;
  readonly lowB: number;
  readonly lowResult: number;
  readonly vectors: VectorLocals;
}

/** Pushes CF, ZF, SF, PF or OF when there is a short way to it; false: there is none, and nothing was pushed. */
export function emitKnownFlag(code: FunctionWriter, locals: FlagLocals, known: KnownFlags, name: FlagName): boolean {
  const emit = new Shorthand(code);
  const { a, b, result } = locals;
  if (known === undefined || known === "explicit") return false;
  if (isOrder(known)) return emitFlagOfOrder(new CodeByName(code), locals.vectors, known, name);
  const { kind, narrow } = splitKnown(known);
  switch (name) {
    case "zf":
      code.get(narrow ? locals.lowResult : result);
      emit.operation(narrow ? "i32.eqz" : "i64.eqz");
      return true;
    case "sf":
      emit.isNegative(narrow, narrow ? locals.lowResult : result);
      return true;
    case "pf":
      code.get(result);
      code.i64(0xffn);
      emit.operation("i64.and");
      emit.operation("i64.popcnt");
      emit.operation("i32.wrap_i64");
      code.i32(1);
      emit.operation("i32.and");
      emit.operation("i32.eqz");
      return true;
    case "cf":
      return emitCarry(emit, locals, kind, narrow);
    case "of":
      if (kind === "logic") {
        code.i32(0);
        return true;
      }
      if (kind === "result") {
        code.get(a);
        code.i64(BigInt(flagBits.of));
        emit.operation("i64.shr_u");
        emit.operation("i32.wrap_i64");
        code.i32(1);
        emit.operation("i32.and");
        return true;
      }
      if (kind !== "subtract" && kind !== "add") return false;
      code.get(a);
      code.get(kind === "add" ? result : b);
      emit.operation("i64.xor");
      code.get(kind === "add" ? b : a);
      code.get(result);
      emit.operation("i64.xor");
      emit.operation("i64.and");
      code.i64(0n);
      emit.operation("i64.lt_s");
      return true;
    default:
      return false;
  }
}

function emitCarry(emit: Shorthand, locals: FlagLocals, kind: FlagKind, narrow: boolean): boolean {
  const { code } = emit;
  const { a, b, result } = locals;
  switch (kind) {
    case "logic":
      code.i32(0);
      return true;
    case "result":
      code.get(a);
      emit.operation("i32.wrap_i64");
      code.i32(1);
      emit.operation("i32.and");
      return true;
    case "increment":
    case "decrement":
      code.get(b);
      emit.operation("i32.wrap_i64");
      return true;
    case "subtract":
      emit.comparison("b", narrow, locals);
      return true;
    case "add":
      // The carry out of the top bit, whatever came in at the bottom.
      code.get(a);
      code.get(b);
      emit.operation("i64.and");
      code.get(a);
      code.get(b);
      emit.operation("i64.or");
      code.get(result);
      code.i64(-1n);
      emit.operation("i64.xor");
      emit.operation("i64.and");
      emit.operation("i64.or");
      code.i64(0n);
      emit.operation("i64.lt_s");
      return true;
    default:
      return false;
  }
}

/** Of 64-bit and of 32-bit numbers. */
const ofComparison = { b: [0x54, 0x49], be: [0x58, 0x4d], l: [0x53, 0x48], le: [0x57, 0x4c] } as const;
const flagOfCondition = { o: "of", b: "cf", e: "zf", s: "sf", p: "pf" } as const;

/** The same for a condition in its positive form. */
export function emitKnownCondition(
  code: FunctionWriter,
  locals: FlagLocals,
  known: KnownFlags,
  name: ConditionName,
): boolean {
  const emit = new Shorthand(code);
  if (isOrder(known)) return emitConditionOfOrder(new CodeByName(code), locals.vectors, known, name);
  if (known === undefined) return false;
  const { kind, narrow } = splitKnown(known);
  switch (name) {
    case "b":
    case "be":
    case "l":
    case "le":
      if (kind === "subtract") {
        emit.comparison(name, narrow, locals);
        return true;
      }
      if (kind === "logic" && name !== "b") {
        if (name === "be") return emitKnownFlag(code, locals, known, "zf");
        code.get(narrow ? locals.lowResult : locals.result);
        emit.zero(narrow);
        code.opcode(ofComparison[name][narrow ? 1 : 0]);
        return true;
      }
      return name === "b" && emitKnownFlag(code, locals, known, "cf");
    case "o":
    case "e":
    case "s":
    case "p":
      return emitKnownFlag(code, locals, known, flagOfCondition[name]);
    default:
      return false;
  }
}

class Shorthand {
  constructor(readonly code: FunctionWriter) {}

  operation(name: keyof typeof operations): void {
    this.code.opcode(operations[name][0]);
  }

  zero(narrow: boolean): void {
    if (narrow) this.code.i32(0);
    else this.code.i64(0n);
  }

  isNegative(narrow: boolean, local: number): void {
    this.code.get(local);
    this.zero(narrow);
    this.code.opcode(ofComparison.l[narrow ? 1 : 0]);
  }

  /** Of the two numbers whose difference was computed. */
  comparison(name: keyof typeof ofComparison, narrow: boolean, { a, b, lowA, lowB }: FlagLocals): void {
    this.code.get(narrow ? lowA : a);
    this.code.get(narrow ? lowB : b);
    this.code.opcode(ofComparison[name][narrow ? 1 : 0]);
  }
}
