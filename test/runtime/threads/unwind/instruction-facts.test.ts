import { describe, expect, it } from "vitest";
import { type InstructionFacts, InstructionReader } from "../../../../runtime/threads/unwind/instruction-facts.js";
import { referenceFacts } from "../../../../runtime/threads/unwind/reference-facts.js";
import { Random } from "../../engine/random-program.js";

const address = 0x40_1000;
const reader = new InstructionReader();

/** What the stack analysis makes of the facts; operands of other instructions it does not look at. */
function textOf(facts: InstructionFacts | undefined): string {
  if (facts === undefined) return "none";
  const { length, operation, flow, writes, writesOperand0, stackIncrement, mentions } = facts;
  const isLookedAt = operation !== "other" || flow.kind === "indirectJump" || flow.kind === "call";
  const operands = isLookedAt ? facts.operands : facts.operands.slice(0, writesOperand0 ? 1 : 0);
  return JSON.stringify({
    length,
    operation,
    operands: operands.map((operand) => textOfOperand(operand, operands[0]?.kind === "register")),
    flow,
    writes: [...writes].sort((one, two) => one - two),
    writesOperand0,
    stackIncrement,
    // Others are constants, lengthened.
    mentions: mentions !== undefined && mentions >= 2 ** 16 && mentions < 2 ** 31 ? mentions : undefined,
  });
}

/** Constants of fewer than 64 bits are never looked at: they need not be extended. */
function textOfOperand(operand: InstructionFacts["operands"][number], isOf64Bits: boolean): string {
  switch (operand.kind) {
    case "register":
      return `r${operand.register}`;
    case "memory":
      return operand.base === undefined
        ? `memory at ${operand.address}`
        : `[r${operand.base} + ${operand.displacement}]:${operand.size}`;
    case "immediate":
      return isOf64Bits ? `${operand.value}` : "constant";
    case "other":
      return "other";
  }
}

const legacyPrefixes = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];

/** Where our decoder is of another opinion: selectors are constants, hints do nothing, LEA has no segment. */
function isMeant(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => !legacyPrefixes.includes(byte) && (byte & 0xf0) !== 0x40);
  const [first, second = 0] = bytes.subarray(at);
  return (
    first === 0x8c ||
    (first === 0x8d && (bytes.includes(0x64) || bytes.includes(0x65))) ||
    (first === 0x0f && (second === 0xa0 || second === 0xa8 || second === 0x0d || (second & 0xf8) === 0x18))
  );
}

const random = new Random(7);
const byte = () => random.below(256);
const chance = (of: number) => random.below(of) === 0;

function tail(): number[] {
  return Array.from({ length: 14 }, () => (chance(4) ? 0x25 : byte()));
}

function differencesAmong(encodings: Iterable<readonly number[]>): string[] {
  const found: string[] = [];
  for (const encoding of encodings) {
    const bytes = Uint8Array.from(encoding).subarray(0, 15);
    if (isMeant(bytes)) continue;
    const [ours, reference] = [reader.read(bytes, address, 1)[0], referenceFacts(bytes, address)];
    if (textOf(ours) !== textOf(reference))
      found.push(`${Buffer.from(bytes).toString("hex")}: ${textOf(ours)}, iced: ${textOf(reference)}`);
  }
  return found;
}

/** Each opcode of a map with prefixes and operands of all kinds. */
function* encodings(escapes: readonly number[]): Generator<number[]> {
  for (let opcode = 0; opcode < 256; opcode++) {
    for (const operandSize of [[], [0x66]]) {
      for (const repeat of [[], [0xf3], [0xf2]]) {
        for (const w of [0, 8]) {
          for (let reg = 0; reg < 8; reg++) {
            for (const modrm of [
              (random.below(3) << 6) | (reg << 3) | random.below(8),
              0xc0 | (reg << 3) | random.below(8),
            ]) {
              const other = [...(chance(8) ? [0x64] : []), ...(chance(8) ? [0x67] : []), ...(chance(8) ? [0xf0] : [])];
              const rex = w !== 0 || chance(2) ? [0x40 | w | random.below(8)] : [];
              yield [...other, ...operandSize, ...repeat, ...rex, ...escapes, opcode, modrm, ...tail()];
            }
          }
        }
      }
    }
  }
}

describe("the facts of instructions are iced's", () => {
  for (const [title, escapes] of [
    ["the opcodes of one byte", []],
    ["the opcodes behind 0F", [0x0f]],
    ["the opcodes behind 0F 38", [0x0f, 0x38]],
    ["the opcodes behind 0F 3A", [0x0f, 0x3a]],
  ] as const) {
    it(title, () => expect(differencesAmong(encodings(escapes)).slice(0, 10)).toEqual([]));
  }

  for (const map of [1, 2, 3]) {
    it(`the opcodes of VEX, map ${map}`, () => {
      const all = Array.from({ length: 256 * 32 }, (_, k) => [
        0xc4,
        (byte() & 0xe0) | map,
        chance(2) ? (byte() & 0x87) | 0x78 : byte(),
        k & 0xff,
        ...tail(),
      ]);
      expect(differencesAmong(all).slice(0, 10)).toEqual([]);
    });
  }

  it("random bytes", () => {
    const all = Array.from({ length: 20_000 }, () => Array.from({ length: 15 }, byte));
    expect(differencesAmong(all).slice(0, 10)).toEqual([]);
  });
});
