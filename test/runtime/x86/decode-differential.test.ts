import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generateOpcodes } from "../../../build/generate-opcodes.mjs";
import { type DecodedInstruction, type DecodedOperand, InstructionDecoder } from "../../../runtime/x86/decode.js";
import { formLines } from "../../../runtime/x86/generated/opcodes.js";
import { ReferenceDecoder } from "../../../runtime/x86/reference-decoder.js";
import { allDefinitions } from "../../../runtime/x86/semantics/index.js";
import { Random } from "../engine/random-program.js";

/** All ModRM bytes of every opcode and combination of prefixes instead of some: takes minutes. */
const isExhaustive = process.env.GREEN_THREADS_EXHAUSTIVE === "1";
const address = 0x40_1000n;

function textOf(instruction: DecodedInstruction | undefined): string {
  if (!instruction) return "(too few bytes)";
  const { length, name, operands, memory, segment, addressSize32, endsRun } = instruction;
  const listed = operands.map(textOfOperand);
  const at = memory ? `[${memory.base} ${memory.index} ${memory.scale} ${memory.displacement}]` : "";
  return `${length} ${name} ${listed.join(" ")} ${at} ${segment} ${addressSize32} ${endsRun} ${instruction.address}`;
}

function textOfOperand(operand: DecodedOperand): string {
  switch (operand.kind) {
    case "register":
      return `r${operand.index}${operand.isHigh ? "h" : ""}:${operand.width}`;
    case "vector":
    case "mmx":
      return `${operand.kind}${operand.index}:${operand.width}`;
    case "memory":
      return `memory:${operand.width}`;
    case "immediate":
      return `$${operand.value}:${operand.width}`;
    case "branch":
      return `->${operand.target}:${operand.width}`;
  }
}

function byTable(bytes: Uint8Array): string {
  return textOf(new InstructionDecoder(bytes, address).next());
}

function byReference(bytes: Uint8Array): string {
  const decoder = new ReferenceDecoder(bytes, address);
  const text = textOf(decoder.next());
  decoder.free();
  return text;
}

const random = new Random(1);
const byte = () => random.below(256);
const chance = (of: number) => random.below(of) === 0;

/** Prefixes that every instruction may have, in any order; most have none. */
function otherPrefixes(): number[] {
  const segments = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x64, 0x65, 0x65];
  return [
    ...(chance(4) ? [segments[random.below(segments.length)] ?? 0] : []),
    ...(chance(8) ? [0x67] : []),
    ...(chance(8) ? [0xf0] : []),
    ...(chance(16) ? [0x40 + random.below(16), 0x2e] : []),
  ];
}

/** ModRM bytes to try: one in memory and two in registers by ModRM.reg; or all of them. */
function* modrmBytes(): Generator<number> {
  if (isExhaustive) {
    for (let modrm = 0; modrm < 256; modrm++) yield modrm;
    return;
  }
  for (let reg = 0; reg < 8; reg++) {
    yield (random.below(3) << 6) | (reg << 3) | random.below(8);
    yield 0xc0 | (reg << 3) | random.below(8);
    if (chance(2)) yield 0xc0 | (reg << 3) | random.below(8);
  }
}

/** What follows an opcode. */
function tail(modrm: number): number[] {
  return [modrm, ...Array.from({ length: 14 }, () => (chance(4) ? 0x25 : byte()))];
}

/** The first inputs on which the two differ. */
class Differences {
  readonly found: string[] = [];

  compare(bytes: readonly number[]): void {
    const code = Uint8Array.from(bytes);
    const [table, reference] = [byTable(code), byReference(code)];
    if (table !== reference && this.found.length < 10) {
      this.found.push(`${Buffer.from(code).toString("hex")}: ${table}, iced: ${reference}`);
    }
  }
}

