/**
 * The instructions on SSE registers that regions compute in short ways of their own (`float-operations.ts`), and where a
 * region's registers are best kept for them. What the instructions mean is defined in `runtime/x86/semantics`; this is
 * the same for the case that nothing unusual happens, and is compared with it by the lockstep and conformance tests.
 */

import type { DecodedInstruction, DecodedOperand } from "../../x86/decode.js";
import { fusedOrders } from "../../x86/float-fused.js";
import type { Block } from "./control-flow.js";
import { type Element, isLoop } from "./structure.js";
import { type ScalarForm, type VectorHome, vectorCount } from "./vector-registers.js";

export type Arithmetic = "add" | "sub" | "mul" | "div" | "sqrt" | "min" | "max";
export type Logic = "and" | "andnot" | "or" | "xor";

export type VectorOperation =
  | { readonly kind: "arithmetic"; readonly name: Arithmetic; readonly form: ScalarForm }
  | { readonly kind: "compare"; readonly form: ScalarForm }
  /** ±x · y ± z. `order`: which of the operands x, y and z are. */
  | {
      readonly kind: "fused";
      readonly form: ScalarForm;
      readonly order: readonly [number, number, number];
      readonly negatesProduct: boolean;
      readonly subtracts: boolean;
    }
  /** From the element to a signed integer. */
  | { readonly kind: "toInteger"; readonly form: ScalarForm; readonly rounds: "trunc" | "nearest" }
  | { readonly kind: "fromInteger"; readonly form: ScalarForm }
  /** To the other precision. */
  | { readonly kind: "convert"; readonly to: ScalarForm }
  /** The lowest element: between registers, into one whose other elements become zero, or to memory. */
  | { readonly kind: "moveElement"; readonly form: ScalarForm; readonly clears: boolean }
  /** The whole register. */
  | { readonly kind: "copy" }
  | { readonly kind: "clear" }
  | { readonly kind: "logic"; readonly name: Logic };

const scalars = { ss: "single", sd: "double" } as const;
const operations = new Map<string, VectorOperation>();
for (const [suffix, form] of Object.entries(scalars)) {
  for (const name of ["add", "sub", "mul", "div", "sqrt", "min", "max"] as const) {
    operations.set(`${name}${suffix}`, { kind: "arithmetic", name, form });
  }
  for (const name of ["comi", "ucomi"]) operations.set(`${name}${suffix}`, { kind: "compare", form });
  operations.set(`cvtt${suffix}2si`, { kind: "toInteger", form, rounds: "trunc" });
  operations.set(`cvt${suffix}2si`, { kind: "toInteger", form, rounds: "nearest" });
  operations.set(`cvtsi2${suffix}`, { kind: "fromInteger", form });
  operations.set(`mov${suffix}`, { kind: "moveElement", form, clears: false });
  for (const [digits, order] of Object.entries(fusedOrders)) {
    for (const [name, negatesProduct, subtracts] of [
      ["fmadd", false, false],
      ["fmsub", false, true],
      ["fnmadd", true, false],
      ["fnmsub", true, true],
    ] as const) {
      operations.set(`${name}${digits}${suffix}`, { kind: "fused", form, order, negatesProduct, subtracts });
    }
  }
}
operations.set("cvtss2sd", { kind: "convert", to: "double" });
operations.set("cvtsd2ss", { kind: "convert", to: "single" });
operations.set("movq", { kind: "moveElement", form: "double", clears: true });
operations.set("movd", { kind: "moveElement", form: "single", clears: true });
for (const name of ["movaps", "movapd", "movdqa", "movups", "movupd", "movdqu"]) operations.set(name, { kind: "copy" });
for (const [name, names] of [
  ["and", "andps andpd pand"],
  ["andnot", "andnps andnpd pandn"],
  ["or", "orps orpd por"],
  ["xor", "xorps xorpd pxor"],
] as const) {
  for (const mnemonic of names.split(" ")) operations.set(mnemonic, { kind: "logic", name });
}

/** Of an instruction with a short way: what it writes, and what it reads. A VEX form has an operand more. */
export interface VectorOperands {
  readonly destination: DecodedOperand | undefined;
  /** What it computes with first, and where the elements come from that are not computed. */
  readonly first: DecodedOperand | undefined;
  readonly source: DecodedOperand | undefined;
  /** The upper half of the YMM register becomes zero. */
  readonly isVex: boolean;
}

