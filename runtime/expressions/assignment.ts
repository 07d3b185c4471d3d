/** What has to be written so that a value becomes another one. */
import { fail, ok, type Result } from "../base/result.js";
import { bitsOf, bytesAt, type FrameOwner, plainType, sizeOfType, type ValueSource } from "../values/source-value.js";
import { converted } from "./arithmetic.js";
import { EvaluationFailure, operandOf, referred } from "./operands.js";
import type { Value } from "./scope.js";
import { isOfMachine, threadText, traitsOf } from "./types.js";

export type Write =
  | { readonly kind: "memory"; readonly address: bigint; readonly bytes: Uint8Array }
  /** `size`: of the value, in bytes; a register may be wider. */
  | {
      readonly kind: "register";
      readonly register: string;
      readonly bits: bigint;
      readonly size: number;
      readonly owner: FrameOwner | undefined;
    };

/** `name`: of the target, for messages. The error is a sentence. */
export function writeFor(name: string, whole: Value, given: Value, source: ValueSource): Result<Write, string> {
  try {
    const target = referred(whole, source, 0);
    const { place } = target;
    switch (place.kind) {
      case "memory": {
        const bytes = newBytes(name, target, given, source);
        return bytes.ok ? ok({ kind: "memory", address: place.address, bytes: bytes.value }) : bytes;
      }
      case "number":
      case "bytes": {
        const { register, owner } = place;
        if (register === undefined) return fail(whyConstant(name, target));
        const bits = newBits(name, target, given, source);
        return bits.ok
          ? ok({ kind: "register", register, bits: bits.value, size: sizeOfType(target.type), owner })
          : bits;
      }
      case "unknown":
        return fail(`"${name}" cannot be written: ${place.reason}.`);
    }
  } catch (error) {
    if (error instanceof EvaluationFailure) return fail(`"${name}" cannot be written: ${error.message}.`);
    throw error;
  }
}

function whyConstant(name: string, { type }: Value): string {
  return type !== undefined && traitsOf(type).kind === "integer" && /^[a-z_]\w*$/i.test(name)
    ? `"${name}" cannot be written: it is kept nowhere, the compiler knows its value.`
    : `"${name}" cannot be written: write a variable, a register such as $rax, or memory such as [rsp+8].`;
}

/** The bits of a number, of whatever type; undefined of what is none, and of what cannot be read. */
export function registerBits(given: Value, source: ValueSource): bigint | undefined {
  try {
    const operand = given.type === threadText ? undefined : operandOf(given, source, 0);
    if (operand === undefined) return undefined;
    return operand.traits.kind === "float" ? bitsOf(referred(given, source, 0), source) : operand.integer;
  } catch (error) {
    if (error instanceof EvaluationFailure) return undefined;
    throw error;
  }
}

/** The bits of a number as the target has them. */
function newBits(name: string, target: Value, given: Value, source: ValueSource): Result<bigint, string> {
  const traits = traitsOf(target.type);
  if (traits.kind === "array" || traits.kind === "other") {
    return fail(`"${name}" cannot be written as a whole: it is no number. Write its parts.`);
  }
  if (target.type !== undefined && isOfMachine(target.type)) {
    // A register has no type of its own: it takes the bits as they are.
    const bits = registerBits(given, source);
    return bits === undefined
      ? fail(`"${name}" cannot be written: it holds a number, and this is none.`)
      : ok(BigInt.asUintN(8 * sizeOfType(target.type), bits));
  }
  const operand = given.type === threadText ? undefined : operandOf(given, source, 0);
  const plain = plainType(target.type);
  const isBoolean = plain?.kind === "base" && plain.encoding === "boolean";
  const bits = operand && converted(operand, traits, isBoolean, 0);
  if (bits === undefined) return fail(`"${name}" cannot be written: it holds a number, and this is none.`);
  return ok(bits);
}

function newBytes(name: string, target: Value, given: Value, source: ValueSource): Result<Uint8Array, string> {
  const size = sizeOfType(target.type);
  const copied = copiedBytes(target, referred(given, source, 0), size, source);
  if (copied !== undefined) return ok(copied);
  const bits = newBits(name, target, given, source);
  if (!bits.ok) return bits;
  if (target.bits === undefined) return ok(littleEndian(bits.value, size));
  // A bit field shares its bytes with others.
  const { offset, size: width } = target.bits;
  const bytes = Math.ceil((offset + width) / 8);
  const before = bytesAt(target.place, bytes, source);
  if (before === undefined) return fail(`"${name}" cannot be written: its memory cannot be read.`);
  const old = before.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const mask = ((1n << BigInt(width)) - 1n) << BigInt(offset);
  return ok(littleEndian((old & ~mask) | ((bits.value << BigInt(offset)) & mask), bytes));
}

/** A struct or an array becomes another one of its kind; a text fits into an array of characters. */
function copiedBytes(target: Value, given: Value, size: number, source: ValueSource): Uint8Array | undefined {
  const [type, other] = [plainType(target.type), plainType(given.type)];
  if (type?.kind === "struct" && other?.kind === "struct") {
    const areAlike =
      type.name === other.name && type.qualifiedName === other.qualifiedName && size === sizeOfType(other);
    return areAlike ? bytesAt(given.place, size, source) : undefined;
  }
  if (type?.kind !== "array" || other?.kind !== "array") return undefined;
  const length = sizeOfType(other);
  const isText = given.place.kind === "bytes" && length <= size;
  if (!isText && length !== size) return undefined;
  return bytesAt(given.place, length, source);
}

function littleEndian(bits: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Number((bits >> BigInt(8 * index)) & 0xffn));
}
