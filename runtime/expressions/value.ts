/** The values that debugger expressions compute with. */
import { formatAddress, type GuestAddress } from "../base/guest-address.js";

export type IntegerBits = 8 | 16 | 32 | 64 | 128;

export type ValueType =
  | { readonly kind: "integer"; readonly bits: IntegerBits; readonly signed: boolean }
  /**
   * An address. `target`: what `*` reads there (a signed 64-bit word when absent). `scaled`: arithmetic counts
   * elements, as in C (`(int*)p + 1` is 4 bytes on); otherwise bytes, as in assembly.
   */
  | { readonly kind: "pointer"; readonly target?: ValueType; readonly scaled: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "boolean" }
  | { readonly kind: "text" };

/** Where a value was read, and can be written. */
export type ValueLocation =
  | { readonly kind: "register"; readonly register: string }
  | { readonly kind: "memory"; readonly address: GuestAddress; readonly bytes: number };

export interface Value {
  readonly type: ValueType;
  /** The bits as an unsigned number; 0 or 1 for a boolean; 0 for a text. */
  readonly bits: bigint;
  readonly text?: string;
  readonly location?: ValueLocation;
}

export const signedWord: ValueType = { kind: "integer", bits: 64, signed: true };
export const unsignedWord: ValueType = { kind: "integer", bits: 64, signed: false };
export const untypedPointer: ValueType = { kind: "pointer", scaled: false };
export const booleanType: ValueType = { kind: "boolean" };

/** In bytes. */
export function sizeOf(type: ValueType): number {
  switch (type.kind) {
    case "integer":
    case "float":
      return type.bits / 8;
    case "pointer":
      return 8;
    case "boolean":
      return 1;
    case "text":
      return 0;
  }
}

/** `long`, `unsigned char*`, as C names it. */
export function nameOfType(type: ValueType): string {
  switch (type.kind) {
    case "integer": {
      const names = { 8: "char", 16: "short", 32: "int", 64: "long", 128: "__int128" } as const;
      return type.signed ? names[type.bits] : `unsigned ${names[type.bits]}`;
    }
    case "pointer":
      return type.target === undefined ? "void*" : `${nameOfType(type.target)}*`;
    case "float":
      return type.bits === 32 ? "float" : "double";
    case "boolean":
      return "bool";
    case "text":
      return "text";
  }
}

/** The number that an integer, a pointer or a boolean stands for. */
export function integerOf(value: Value): bigint {
  return value.type.kind === "integer" && value.type.signed ? BigInt.asIntN(value.type.bits, value.bits) : value.bits;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The number that a float's bits stand for. */
export function floatFromBits(bits: bigint, width: 32 | 64): number {
  if (width === 32) {
    scratch.setUint32(0, Number(bits));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

/** The bits of a number as a double. */
export function bitsOfDouble(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

/** As a number for computing with doubles. */
export function numberOf(value: Value): number {
  return value.type.kind === "float" ? floatFromBits(value.bits, value.type.bits) : Number(integerOf(value));
}

export function isTrue(value: Value): boolean {
  return value.type.kind === "text"
    ? value.text !== ""
    : value.type.kind === "float"
      ? numberOf(value) !== 0
      : value.bits !== 0n;
}

/** How to show a value: `x` hexadecimal, `d` decimal, `u` unsigned decimal, `b` binary, `c` character, `s` text at an address. */
export type FormatSpecifier = "x" | "d" | "u" | "b" | "c" | "s";
export const formatSpecifiers: readonly FormatSpecifier[] = ["x", "d", "u", "b", "c", "s"];

/** The value as people read it. `s` needs memory and is done by the evaluator. */
export function formatValue(value: Value, specifier?: Exclude<FormatSpecifier, "s">): string {
  const { type, bits } = value;
  if (type.kind === "text") return value.text ?? "";
  if (specifier === undefined) {
    switch (type.kind) {
      case "boolean":
        return bits === 0n ? "false" : "true";
      case "float":
        return String(numberOf(value));
      case "pointer":
        return formatAddress(bits);
      case "integer":
        return type.bits === 128 ? hexadecimal(bits) : formatWithDecimal(integerOf(value), bits);
    }
  }
  const width = type.kind === "integer" || type.kind === "float" ? type.bits : 64;
  switch (specifier) {
    case "x":
      return hexadecimal(bits);
    case "u":
      return bits.toString();
    case "d":
      return type.kind === "float" ? String(numberOf(value)) : BigInt.asIntN(width, bits).toString();
    case "b":
      return `0b${bits.toString(2)}`;
    case "c":
      return characterOf(bits);
  }
}

/** `0x2a (42)`; numbers that read the same in both stand alone. */
export function formatWithDecimal(number: bigint, bits: bigint): string {
  return number >= 0n && number <= 9n ? number.toString() : `${hexadecimal(bits)} (${number})`;
}

function hexadecimal(bits: bigint): string {
  return `0x${bits.toString(16)}`;
}

function characterOf(bits: bigint): string {
  const code = Number(bits & 0xffn);
  const escapes: Readonly<Record<number, string>> = { 0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 39: "\\'", 92: "\\\\" };
  const text =
    escapes[code] ??
    (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, "0")}`);
  return `'${text}'`;
}
