/** Values that are numbers: how wide they are. */
import { bitsOf, plainType, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";

export interface NumberType {
  readonly isPointer: boolean;
  /** An integer that people may want to read in hexadecimal digits. */
  readonly isInteger: boolean;
  bits(source: ValueSource): bigint | undefined;
}

/** Undefined for values that are no numbers: structs, arrays. */
export function valueType(value: SourceValue): NumberType | undefined {
  const type = plainType(value.type);
  if (type?.kind !== "base" && type?.kind !== "pointer" && type?.kind !== "enum") return undefined;
  const isFloat = type.kind === "base" && type.encoding === "float";
  if (sizeOfType(type) > 8 && !isFloat) return undefined;
  return {
    isPointer: type.kind === "pointer",
    isInteger: type.kind === "base" && /signed/.test(type.encoding),
    bits: (source) => bitsOf(value, source),
  };
}
