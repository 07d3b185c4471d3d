/** Prefixes as words before an instruction: `lock`, `rep`, segments, `rex`, and pseudo prefixes such as `{evex}`. */
import { noPrefixes, type Prefixes, segmentPrefix } from "./encoder.js";
import { Encoding, type EncodingRow, Flags } from "./encoding-table.js";
import type { InstructionContext } from "./instruction-context.js";
import { findRegister } from "./registers.js";
import type { Selection, SelectionRequest } from "./select.js";
import type { InstructionStatement } from "./syntax.js";

/** The prefixes that an instruction is to have, and what its pseudo prefixes ask of the choice of its form. */
export interface ReadPrefixes {
  readonly prefixes: Prefixes;
  readonly request: Pick<SelectionRequest, "encoding" | "direction">;
}

const repeatPrefixes: Readonly<Record<string, number>> = {
  rep: 0xf3,
  repe: 0xf3,
  repz: 0xf3,
  xrelease: 0xf3,
  repne: 0xf2,
  repnz: 0xf2,
  bnd: 0xf2,
  xacquire: 0xf2,
};

/** The words in front of a mnemonic; undefined, and reported, when they cannot be had. */
export function readPrefixes(statement: InstructionStatement, context: InstructionContext): ReadPrefixes | undefined {
  if (statement.prefixes.length === 0) return { prefixes: noPrefixes, request: { encoding: "any", direction: "any" } };
  let prefixes: Prefixes = noPrefixes;
  let encoding: SelectionRequest["encoding"] = "any";
  let direction: SelectionRequest["direction"] = "any";
  for (const { text, range } of statement.prefixes) {
    const repeat = Object.hasOwn(repeatPrefixes, text) ? repeatPrefixes[text] : undefined;
    if (repeat !== undefined) {
      if (prefixes.repeat !== 0) {
        context.report("error", range, `Two repeat prefixes stand together; \`${text}\` is one too many.`);
        return undefined;
      }
      prefixes = { ...prefixes, repeat };
      continue;
    }
    const segment = findRegister(text);
    if (segment?.class === "segment") {
      prefixes = { ...prefixes, segment: segmentPrefix(segment) };
      continue;
    }
    if (text.startsWith("rex")) {
      const letters = text === "rex64" ? "w" : text.slice(4);
      const bits = [...letters].reduce((sum, letter) => sum | ({ w: 8, r: 4, x: 2, b: 1 }[letter] ?? 0), 0x40);
      prefixes = { ...prefixes, rex: bits };
      continue;
    }
    switch (text) {
      case "lock":
        prefixes = { ...prefixes, lock: true };
        break;
      case "data16":
        prefixes = { ...prefixes, data16: true };
        break;
      case "addr32":
        prefixes = { ...prefixes, address32: true };
        break;
      case "notrack":
        prefixes = { ...prefixes, segment: 0x3e };
        break;
      case "wait":
        context.section.appendByte(0x9b);
        break;
      case "{vex}":
      case "{vex2}":
        encoding = "vex";
        break;
      case "{vex3}":
        encoding = "vex";
        prefixes = { ...prefixes, forceVex3: true };
        break;
      case "{evex}":
        encoding = "evex";
        break;
      case "{load}":
        direction = "load";
        break;
      case "{store}":
        direction = "store";
        break;
      case "{rex}":
        prefixes = { ...prefixes, forceRex: true };
        break;
      // No instruction is exchanged for a shorter one anyway.
      case "{nooptimize}":
        break;
      case "{disp8}":
        prefixes = { ...prefixes, forceDisplacement: 1 };
        break;
      case "{disp32}":
        prefixes = { ...prefixes, forceDisplacement: 4 };
        break;
      default:
        context.report("error", range, `The prefix \`${text}\` cannot be used in 64-bit code.`);
        return undefined;
    }
  }
  return { prefixes, request: { encoding, direction } };
}

/** Writes the bytes of prefixes that stand before a branch, or on a line of their own. */
export function emitLonePrefixes(prefixes: Prefixes, context: InstructionContext): void {
  const { section } = context;
  if (prefixes.segment !== 0) section.appendByte(prefixes.segment);
  if (prefixes.address32) section.appendByte(0x67);
  if (prefixes.data16) section.appendByte(0x66);
  if (prefixes.repeat !== 0) section.appendByte(prefixes.repeat);
  if (prefixes.lock) section.appendByte(0xf0);
  if (prefixes.rex !== 0) section.appendByte(prefixes.rex);
}

/** Whether the chosen form takes the prefixes; reports when it does not. */
export function checkPrefixes(
  statement: InstructionStatement,
  prefixes: Prefixes,
  { row, operands }: Selection,
  context: InstructionContext,
): boolean {
  const rangeOf = (pattern: RegExp) =>
    statement.prefixes.find(({ text }) => pattern.test(text))?.range ?? statement.range;
  if (prefixes.lock) {
    const hasMemory =
      operands[0]?.syntax.kind === "memory" || (row.mnemonic === "xchg" && operands[1]?.syntax.kind === "memory");
    if ((row.flags & Flags.canUseLockPrefix) === 0 || !hasMemory) {
      const message = `\`lock\` needs an instruction that reads and writes memory, such as \`lock incq (%rax)\`; \`${statement.mnemonic.text}\` with these operands is not one.`;
      context.report("error", rangeOf(/^lock$/), message);
      return false;
    }
  }
  const memory = operands.find(({ syntax }) => syntax.kind === "memory")?.syntax;
  if (prefixes.address32 && memory?.kind === "memory" && (memory.base?.size === 8 || memory.index?.size === 8)) {
    context.report("error", rangeOf(/^addr32$/), "`addr32` needs 32-bit registers in the address, such as (%eax).");
    return false;
  }
  if (row.encoding !== Encoding.legacy && (prefixes.rex !== 0 || prefixes.forceRex || prefixes.data16)) {
    const word = statement.prefixes.find(({ text }) => /^(\{?rex|data16)/.test(text));
    context.report(
      "error",
      word?.range ?? statement.range,
      `\`${word?.text ?? "rex"}\` cannot stand before \`${statement.mnemonic.text}\`, whose VEX or EVEX prefix takes its place.`,
    );
    return false;
  }
  const destination = operands[0];
  if (destination?.syntax.kind === "memory" && destination.decorations?.zeroing && kindsWrite(row)) {
    const message = "{z} works on registers only: memory keeps the elements that the mask leaves out.";
    context.report("error", destination.syntax.range, message);
    return false;
  }
  if (prefixes.data16 && row.operandSize === 16) {
    context.report(
      "error",
      rangeOf(/^data16$/),
      `\`data16\` is one too many: \`${statement.mnemonic.text}\` has that prefix already.`,
    );
    return false;
  }
  if (prefixes.repeat !== 0 && statement.prefixes.some(({ text }) => text.startsWith("rep"))) {
    // `rep bsf` is tzcnt on processors that have it: compilers write it so.
    const isPlain = /^(ret|nop$|bs[fr]$)/.test(row.mnemonic);
    if ((row.flags & (Flags.canUseRepPrefix | Flags.canUseRepnePrefix)) === 0 && !isPlain) {
      const message = `\`rep\` needs a string instruction, such as \`rep movsb\`; \`${statement.mnemonic.text}\` is not one.`;
      context.report("error", rangeOf(/^rep/), message);
      return false;
    }
  }
  return true;
}

/** Whether the first operand is a destination. */
const kindsWrite = (row: EncodingRow) => /^[wvxy]/.test(row.access);
