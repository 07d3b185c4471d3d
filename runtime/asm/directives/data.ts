/** Directives that lay down data: integers, strings, floating point, LEB128. */
import type { Assembly } from "../assembly.js";
import { lebBytes } from "../layout.js";
import { isConstant } from "../symbols.js";
import type { Argument, DirectiveStatement } from "../syntax.js";
import type { DirectiveHandler } from "./arguments.js";
import { restOf } from "./arguments.js";

/** Whether data can stand in the current section; reports when it cannot. */
function canHoldData(assembly: Assembly, statement: DirectiveStatement): boolean {
  if (!assembly.section.isZeroed) return true;
  const message = `${assembly.section.name} holds only zeros: reserve room with \`.zero\` or \`.skip\`, or put the data into \`.data\`.`;
  assembly.report("error", statement.range, message);
  return false;
}

function isZero(statement: DirectiveStatement): boolean {
  return statement.arguments.every(
    (argument) => argument.kind === "expression" && argument.value.kind === "number" && argument.value.value === 0n,
  );
}

const integers =
  (size: number): DirectiveHandler =>
  (assembly, statement) => {
    const { section } = assembly;
    if (section.isZeroed && !isZero(statement) && !canHoldData(assembly, statement)) return;
    for (const argument of statement.arguments) {
      emitInteger(assembly, statement, argument, size);
      assembly.forgetHere();
    }
  };

function emitInteger(assembly: Assembly, statement: DirectiveStatement, argument: Argument, size: number): void {
  const { section } = assembly;
  if (argument.kind === "empty") {
    section.appendInteger(0n, size);
    return;
  }
  if (argument.kind !== "expression") {
    const hint = argument.kind === "string" ? " Write text with `.ascii` or `.asciz`." : "";
    assembly.report("error", argument.range, `\`${statement.name.text}\` takes numbers and symbols.${hint}`);
    return;
  }
  const value = assembly.evaluate(argument.value);
  if (isConstant(value)) {
    checkRange(assembly, argument, value.constant, size);
    section.appendInteger(value.constant, size);
    return;
  }
  const offset = section.length;
  section.appendInteger(0n, size);
  section.fixups.push({
    offset,
    fragment: section.fragments.length,
    size,
    value,
    relativeTo: -1,
    isSigned: false,
    isBranch: false,
    span: assembly.span(argument.range),
  });
}

/** GNU as cuts off what does not fit, with a warning. */
function checkRange(assembly: Assembly, argument: Argument, value: bigint, size: number): void {
  const bits = BigInt(size * 8);
  if (value >= -(1n << bits) / 2n && value < 1n << bits) return;
  const cut = BigInt.asUintN(size * 8, value);
  const shown = value < 0n ? value.toString() : `0x${value.toString(16)}`;
  assembly.report(
    "warning",
    argument.range,
    `${shown} does not fit ${size === 1 ? "1 byte" : `${size} bytes`}; 0x${cut.toString(16)} is stored instead.`,
  );
}

const strings =
  (terminator: readonly number[], width = 1): DirectiveHandler =>
  (assembly, statement) => {
    if (!canHoldData(assembly, statement)) return;
    for (const argument of statement.arguments) {
      if (argument.kind !== "string") {
        assembly.report("error", argument.range, `\`${statement.name.text}\` takes text in double quotes.`);
        return;
      }
      if (width === 1) assembly.section.append(argument.value);
      else for (const byte of argument.value) assembly.section.appendInteger(BigInt(byte), width);
      if (terminator.length > 0) assembly.section.append(Uint8Array.from(terminator));
    }
  };

const floatNumber = /^[-+]?(?:0[dDfFeE][-+]?)?(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)$/i;

function parseFloating(text: string): number | undefined {
  const trimmed = text.trim().replace(/^([-+]?)0[dDfF](?=[-+.\dinIN])/, "$1");
  if (!floatNumber.test(trimmed)) return undefined;
  const lower = trimmed.toLowerCase();
  const sign = lower.startsWith("-") ? -1 : 1;
  const digits = lower.replace(/^[-+]/, "");
  if (digits.startsWith("inf")) return sign * Number.POSITIVE_INFINITY;
  if (digits === "nan") return Number.NaN;
  return sign * Number(digits);
}

const floats =
  (size: 4 | 8): DirectiveHandler =>
  (assembly, statement) => {
    if (!canHoldData(assembly, statement)) return;
    let column = statement.rest.start;
    for (const piece of restOf(assembly, statement).split(",")) {
      const range = { start: column, end: column + piece.length };
      column += piece.length + 1;
      const value = parseFloating(piece);
      if (value === undefined) {
        assembly.report("error", range, `"${piece.trim()}" is not a floating-point number.`);
        continue;
      }
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      if (size === 4) view.setFloat32(0, value, true);
      else view.setFloat64(0, value, true);
      if (Number.isNaN(value)) bytes.fill(255, 0, size).set([0x7f], size - 1);
      assembly.section.append(bytes);
    }
  };

const leb =
  (isSigned: boolean): DirectiveHandler =>
  (assembly, statement) => {
    if (!canHoldData(assembly, statement)) return;
    for (const argument of statement.arguments) {
      if (argument.kind !== "expression") {
        assembly.report("error", argument.range, `\`${statement.name.text}\` takes numbers.`);
        continue;
      }
      const { section } = assembly;
      const value = assembly.evaluate(argument.value);
      if (isConstant(value)) {
        for (const byte of lebBytes(value.constant, isSigned)) section.appendByte(byte);
        continue;
      }
      section.fragments.push({
        kind: "leb",
        at: section.length,
        value,
        isSigned,
        size: 1,
        span: assembly.span(argument.range),
      });
      assembly.forgetHere();
    }
  };

/** `.ident`: a string in `.comment`, which starts with an empty one. */
const identify: DirectiveHandler = (assembly, statement) => {
  const text = /^"((?:[^"\\]|\\.)*)"$/.exec(restOf(assembly, statement))?.[1];
  if (text === undefined) {
    assembly.report("error", statement.range, "`.ident` takes text in double quotes.");
    return;
  }
  const section = assembly.findSection(".comment", { allocate: false, write: false, execute: false }, "progbits");
  section.isMergeable = true;
  section.isStrings = true;
  section.entrySize = 1;
  if (section.length === 0) section.appendByte(0);
  section.append(new TextEncoder().encode(`${text}\0`));
};

export const dataDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".byte": integers(1),
  ".dc.b": integers(1),
  ".short": integers(2),
  ".hword": integers(2),
  ".word": integers(2),
  ".value": integers(2),
  ".2byte": integers(2),
  ".dc.w": integers(2),
  ".dc": integers(2),
  ".long": integers(4),
  ".int": integers(4),
  ".4byte": integers(4),
  ".dc.l": integers(4),
  ".quad": integers(8),
  ".8byte": integers(8),
  ".dc.a": integers(8),
  ".octa": integers(16),
  ".ascii": strings([]),
  ".asciz": strings([0]),
  ".string": strings([0]),
  ".string8": strings([0]),
  ".string16": strings([0, 0], 2),
  ".string32": strings([0, 0, 0, 0], 4),
  ".float": floats(4),
  ".single": floats(4),
  ".dc.s": floats(4),
  ".double": floats(8),
  ".dc.d": floats(8),
  ".ident": identify,
  ".uleb128": leb(false),
  ".sleb128": leb(true),
};
