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

/** `isConditional`: they are set under a condition, where nothing is kept narrow. */
export function kindOf(source: FlagSource, decoded: DecodedInstruction, isConditional: boolean): KnownFlags {
  const { kind } = source;
  const isLogic = kind === "result" && source.others.node.kind === "constant" && source.others.node.value === 0n;
  const found = isLogic ? "logic" : kind;
  return !isConditional && isNarrow(source, decoded) ? `narrow ${found}` : found;
}

export function splitKnown(known: Exclude<KnownFlags, KnownOrder | undefined>): { kind: FlagKind; narrow: boolean } {
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
  isConditional = false,
): KnownFlags {
  let known = before;
  for (const statement of statements) {
    if (statement.kind === "flags") known = kindOf(statement.source, decoded, isConditional);
    if (statement.kind !== "if") continue;
    const taken = isTaken(statement.condition);
    const [yes, no] = [statement.yes, statement.no].map((branch) =>
      flagsAfter(branch, known, decoded, isTaken, isConditional || taken === undefined),
    );
    known = taken === undefined ? joined(statement, yes, no) : taken ? yes : no;
  }
  return known;
}

/** Whether the statements set flags, perhaps under a condition. */
export function setFlags(statements: readonly Statement[]): boolean {
  return statements.some(
    (statement) =>
      statement.kind === "flags" || (statement.kind === "if" && (setFlags(statement.yes) || setFlags(statement.no))),
  );
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
  const emit = new Shorthand(code, locals);
  const { a } = locals;
  if (known === undefined || known === "explicit") return false;
  if (isOrder(known)) return emitFlagOfOrder(new CodeByName(code), locals.vectors, known, name);
  const { kind, narrow } = splitKnown(known);
  switch (name) {
    case "zf":
      emit.get("result", narrow);
      emit.operation(narrow ? "i32.eqz" : "i64.eqz");
      return true;
    case "sf":
      emit.get("result", narrow);
      emit.isNegative(narrow);
      return true;
    case "pf":
      emit.get("result", narrow);
      emit.constant(0xff, narrow);
      emit.either("and", narrow);
      code.opcode(narrow ? i32Popcnt : operations["i64.popcnt"][0]);
      if (!narrow) emit.operation("i32.wrap_i64");
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
      emit.get("a", narrow);
      emit.get(kind === "add" ? "result" : "b", narrow);
      emit.either("xor", narrow);
      emit.get(kind === "add" ? "b" : "a", narrow);
      emit.get("result", narrow);
      emit.either("xor", narrow);
      emit.either("and", narrow);
      emit.isNegative(narrow);
      return true;
    default:
      return false;
  }
}

function emitCarry(emit: Shorthand, locals: FlagLocals, kind: FlagKind, narrow: boolean): boolean {
  const { code } = emit;
  const { a, b } = locals;
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
      emit.comparison("b", narrow);
      return true;
    case "add":
      // The carry out of the top bit, whatever came in at the bottom.
      emit.get("a", narrow);
      emit.get("b", narrow);
      emit.either("and", narrow);
      emit.get("a", narrow);
      emit.get("b", narrow);
      emit.either("or", narrow);
      emit.get("result", narrow);
      emit.constant(-1, narrow);
      emit.either("xor", narrow);
      emit.either("and", narrow);
      emit.either("or", narrow);
      emit.isNegative(narrow);
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
  const emit = new Shorthand(code, locals);
  if (isOrder(known)) return emitConditionOfOrder(new CodeByName(code), locals.vectors, known, name);
  if (known === undefined) return false;
  const { kind, narrow } = splitKnown(known);
  switch (name) {
    case "b":
    case "be":
    case "l":
    case "le":
      if (kind === "subtract") {
        emit.comparison(name, narrow);
        return true;
      }
      if (kind === "logic" && name !== "b") {
        if (name === "be") return emitKnownFlag(code, locals, known, "zf");
        emit.get("result", narrow);
        emit.constant(0, narrow);
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

const i32Popcnt = 0x69;

/** Of 64 or, where it is `narrow`, of 32 bits. */
class Shorthand {
  constructor(
    readonly code: FunctionWriter,
    private readonly locals: FlagLocals,
  ) {}

  operation(name: keyof typeof operations): void {
    this.code.opcode(operations[name][0]);
  }

  get(part: "a" | "b" | "result", narrow: boolean): void {
    const { locals } = this;
    const low = { a: locals.lowA, b: locals.lowB, result: locals.lowResult };
    this.code.get(narrow ? low[part] : locals[part]);
  }

  constant(value: number, narrow: boolean): void {
    if (narrow) this.code.i32(value);
    else this.code.i64(BigInt(value));
  }

  either(name: "and" | "or" | "xor", narrow: boolean): void {
    this.operation(`${narrow ? "i32" : "i64"}.${name}`);
  }

  isNegative(narrow: boolean): void {
    this.constant(0, narrow);
    this.code.opcode(ofComparison.l[narrow ? 1 : 0]);
  }

  /** Of the two numbers whose difference was computed. */
  comparison(name: keyof typeof ofComparison, narrow: boolean): void {
    this.get("a", narrow);
    this.get("b", narrow);
    this.code.opcode(ofComparison[name][narrow ? 1 : 0]);
  }
}
