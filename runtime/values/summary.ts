/** A value in one line. */
import type { EnumType, StructType, Type } from "../object/dwarf/types.js";
import { activeVariant, childrenOf, targetOf } from "./children.js";
import { formatBase } from "./numbers.js";
import {
  bitSizeOf,
  bitsOf,
  bytesAt,
  plainType,
  type SourceValue,
  sizeOfType,
  type ValueSource,
} from "./source-value.js";
import { isCharacter, mostText, quoted } from "./text.js";
import { type View, viewOf } from "./views/view.js";

/** Parts of parts are shown that deep. */
const deepest = 2;
const mostParts = 8;
const longest = 160;

export function summary(value: SourceValue, source: ValueSource, depth = 0): string {
  if (value.place.kind === "unknown") return `<${value.place.reason}>`;
  const view = viewOf(value, source);
  if (view?.summary !== undefined) return view.summary;
  if (view?.parts !== undefined) return viewSummary(view, source, depth);
  const type = plainType(value.type);
  if (type === undefined) return "<void>";
  switch (type.kind) {
    case "struct":
      return structSummary(value, type, source, depth);
    case "array":
      return arraySummary(value, type, source, depth);
    case "pointer": {
      const target = isReference(type) ? targetOf(value, source) : undefined;
      if (target !== undefined) return summary(target, source, depth);
      break;
    }
    case "function":
      return "<function>";
    case "unspecified":
      return "()";
    default:
      break;
  }
  const bits = bitsOf(value, source);
  if (bits === undefined) {
    const where = value.place.kind === "memory" ? ` at 0x${value.place.address.toString(16)}` : "";
    return `<cannot be read${where}>`;
  }
  switch (type.kind) {
    case "base":
      return formatBase(type, bits, bitSizeOf(value));
    case "enum":
      return enumSummary(type, bits, bitSizeOf(value));
    case "pointer":
      return pointerSummary(bits, type.target, source);
    case "member-pointer":
      return `0x${bits.toString(16)}`;
  }
}

/** It stands for what it refers to: C++'s references, and Rust's and its boxes, which its compiler calls pointers. */
function isReference({ mode, name }: Type & { readonly kind: "pointer" }): boolean {
  return mode !== "pointer" || /^(&|alloc::boxed::Box<)/.test(name ?? "");
}

/** What a wrapper wraps; the elements of a collection. */
function viewSummary({ parts, partCount = 0, partNames }: View, source: ValueSource, depth: number): string {
  if (parts === undefined) return "…";
  const [content] = partNames === undefined ? [] : parts(0, 1);
  if (content !== undefined) return summary(content, source, depth);
  return listed(parts(0, mostParts + 1), partCount, source, depth, "[", "]");
}

function enumSummary(type: EnumType, bits: bigint, width: number): string {
  const same = (value: bigint) => BigInt.asUintN(width, value) === bits;
  const found = type.enumerators.find(({ value }) => same(value));
  const prefix = type.isScoped && type.name !== undefined ? `${type.name}::` : "";
  if (found !== undefined) return `${prefix}${found.name}`;
  // Flags that were joined.
  const flags: string[] = [];
  let rest = bits;
  for (const { name, value } of type.enumerators) {
    const flag = BigInt.asUintN(width, value);
    if (flag === 0n || (flag & (flag - 1n)) !== 0n || (rest & flag) === 0n) continue;
    flags.push(`${prefix}${name}`);
    rest &= ~flag;
  }
  return rest === 0n && flags.length > 0 ? flags.join(" | ") : bits.toString();
}

function pointerSummary(address: bigint, target: Type | undefined, source: ValueSource): string {
  const text = `0x${address.toString(16)}`;
  if (address === 0n) return text;
  const plain = plainType(target);
  if (plain?.kind === "base" && isCharacter(plain)) {
    const bytes = source.read(address, mostText + 1);
    const end = bytes.indexOf(0);
    // Not every char* is a text: what is not ended or not readable stays an address.
    if (end >= 0) return `${text} ${quoted(bytes.subarray(0, end))}`;
    if (bytes.length > mostText) return `${text} ${quoted(bytes.subarray(0, mostText))}…`;
  }
  const place = source.describe(address);
  return place === undefined ? text : `${text} <${place}>`;
}

function arraySummary(
  value: SourceValue,
  type: Type & { readonly kind: "array" },
  source: ValueSource,
  depth: number,
): string {
  const count = type.dimensions[0]?.count ?? 0;
  if (type.dimensions.length === 1 && isCharacter(type.element) && value.place.kind !== "unknown") {
    const size = Math.min(count, mostText);
    const bytes =
      value.place.kind === "memory"
        ? source.read(value.place.address, size)
        : (bytesAt(value.place, size, source) ?? new Uint8Array());
    const end = bytes.indexOf(0);
    return `${quoted(end < 0 ? bytes : bytes.subarray(0, end))}${end < 0 && count > size ? "…" : ""}`;
  }
  const parts = childrenOf(value, source, 0, mostParts + 1).map((child) => child.value);
  return listed(parts, count, source, depth, "[", "]");
}

function listed(
  parts: readonly SourceValue[],
  count: number,
  source: ValueSource,
  depth: number,
  open: string,
  close: string,
): string {
  if (depth >= deepest) return `${open}…${close}`;
  const texts = parts.slice(0, mostParts).map((part) => summary(part, source, depth + 1));
  return bounded(texts, count > texts.length, open, close);
}

function structSummary(value: SourceValue, type: StructType, source: ValueSource, depth: number): string {
  const [part] = type.variantParts;
  if (part !== undefined) {
    const member = activeVariant(value, part, source)?.members[0];
    const [child] = childrenOf(value, source).slice(-1);
    if (member?.name === undefined || child === undefined) return "<no variant has this discriminant>";
    const inner = structBody(child.value, source, depth);
    return inner === "" ? member.name : `${member.name}${inner}`;
  }
  const body = structBody(value, source, depth);
  return body === "" ? (type.name ?? "{}") : body;
}

/** `{x: 1, y: 2}`, `(1, 2)` for a tuple; empty for what has no members. */
function structBody(value: SourceValue, source: ValueSource, depth: number): string {
  const children = childrenOf(value, source).filter((child) => sizeOfType(child.value.type) > 0 || child.value.bits);
  if (children.length === 0) return "";
  const isTuple = children.every(({ name }) => /^__\d+$/.test(name));
  const [open, close] = isTuple ? ["(", ")"] : ["{", "}"];
  if (depth >= deepest) return `${open}…${close}`;
  const texts = children
    .slice(0, mostParts)
    .map((child) => (isTuple ? "" : `${child.name}: `) + summary(child.value, source, depth + 1));
  return bounded(texts, children.length > mostParts, open, close);
}

/** As many as fit. */
function bounded(texts: readonly string[], hasMore: boolean, open: string, close: string): string {
  const shown: string[] = [];
  let length = 0;
  for (const text of texts) {
    length += text.length + 2;
    if (length > longest && shown.length > 0) return `${open}${shown.join(", ")}, …${close}`;
    shown.push(text);
  }
  return `${open}${shown.join(", ")}${hasMore ? ", …" : ""}${close}`;
}
