/** Values that are numbers: how wide they are, and what a number of the user's becomes in them. */
import { bitsOfDouble, integerOf, numberOf, type Value } from "../expressions/value.js";
import { bitSizeOf, bitsOf, plainType, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";

export interface NumberType {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly isPointer: boolean;
  /** An integer that people may want to read in hexadecimal digits. */
  readonly isInteger: boolean;
  bits(source: ValueSource): bigint | undefined;
  /** The bits of what the user gave; undefined where that is no number. */
  convert(given: Value): bigint | undefined;
}

const scratch = new DataView(new ArrayBuffer(4));

/** Undefined for values that are no numbers: structs, arrays. */
export function valueType(value: SourceValue): NumberType | undefined {
  const type = plainType(value.type);
  if (type?.kind !== "base" && type?.kind !== "pointer" && type?.kind !== "enum") return undefined;
  const size = sizeOfType(type);
  const isFloat = type.kind === "base" && type.encoding === "float";
  if (size > 8 && !isFloat) return undefined;
  return {
    name: type.name ?? (type.kind === "pointer" ? "a pointer" : "its type"),
    size,
    isPointer: type.kind === "pointer",
    isInteger: type.kind === "base" && /signed/.test(type.encoding),
    bits: (source) => bitsOf(value, source),
    convert(given) {
      if (given.type.kind === "text") return undefined;
      if (!isFloat) return BigInt.asUintN(bitSizeOf(value), integerOrTruncated(given));
      if (size === 8) return bitsOfDouble(numberOf(given));
      if (size !== 4) return undefined;
      scratch.setFloat32(0, numberOf(given));
      return BigInt(scratch.getUint32(0));
    },
  };
}

function integerOrTruncated(given: Value): bigint {
  return given.type.kind === "float" ? BigInt(Math.trunc(numberOf(given))) : integerOf(given);
}
