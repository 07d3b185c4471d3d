/** Operands in AT&T syntax: `%rax`, `$5`, `8(%rbx,%rcx,4)`, `%fs:(%rax)`, `*%rax`, `sym(%rip)`. */

import { suggestion } from "../base/suggest.js";
import { type Cursor, isSymbolPart, isSymbolStart } from "./cursor.js";
import { parseExpression } from "./expression-parser.js";
import { findRegister, type Register, registerNames } from "./registers.js";
import type { Decorations, Expression, MemoryOperand, Operand, ParseState, RoundingOperand } from "./syntax.js";

/** Reads the register at the cursor (which stands at `%`, or at its name); fails with a suggestion when unknown. */
export function readRegister(cursor: Cursor): Register {
  const start = cursor.at;
  cursor.take("%");
  cursor.skipSpace();
  const written = cursor.readWord();
  const name = written.toLowerCase();
  let register = findRegister(name);
  if (name === "st") {
    const indexed = /^\s*\(\s*([0-7])\s*\)/.exec(cursor.text.slice(cursor.at, cursor.end));
    if (indexed) {
      cursor.at += indexed[0].length;
      register = findRegister(`st(${indexed[1]})`);
    }
  }
  if (register !== undefined) return register;
  if (written === "") cursor.fail("A register name must follow the %, as in %rax.");
  return cursor.fail(
    `There is no register %${written}.${suggestion(
      `%${name}`,
      registerNames().map((known) => `%${known}`),
      "",
    )}`,
    cursor.rangeFrom(start),
  );
}

/** A register written without `%`, where the source allows that. */
export function nakedRegisterAt(cursor: Cursor, state: ParseState): Register | undefined {
  if (!state.nakedRegisters || !isSymbolStart(cursor.peek())) return undefined;
  let end = cursor.at;
  while (end < cursor.end && isSymbolPart(cursor.text.charCodeAt(end))) end++;
  if (end - cursor.at > 5) return undefined;
  return findRegister(cursor.text.slice(cursor.at, end).toLowerCase());
}

const isRegisterNext = (cursor: Cursor, state: ParseState) =>
  cursor.peek() === 37 || nakedRegisterAt(cursor, state) !== undefined;

/** Reads `{%k1}{z}{1to8}` after an operand. */
export function readDecorations(cursor: Cursor, state: ParseState): Decorations | undefined {
  let decorations: Decorations | undefined;
  for (;;) {
    cursor.skipSpace();
    if (cursor.peek() !== 123) return decorations;
    const start = cursor.at;
    cursor.at++;
    cursor.skipSpace();
    if (isRegisterNext(cursor, state)) {
      const mask = readRegister(cursor);
      if (mask.class !== "mask") cursor.fail("A mask must be one of %k1 to %k7.", cursor.rangeFrom(start));
      if (mask.number === 0) {
        cursor.fail("%k0 cannot be a mask: its number means no mask. Use %k1 to %k7.", cursor.rangeFrom(start));
      }
      decorations = { ...decorations, mask };
    } else {
      const word = cursor.readWord().toLowerCase();
      const broadcast = /^1to(2|4|8|16|32)$/.exec(word)?.[1];
      if (word === "z") decorations = { ...decorations, zeroing: true };
      else if (broadcast !== undefined) decorations = { ...decorations, broadcast: Number(broadcast) };
      else cursor.fail("Only {%k1} to {%k7}, {z} and {1toN} can follow an operand.", cursor.rangeFrom(start));
    }
    cursor.skipSpace();
    if (!cursor.take("}")) cursor.fail('A "}" is missing here.', { start, end: cursor.at });
  }
}

const roundingModes = new Set(["rn-sae", "rd-sae", "ru-sae", "rz-sae", "sae"]);

/** Reads `{rn-sae}` where an operand may stand. */
export function readRounding(cursor: Cursor): RoundingOperand {
  const start = cursor.at;
  const match = /^\{\s*([a-z-]+)\s*\}/i.exec(cursor.text.slice(cursor.at, cursor.end));
  const mode = match?.[1]?.toLowerCase();
  if (match === null || mode === undefined || !roundingModes.has(mode)) {
    return cursor.fail("Only {sae}, {rn-sae}, {rd-sae}, {ru-sae} and {rz-sae} can stand for an operand.");
  }
  cursor.at += match[0].length;
  return { kind: "rounding", range: cursor.rangeFrom(start), mode: mode as RoundingOperand["mode"] };
}

