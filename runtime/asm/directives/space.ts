/** Directives that leave room: alignment, gaps, `.fill`, `.org`. */
import type { Assembly } from "../assembly.js";
import { largestSection } from "../layout.js";
import { isConstant } from "../symbols.js";
import type { DirectiveStatement } from "../syntax.js";
import { type DirectiveHandler, numberArgument } from "./arguments.js";

const align =
  (isPower: boolean, fillSize: number): DirectiveHandler =>
  (assembly, statement) => {
    const { section } = assembly;
    const first = statement.arguments[0];
    const written =
      first === undefined || first.kind === "empty" ? 0n : numberArgument(assembly, statement, 0, "an alignment");
    if (written === undefined) return;
    const range = first?.range ?? statement.range;
    if (isPower ? written < 0n || written > 28n : written < 0n || written > 1n << 28n) {
      assembly.report("error", range, `The alignment ${written} is out of range.`);
      return;
    }
    const alignment = isPower ? 2 ** Number(written) : Math.max(1, Number(written));
    if ((alignment & (alignment - 1)) !== 0) {
      assembly.report("error", range, `An alignment must be a power of two (1, 2, 4, 8, 16, …), not ${alignment}.`);
      return;
    }
    const fillArgument = statement.arguments[1];
    const fill =
      fillArgument === undefined || fillArgument.kind === "empty"
        ? undefined
        : numberArgument(assembly, statement, 1, "the fill value");
    const most = numberArgument(assembly, statement, 2, "the most bytes to skip", 0n);
    if (most === undefined) return;
    section.align(alignment);
    if (alignment === 1 || most < 0n) return;
    // Filling code with 0x90 means NOPs of any length.
    const isNop = fill === 0x90n && fillSize === 1 && section.flags.execute;
    section.fragments.push({
      kind: "align",
      at: section.length,
      alignment,
      fill: isNop ? undefined : fill,
      fillSize,
      most: Number(most),
      size: 0,
      span: assembly.span(statement.range),
    });
  };

/** `.skip`, `.space`, `.zero`: bytes of one value. */
const skip: DirectiveHandler = (assembly, statement) => {
  const fill = numberArgument(assembly, statement, 1, "the fill value", 0n);
  if (fill === undefined) return;
  gap(assembly, statement, 0, BigInt.asUintN(8, fill), 1);
};

/** Leaves `argument i` × `unit` bytes of the fill pattern. */
function gap(assembly: Assembly, statement: DirectiveStatement, i: number, fill: bigint, unit: number): void {
  const { section } = assembly;
  const argument = statement.arguments[i];
  if (argument === undefined || argument.kind !== "expression") {
    assembly.report("error", argument?.range ?? statement.range, `\`${statement.name.text}\` needs a number of bytes.`);
    return;
  }
  if (section.isZeroed && fill !== 0n) {
    assembly.report("error", statement.range, `${section.name} holds only zeros.`);
    return;
  }
  const value = assembly.evaluate(argument.value);
  if (!isConstant(value)) {
    const span = assembly.span(argument.range);
    section.fragments.push({ kind: "gap", at: section.length, count: value, fill, unit, size: 0, span });
    return;
  }
  const bytes = value.constant * BigInt(unit);
  if (bytes < 0n) {
    assembly.report("warning", argument.range, `The count ${value.constant} is negative; nothing is reserved.`);
    return;
  }
  if (bytes + BigInt(section.length) > BigInt(largestSection)) {
    assembly.report("error", argument.range, `${bytes} bytes are too many: a section can have 1 GiB.`);
    return;
  }
  const count = Number(bytes);
  const start = section.reserve(count);
  if (section.isZeroed || fill === 0n) return;
  for (let at = 0; at < count; at++) section.bytes[start + at] = Number((fill >> BigInt(8 * (at % unit))) & 255n);
}

/** `.fill repeat, size, value`: the size is at most 8, and of the value only 4 bytes count. */
const fill: DirectiveHandler = (assembly, statement) => {
  const size = numberArgument(assembly, statement, 1, "the size", 1n);
  const value = numberArgument(assembly, statement, 2, "the value", 0n);
  if (size === undefined || value === undefined) return;
  if (size < 0n) {
    assembly.report("warning", statement.range, `The size ${size} is negative; nothing is filled.`);
    return;
  }
  const unit = size > 8n ? 8 : Number(size);
  if (unit === 0) return;
  gap(assembly, statement, 0, BigInt.asUintN(Math.min(unit, 4) * 8, value), unit);
};

const origin: DirectiveHandler = (assembly, statement) => {
  const { section } = assembly;
  const argument = statement.arguments[0];
  const value = numberArgument(assembly, statement, 1, "the fill value", 0n);
  if (argument?.kind !== "expression" || value === undefined) {
    if (value !== undefined) assembly.report("error", statement.range, "`.org` needs an offset in the section.");
    return;
  }
  section.fragments.push({
    kind: "origin",
    at: section.length,
    count: assembly.evaluate(argument.value),
    fill: BigInt.asUintN(8, value),
    unit: 1,
    size: 0,
    span: assembly.span(argument.range),
  });
};

export const spaceDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".align": align(false, 1),
  ".balign": align(false, 1),
  ".balignw": align(false, 2),
  ".balignl": align(false, 4),
  ".p2align": align(true, 1),
  ".p2alignw": align(true, 2),
  ".p2alignl": align(true, 4),
  ".skip": skip,
  ".space": skip,
  ".zero": skip,
  ".fill": fill,
  ".org": origin,
};
