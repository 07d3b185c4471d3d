/** What is known of the flags when a region is compiled, and the conditions that follow from it without a function. */
import { type ConditionName, type FlagName, flagBits } from "../../x86/flags.js";
import { operations } from "../../x86/operations.js";
import type { FlagSource, Statement, Value } from "../../x86/value.js";
import type { FunctionWriter } from "../wasm-writer.js";
import { CodeByName } from "./float-code.js";
import { emitConditionOfOrder, emitFlagOfOrder, isOrder, type KnownOrder } from "./float-flags.js";
import { leavesRegion } from "./region-instruction.js";
import type { VectorLocals } from "./vector-registers.js";

/**
 * The kind of the last `FlagSource`; `logic`: a result whose CF, AF and OF are clear; or they are the order of two numbers
 * (COMISD).
 */
export type KnownFlags = FlagSource["kind"] | "logic" | KnownOrder | undefined;

export function kindOf(source: FlagSource): KnownFlags {
  const { kind } = source;
  return kind === "result" && source.others.node.kind === "constant" && source.others.node.value === 0n
    ? "logic"
    : kind;
}

/** What is known behind the statements. `isTaken` decides conditions that are constant. */
export function flagsAfter(
  statements: readonly Statement[],
  before: KnownFlags,
  isTaken: (condition: Value) => boolean | undefined,
): KnownFlags {
  let known = before;
  for (const statement of statements) {
    if (statement.kind === "flags") known = kindOf(statement.source);
    if (statement.kind !== "if") continue;
    const taken = isTaken(statement.condition);
    const yes = flagsAfter(statement.yes, known, isTaken);
    const no = flagsAfter(statement.no, known, isTaken);
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
  readonly vectors: VectorLocals;
}

/** Pushes CF, ZF, SF, PF or OF when there is a short way to it; false: there is none, and nothing was pushed. */
export function emitKnownFlag(code: FunctionWriter, locals: FlagLocals, known: KnownFlags, name: FlagName): boolean {
  const emit = new Shorthand(code);
  const { a, b, result } = locals;
  if (known === undefined || known === "explicit") return false;
  if (isOrder(known)) return emitFlagOfOrder(new CodeByName(code), locals.vectors, known, name);
  switch (name) {
    case "zf":
      code.get(result);
      emit.operation("i64.eqz");
      return true;
    case "sf":
      code.get(result);
      code.i64(0n);
      emit.operation("i64.lt_s");
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
      return emitCarry(emit, locals, known);
    case "of":
      if (known === "logic") {
        code.i32(0);
        return true;
      }
      if (known === "result") {
        code.get(a);
        code.i64(BigInt(flagBits.of));
        emit.operation("i64.shr_u");
        emit.operation("i32.wrap_i64");
        code.i32(1);
        emit.operation("i32.and");
        return true;
      }
      if (known !== "subtract" && known !== "add") return false;
      code.get(a);
      code.get(known === "add" ? result : b);
      emit.operation("i64.xor");
      code.get(known === "add" ? b : a);
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

function emitCarry(emit: Shorthand, { a, b, result }: FlagLocals, known: KnownFlags): boolean {
  const { code } = emit;
  switch (known) {
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
      code.get(a);
      code.get(b);
      emit.operation("i64.lt_u");
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

const ofComparison = { b: "i64.lt_u", be: "i64.le_u", l: "i64.lt_s", le: "i64.le_s" } as const;
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
  switch (name) {
    case "b":
    case "be":
    case "l":
    case "le":
      if (known === "subtract") {
        code.get(locals.a);
        code.get(locals.b);
        emit.operation(ofComparison[name]);
        return true;
      }
      if (known === "logic" && name !== "b") {
        code.get(locals.result);
        code.i64(0n);
        emit.operation(name === "be" ? "i64.eq" : ofComparison[name]);
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
}