export function vectorOperands({ name = "", operands }: DecodedInstruction): VectorOperands {
  const [destination, second, third] = operands;
  const isVex = name.startsWith("v");
  if (third) return { destination, first: second, source: third, isVex };
  return { destination, first: destination, source: second, isVex };
}

/** Undefined for what is compiled from its semantics. */
export function vectorOperation(decoded: DecodedInstruction): VectorOperation | undefined {
  const { name = "", operands } = decoded;
  const { destination, first, source, isVex } = vectorOperands(decoded);
  if (!isVex) return legacyOperation(name, operands);
  if (operands.some((operand) => isVector(operand) && operand.width === 32)) return undefined;
  if (first === destination || operands.length < 3) return legacyOperation(name.slice(1), operands);
  const found = operations.get(name.slice(1));
  switch (found?.kind) {
    case "arithmetic":
    case "fused":
    case "fromInteger":
    case "convert":
      return found;
    case "logic":
      if (isSameVector(first, source)) return found.name === "xor" ? { kind: "clear" } : undefined;
      // It would be computed from what it overwrites.
      return found.name === "andnot" && isSameVector(destination, source) ? undefined : found;
    default:
      return undefined;
  }
}

function isSameVector(one: DecodedOperand | undefined, other: DecodedOperand | undefined): boolean {
  return one?.kind === "vector" && other?.kind === "vector" && one.index === other.index;
}

function legacyOperation(name: string, operands: readonly DecodedOperand[]): VectorOperation | undefined {
  const found = operations.get(name);
  if (!found) return undefined;
  const [first, second] = operands;
  // Not of MMX registers; and between general registers and memory, MOVQ is no vector instruction.
  if (!first || !second || ![first, second].some(isVector) || [first, second].some(({ kind }) => kind === "mmx")) {
    return undefined;
  }
  switch (found.kind) {
    case "copy":
      return isVector(first) && isVector(second) ? found : undefined;
    case "logic": {
      return isSameVector(first, second) && found.name === "xor" ? { kind: "clear" } : found;
    }
    case "moveElement": {
      // Between registers, MOVSD keeps the upper half and MOVQ clears it; what comes from elsewhere is alone.
      const other = [first, second].find((operand) => !isVector(operand));
      return other ? { ...found, form: other.width === 8 ? "double" : "single", clears: true } : found;
    }
    default:
      return found;
  }
}

function isVector(operand: DecodedOperand): operand is DecodedOperand & { kind: "vector" } {
  return operand.kind === "vector";
}

/** Whether it depends on MXCSR that the short way is right. */
export function readsMxcsr({ kind }: VectorOperation): boolean {
  return (
    kind === "arithmetic" || kind === "compare" || kind === "toInteger" || kind === "fromInteger" || kind === "convert"
  );
}

/** The forms in which an operation takes its destination (and the operand beside it) and its source; undefined: as they are. */
function formsOf(operation: VectorOperation | undefined): [VectorHome | undefined, VectorHome | undefined] {
  switch (operation?.kind) {
    case undefined:
      return ["vector", "vector"];
    case "arithmetic":
    case "fused":
    case "compare":
    case "moveElement":
    case "toInteger":
    case "fromInteger":
      return [operation.form, operation.form];
    case "convert":
      return [operation.to, operation.to === "double" ? "single" : "double"];
    default:
      return [undefined, undefined];
  }
}

/** So much more often than what is around it is a loop taken to be executed. */
const loopWeight = 8;

/** The home of every register: the form in which it is used most, loops counting more. */
export function chooseHomes(elements: readonly Element[]): VectorHome[] {
  const votes = Array.from({ length: vectorCount }, () => ({ vector: 0, double: 0, single: 0 }));
  const visit = (list: readonly Element[], weight: number): void => {
    for (const element of list) {
      if (isLoop(element)) visit(element.body, weight * loopWeight);
      else vote(element, weight);
    }
  };
  const vote = (block: Block, weight: number): void => {
    for (const { decoded } of block.instructions) {
      const [form, sourceForm] = formsOf(vectorOperation(decoded));
      const last = decoded.operands.length - 1;
      for (const [position, operand] of decoded.operands.entries()) {
        const counts = operand.kind === "vector" ? votes[operand.index] : undefined;
        const used = position > 0 && position === last ? sourceForm : form;
        if (counts && used) counts[used] += weight;
      }
    }
  };
  visit(elements, 1);
  return votes.map(({ vector, double, single }) => {
    if (double > vector && double >= single) return "double";
    return single > vector ? "single" : "vector";
  });
}
