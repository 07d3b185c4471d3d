/** Values on the stack of an expression: of the generic type, or of a base type (DWARF 5, section 2.5.1). */
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import * as op from "./operations.js";

/** Thrown inside this folder when a value cannot be known; the message is for the user. */
export class Unavailable extends Error {}

interface StackType {
  /** In bytes. */
  readonly size: number;
  readonly kind: "signed" | "unsigned" | "float";
}

/** The generic type (64 bits, no sign of its own) has no `type`. */
export interface StackValue {
  /** The lowest bits, as many as the type has; not negative. */
  readonly bits: bigint;
  readonly type: StackType | undefined;
}

const signedEncodings = new Set([0x05, 0x06, 0x0d]);
const floatEncoding = 0x04;

export function baseTypeOf(entry: Entry): StackType {
  const size = entry.number(dw.DW_AT_byte_size) ?? 8;
  const encoding = entry.number(dw.DW_AT_encoding) ?? 0;
  const kind = encoding === floatEncoding ? "float" : signedEncodings.has(encoding) ? "signed" : "unsigned";
  if (kind === "float" && size !== 4 && size !== 8)
    throw new Unavailable(`it is computed with floating point of ${size} bytes`);
  return { size, kind };
}

export function generic(value: bigint): StackValue {
  return { bits: BigInt.asUintN(64, value), type: undefined };
}

export function truncated(value: bigint, type: StackType | undefined): StackValue {
  return { bits: BigInt.asUintN((type?.size ?? 8) * 8, value), type };
}

/** The value in another type, as near as that has it. */
export function convert(value: StackValue, type: StackType | undefined): StackValue {
  if (value.type?.kind === "float") {
    const number = asNumber(value);
    if (type?.kind === "float") return fromNumber(number, type);
    return truncated(Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n, type);
  }
  const integer = value.type?.kind === "signed" ? asSigned(value) : value.bits;
  return type?.kind === "float" ? fromNumber(Number(integer), type) : truncated(integer, type);
}

export function unary(code: number, value: StackValue): StackValue {
  const { type } = value;
  if (type?.kind === "float") {
    const number = asNumber(value);
    if (code === op.DW_OP_not) throw new Unavailable("its location computes with bits of a floating-point value");
    return fromNumber(code === op.DW_OP_abs ? Math.abs(number) : -number, type);
  }
  if (code === op.DW_OP_not) return truncated(~value.bits, type);
  const signed = asSigned(value);
  return truncated(code === op.DW_OP_neg || (signed < 0n && type?.kind !== "unsigned") ? -signed : signed, type);
}

export function binary(code: number, first: StackValue, second: StackValue): StackValue {
  const { type } = first;
  if (type?.kind === "float") return floatOperation(code, asNumber(first), asNumber(second), type);
  // The generic type counts as signed where it matters, but for the remainder (section 2.5.1.4).
  const isSigned = type?.kind !== "unsigned";
  const [a, b] = isSigned ? [asSigned(first), asSigned(second)] : [first.bits, second.bits];
  const shift = second.bits;
  const width = BigInt((type?.size ?? 8) * 8);
  switch (code) {
    case op.DW_OP_and:
      return truncated(first.bits & second.bits, type);
    case op.DW_OP_or:
      return truncated(first.bits | second.bits, type);
    case op.DW_OP_xor:
      return truncated(first.bits ^ second.bits, type);
    case op.DW_OP_plus:
      return truncated(a + b, type);
    case op.DW_OP_minus:
      return truncated(a - b, type);
    case op.DW_OP_mul:
      return truncated(a * b, type);
    case op.DW_OP_div:
      if (b === 0n) throw new Unavailable("its location divides by zero");
      return truncated(a / b, type);
    case op.DW_OP_mod: {
      const [dividend, divisor] = type === undefined ? [first.bits, second.bits] : [a, b];
      if (divisor === 0n) throw new Unavailable("its location divides by zero");
      return truncated(dividend % divisor, type);
    }
    case op.DW_OP_shl:
      return shift >= width ? truncated(0n, type) : truncated(first.bits << shift, type);
    case op.DW_OP_shr:
      return shift >= width ? truncated(0n, type) : truncated(first.bits >> shift, type);
    case op.DW_OP_shra:
      return truncated(asSigned(first) >> (shift >= width ? width : shift), type);
    default:
      return generic(compare(code, a, b) ? 1n : 0n);
  }
}

function floatOperation(code: number, a: number, b: number, type: StackType): StackValue {
  switch (code) {
    case op.DW_OP_plus:
      return fromNumber(a + b, type);
    case op.DW_OP_minus:
      return fromNumber(a - b, type);
    case op.DW_OP_mul:
      return fromNumber(a * b, type);
    case op.DW_OP_div:
      return fromNumber(a / b, type);
    case op.DW_OP_eq:
    case op.DW_OP_ne:
    case op.DW_OP_lt:
    case op.DW_OP_le:
    case op.DW_OP_gt:
    case op.DW_OP_ge:
      return generic(compare(code, a, b) ? 1n : 0n);
    default:
      throw new Unavailable("its location computes with bits of a floating-point value");
  }
}

function compare<Value extends bigint | number>(code: number, a: Value, b: Value): boolean {
  switch (code) {
    case op.DW_OP_eq:
      return a === b;
    case op.DW_OP_ne:
      return a !== b;
    case op.DW_OP_lt:
      return a < b;
    case op.DW_OP_le:
      return a <= b;
    case op.DW_OP_gt:
      return a > b;
    default:
      return a >= b;
  }
}

function asSigned(value: StackValue): bigint {
  return BigInt.asIntN((value.type?.size ?? 8) * 8, value.bits);
}

function asNumber(value: StackValue): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, value.bits), true);
  return value.type?.size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function fromNumber(number: number, type: StackType): StackValue {
  const view = new DataView(new ArrayBuffer(8));
  if (type.size === 4) view.setFloat32(0, number, true);
  else view.setFloat64(0, number, true);
  return { bits: view.getBigUint64(0, true), type };
}
