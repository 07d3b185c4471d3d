/** How values read. */
import { formatAddress } from "../base/guest-address.js";
import { partsOf } from "../values/parts.js";
import { bitSizeOf, bitsOf, plainType, type SourceValue, type ValueSource } from "../values/source-value.js";
import { summary } from "../values/summary.js";
import { quoted, textOf, untilZero } from "../values/text.js";
import { floatOfOperand } from "./arithmetic.js";
import { EvaluationFailure, integerFor, numberFor, operandOf, readBits } from "./operands.js";
import type { Value } from "./scope.js";
import type { FormatLetter } from "./syntax.js";
import { isOfMachine, threadText, traitsOf } from "./types.js";

/** The longest text that `,s` shows, in bytes. */
const longestText = 1000;
/** Parts of a value that a format shows. */
const mostParts = 64;
const deepest = 3;

/** The value as people read it; machine words as `0x2a (42)`, values of the source as their language has them. */
export function showValue(value: Value, source: ValueSource): string {
  const { type } = value;
  if (type === threadText) return value.place.kind === "bytes" ? new TextDecoder().decode(value.place.bytes) : "";
  if (type === undefined || !isOfMachine(type) || value.place.kind === "unknown") return summary(value, source);
  const traits = traitsOf(type);
  const bits = readBits(value, source, 0);
  if (traits.kind === "pointer") return formatAddress(bits);
  if (traits.kind !== "integer") return summary(value, source);
  return traits.bits > 64 ? hexadecimal(bits) : formatWithDecimal(operandOf(value, source, 0)?.integer ?? bits, bits);
}

/** The value as a format has it; of what consists of parts, each of its numbers. */
export function showAs(letter: FormatLetter, value: Value, source: ValueSource, offset: number): string {
  if (value.type === threadText) return showValue(value, source);
  if (letter === "s") return textAt(value, source, offset);
  return shownNumbers(letter, value, source, 0) ?? showNumber(letter, value, source, offset);
}

function shownNumbers(
  letter: Exclude<FormatLetter, "s">,
  value: SourceValue,
  source: ValueSource,
  depth: number,
): string | undefined {
  const kind = plainType(value.type)?.kind;
  if (value.place.kind === "unknown") return summary(value, source);
  if (kind !== "struct" && kind !== "array") return undefined;
  if (depth >= deepest) return "…";
  const { named, indexed, elements } = partsOf(value, source);
  const part = (one: SourceValue) => {
    try {
      return shownNumbers(letter, one, source, depth + 1) ?? showNumber(letter, one, source, 0);
    } catch (error) {
      if (error instanceof EvaluationFailure) return summary(one, source);
      throw error;
    }
  };
  const isList = indexed > 0 || kind === "array";
  const parts = isList
    ? elements(0, Math.min(indexed, mostParts)).map((child) => part(child.value))
    : named.slice(0, mostParts).flatMap((child) => (child.value.isRaw ? [] : [`${child.name}: ${part(child.value)}`]));
  const hasMore = (isList ? indexed : named.length) > mostParts;
  return `${isList ? "[" : "{"}${parts.join(", ")}${hasMore ? ", …" : ""}${isList ? "]" : "}"}`;
}

function showNumber(letter: Exclude<FormatLetter, "s">, value: Value, source: ValueSource, offset: number): string {
  const operand = numberFor("a format", value, source, offset);
  const { traits } = operand;
  const width = traits.kind === "pointer" ? 64 : bitSizeOf({ ...value, type: operand.type });
  const bits = traits.kind === "float" ? (bitsOf(value, source) ?? 0n) : BigInt.asUintN(width, operand.integer);
  switch (letter) {
    case "x":
      return hexadecimal(bits);
    case "u":
      return bits.toString();
    case "d":
      return traits.kind === "float" ? String(floatOfOperand(operand)) : BigInt.asIntN(width, bits).toString();
    case "b":
      return `0b${bits.toString(2)}`;
    case "c":
      return characterOf(bits);
  }
}

/** A text, or the NUL-terminated one at an address, quoted. */
function textAt(value: Value, source: ValueSource, offset: number): string {
  const text = textOf(value, source, longestText);
  if (text !== undefined) return `${quoted(text)}${text.length === longestText ? "…" : ""}`;
  const { integer } = integerFor(",s", value, source, offset);
  const bytes = source.read(BigInt.asUintN(64, integer), longestText);
  if (bytes.length === 0) {
    throw new EvaluationFailure(
      `the memory at ${formatAddress(BigInt.asUintN(64, integer))} cannot be read: nothing is mapped there`,
      offset,
    );
  }
  return `${quoted(untilZero(bytes))}${bytes.includes(0) ? "" : "…"}`;
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
