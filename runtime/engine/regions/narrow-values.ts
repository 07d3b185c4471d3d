/**
 * Which values of an instruction are 32-bit numbers in 64 bits, so that compiled code can compute them as such: half of
 * the extensions that the definitions ask for disappear.
 */
import type { DecodedInstruction } from "../../x86/decode.js";
import type { OperationName } from "../../x86/operations.js";
import type { FlagSource, RegisterPlace, Value, Width } from "../../x86/value.js";
import { constantOf } from "./constants.js";

/** What a value is the extension of its lower half by: a set of these. A value that is not negative is both. */
export const extension = { none: 0, signed: 1, unsigned: 2, both: 3 } as const;

const known = new WeakMap<Value, number>();

/** The extensions that make the value out of its lower half. `decoded`: the instruction that it belongs to. */
export function extensionsOf(value: Value, decoded: DecodedInstruction): number {
  let found = known.get(value);
  if (found === undefined) {
    found = value.type === "i64" ? compute(value, decoded) : extension.none;
    known.set(value, found);
  }
  return found;
}

/** Flags that follow from 32-bit numbers. */
export function isNarrow(source: FlagSource, decoded: DecodedInstruction): boolean {
  const isSigned = (value: Value) => (extensionsOf(value, decoded) & extension.signed) !== 0;
  switch (source.kind) {
    case "add":
    case "subtract":
      return isSigned(source.a) && isSigned(source.b) && isSigned(source.result);
    case "increment":
    case "decrement":
    case "result":
      return isSigned(source.result);
    default:
      return false;
  }
}

/** The number of a shift if it is less than 32 for certain; `least` is what it is at least. */
export function shiftCount(count: Value, decoded: DecodedInstruction): { readonly least: number } | undefined {
  const constant = constantOf(count, decoded, false);
  if (constant !== undefined) return constant >= 0n && constant < 32n ? { least: Number(constant) } : undefined;
  const { node } = count;
  if (node.kind !== "operation" || node.name !== "i64.and") return undefined;
  const mask = node.inputs[1] && constantOf(node.inputs[1], decoded, false);
  return mask !== undefined && mask >= 0n && mask < 32n ? { least: 0 } : undefined;
}

/** The general register that the place names, if it is not AH to DH. */
export function plainRegister(place: RegisterPlace, { operands }: DecodedInstruction): number | undefined {
  if (place.kind === "general") return place.index;
  if (place.kind === "vector") return undefined;
  const operand = operands[place.position];
  return operand?.kind === "register" && !operand.isHigh ? operand.index : undefined;
}

function compute({ node }: Value, decoded: DecodedInstruction): number {
  switch (node.kind) {
    case "constant":
      return ofConstant(BigInt.asIntN(64, node.value));
    case "immediate": {
      const operand = decoded.operands[node.position];
      return operand?.kind === "immediate" ? ofConstant(BigInt.asIntN(64, operand.value)) : extension.none;
    }
    case "register":
      if (plainRegister(node.place, decoded) === undefined || node.offset !== 0) return extension.none;
      return ofWidth(node.width, node.signed);
    case "load":
      return ofWidth(node.width, node.signed);
    case "select":
      return extensionsOf(node.yes, decoded) & extensionsOf(node.no, decoded);
    case "operation":
      return ofOperation(node.name, node.inputs, decoded);
    default:
      return extension.none;
  }
}

function ofConstant(value: bigint): number {
  const signed = value >= -0x80000000n && value < 0x80000000n ? extension.signed : 0;
  return signed | (value >= 0n && value < 0x100000000n ? extension.unsigned : 0);
}

function ofWidth(width: Width, signed: boolean): number {
  if (width > 4) return extension.none;
  if (signed) return extension.signed;
  return width < 4 ? extension.both : extension.unsigned;
}

function ofOperation(name: OperationName, inputs: readonly Value[], decoded: DecodedInstruction): number {
  const [first, second] = inputs;
  if (!first) return extension.none;
  switch (name) {
    case "i64.extend8_s":
    case "i64.extend16_s":
    case "i64.extend32_s":
    case "i64.extend_i32_s":
      return extension.signed;
    case "i64.extend_i32_u":
      return extension.unsigned;
    case "i64.or":
    case "i64.xor":
      return second ? extensionsOf(first, decoded) & extensionsOf(second, decoded) : extension.none;
    case "i64.and": {
      if (!second) return extension.none;
      const [a, b] = [extensionsOf(first, decoded), extensionsOf(second, decoded)];
      // It is not larger than the smaller one that is not negative.
      if (a === extension.both || b === extension.both) return extension.both;
      return ((a | b) & extension.unsigned) | (a & b & extension.signed);
    }
    case "i64.shr_u": {
      const count = second && shiftCount(second, decoded);
      if (!count || !(extensionsOf(first, decoded) & extension.unsigned)) return extension.none;
      return count.least > 0 ? extension.both : extensionsOf(first, decoded);
    }
    case "i64.shr_s":
      if (!second || !shiftCount(second, decoded)) return extension.none;
      return extensionsOf(first, decoded) & extension.signed;
    default:
      return extension.none;
  }
}