/** Whether the "(" at the cursor opens a base and index rather than an expression. */
function opensAddress(cursor: Cursor, state: ParseState): boolean {
  let ahead = cursor.at + 1;
  while (ahead < cursor.end && (cursor.text.charCodeAt(ahead) === 32 || cursor.text.charCodeAt(ahead) === 9)) ahead++;
  const code = cursor.text.charCodeAt(ahead);
  if (ahead < cursor.end && (code === 37 || code === 44)) return true;
  const at = cursor.at;
  cursor.at = ahead;
  const isRegister = nakedRegisterAt(cursor, state) !== undefined;
  cursor.at = at;
  return isRegister;
}

const scales = new Set([1n, 2n, 4n, 8n]);

type Address = Pick<MemoryOperand, "base" | "index" | "scale">;

/** Reads `(base,index,scale)`; the cursor stands at the "(". */
function readAddress(cursor: Cursor): Address {
  const start = cursor.at;
  cursor.at++;
  let base: Register | undefined;
  let index: Register | undefined;
  let scale: 1 | 2 | 4 | 8 = 1;
  cursor.skipSpace();
  if (cursor.peek() !== 44 && cursor.peek() !== 41) base = readRegister(cursor);
  cursor.skipSpace();
  if (cursor.take(",")) {
    cursor.skipSpace();
    if (cursor.peek() !== 44 && cursor.peek() !== 41) {
      if (cursor.peek() === 37 || isSymbolStart(cursor.peek())) index = readRegister(cursor);
    }
    cursor.skipSpace();
    const scaleFollows = index === undefined ? cursor.peek() !== 41 : cursor.take(",");
    if (index === undefined) cursor.take(",");
    cursor.skipSpace();
    if (scaleFollows && cursor.peek() !== 41) {
      const value = parseExpression(cursor);
      if (value.kind !== "number" || !scales.has(value.value)) {
        cursor.fail("The scale of an index must be 1, 2, 4 or 8.", value.range);
      }
      scale = Number(value.value) as 1 | 2 | 4 | 8;
    }
  }
  cursor.skipSpace();
  if (!cursor.take(")")) {
    cursor.fail('An address is written displacement(base,index,scale); its ")" is missing.', {
      start,
      end: Math.max(cursor.at, start + 1),
    });
  }
  return { base, index, scale };
}

function readMemory(
  cursor: Cursor,
  start: number,
  isIndirect: boolean,
  segment: Register | undefined,
  state: ParseState,
) {
  let displacement: Expression | undefined;
  cursor.skipSpace();
  if (!(cursor.peek() === 40 && opensAddress(cursor, state))) {
    displacement = parseExpression(cursor);
    cursor.skipSpace();
  }
  const hasAddress = cursor.peek() === 40;
  const address: Address = hasAddress ? readAddress(cursor) : { scale: 1 };
  const range = cursor.rangeFrom(start);
  const decorations = cursor.peek() === 123 || cursor.peek() === 32 ? readDecorations(cursor, state) : undefined;
  const operand: MemoryOperand = {
    kind: "memory",
    range,
    segment,
    displacement,
    base: address.base,
    index: address.index,
    scale: address.scale,
    isIndirect,
    isBare: !hasAddress,
    size: 0,
    decorations,
  };
  return operand;
}

/** Parses one operand. */
export function parseAttOperand(cursor: Cursor, state: ParseState): Operand {
  cursor.skipSpace();
  const start = cursor.at;
  if (cursor.peek() === 36) {
    cursor.at++;
    const value = parseExpression(cursor);
    return { kind: "immediate", range: cursor.rangeFrom(start), value };
  }
  if (cursor.peek() === 123) return readRounding(cursor);
  const isIndirect = cursor.take("*");
  if (isIndirect) cursor.skipSpace();
  if (cursor.peek() === 91) {
    cursor.fail(
      "Square brackets are Intel syntax. In AT&T syntax write 8(%rax,%rcx,4), or put `.intel_syntax noprefix` first.",
      { start, end: cursor.end },
    );
  }
  if (isRegisterNext(cursor, state)) {
    const register = readRegister(cursor);
    cursor.skipSpace();
    if (cursor.peek() === 58) {
      cursor.at++;
      if (register.class !== "segment") {
        cursor.fail("Only a segment register such as %fs can stand before a colon.", { start, end: cursor.at - 1 });
      }
      return readMemory(cursor, start, isIndirect, register, state);
    }
    const range = { start, end: cursor.at };
    const decorations = cursor.peek() === 123 ? readDecorations(cursor, state) : undefined;
    return { kind: "register", range, register, isIndirect, decorations };
  }
  return readMemory(cursor, start, isIndirect, undefined, state);
}