describe("the table and iced find the same in", () => {
  const opcodes = Array.from({ length: 256 }, (_, opcode) => opcode);
  for (const [title, escapes] of [
    ["the opcodes of one byte", []],
    ["the opcodes behind 0F", [0x0f]],
    ["the opcodes behind 0F 38", [0x0f, 0x38]],
    ["the opcodes behind 0F 3A", [0x0f, 0x3a]],
  ] as const) {
    it(title, () => {
      const differences = new Differences();
      for (const opcode of opcodes) {
        for (const operandSize of [[], [0x66]]) {
          for (const repeat of [[], [0xf3], [0xf2]]) {
            for (const w of [0, 8]) {
              for (const modrm of modrmBytes()) {
                const rex = w !== 0 || chance(2) ? [0x40 | w | random.below(8)] : [];
                const prefixes = chance(2) ? [...operandSize, ...repeat] : [...repeat, ...operandSize];
                differences.compare([...otherPrefixes(), ...prefixes, ...rex, ...escapes, opcode, ...tail(modrm)]);
              }
            }
          }
        }
      }
      expect(differences.found).toEqual([]);
    });
  }

  for (const map of [1, 2, 3]) {
    it(`the opcodes of VEX, map ${map}`, () => {
      const differences = new Differences();
      for (const opcode of opcodes) {
        for (let last = 0; last < 16; last++) {
          for (const modrm of modrmBytes()) {
            const vvvv = chance(2) ? 15 : random.below(16);
            const third = ((last & 8) << 4) | (vvvv << 3) | (last & 7);
            const vex = chance(2) && map === 1 ? [0xc5, third ^ (byte() & 0x80)] : [0xc4, (byte() & 0xe0) | map, third];
            const prefix = chance(64) ? [[0x66, 0xf2, 0xf3, 0x48][random.below(4)] ?? 0] : [];
            differences.compare([...(chance(4) ? otherPrefixes() : []), ...prefix, ...vex, opcode, ...tail(modrm)]);
          }
        }
      }
      expect(differences.found).toEqual([]);
    });
  }

  it("VEX maps that there are not", () => {
    const differences = new Differences();
    for (let map = 0; map < 32; map++) {
      if (map >= 1 && map <= 3) continue;
      for (let k = 0; k < 200; k++) differences.compare([0xc4, (byte() & 0xe0) | map, byte(), byte(), ...tail(byte())]);
    }
    expect(differences.found).toEqual([]);
  });

  it("random bytes", () => {
    const differences = new Differences();
    for (let k = 0; k < 50_000; k++) differences.compare(Array.from({ length: 1 + random.below(18) }, byte));
    expect(differences.found).toEqual([]);
  });
});

it("instructions of one shape have one name, one kind and width of each operand", () => {
  const byShape = new Map<number, string>();
  const different: string[] = [];
  for (let k = 0; k < 100_000; k++) {
    const escapes = [[], [], [0x0f], [0x0f, 0x38], [0xc5, 0x80 | byte()]][random.below(5)] ?? [];
    const code = Uint8Array.from([...otherPrefixes(), ...escapes, byte(), ...tail(byte())]);
    const found = new InstructionDecoder(code, address).next();
    if (found?.shape === undefined) continue;
    const isPlain = found.segment === undefined && !found.addressSize32;
    const text = `${found.name} ${found.operands.map(({ kind, width }) => `${kind}:${width}`)} ${isPlain}`;
    const first = byShape.get(found.shape) ?? text;
    byShape.set(found.shape, first);
    if (first !== text) different.push(`${Buffer.from(code).toString("hex")}: ${text}, before: ${first}`);
  }
  expect(different).toEqual([]);
  expect(byShape.size).toBeGreaterThan(1000);
});

describe("the table", () => {
  it("has every instruction that is defined", () => {
    const names = new Set(formLines.split("\n").map((line) => line.split(",", 1)[0]));
    // JRCXZ under an address-size prefix; and no x87 instruction that does not wait loads from memory.
    const others = ["jecxz", "x87 control load"];
    expect([...allDefinitions().keys()].filter((name) => !names.has(name))).toEqual(others);
  });

  it("is what build/generate-opcodes.mjs makes", async () => {
    const file = readFileSync(new URL("../../../runtime/x86/generated/opcodes.ts", import.meta.url), "utf8");
    expect(await generateOpcodes()).toBe(file);
  });
});
