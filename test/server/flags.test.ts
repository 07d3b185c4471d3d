/** The judge of the flags in hovers: iced-x86's knowledge of each instruction. */
import { Decoder, DecoderOptions, type Instruction, RflagsBits } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import { expect, test } from "vitest";
import { assemble } from "../../runtime/asm/assembler.js";
import { describeFlags, flagsWritten } from "../../server/data/flags.js";

/** Operands for which the flags depend on nothing: distinct registers. */
const operandsOf: readonly [mnemonics: RegExp, operands: string][] = [
  [/^(cmps|scas|cl|st|cmc|sahf)/, ""],
  [/^(neg|not|inc|dec|mul|div|idiv)$/, " rbx"],
  [/^cmpxchg8b/, " qword ptr [rbx]"],
  [/^cmpxchg16b/, " xmmword ptr [rbx]"],
  [/comi/, " xmm1, xmm2"],
  [/^andn$/, " rbx, rcx, rdx"],
  [/./, " rbx, rcx"],
];

function decode(mnemonic: string): Instruction {
  const operands = operandsOf.find(([mnemonics]) => mnemonics.test(mnemonic))?.[1] ?? "";
  const text = `.intel_syntax noprefix\n${mnemonic}${operands}\n`;
  const { object, diagnostics } = assemble({ path: "test.s", text });
  const bytes = object?.sections.find(({ name }) => name === ".text")?.bytes;
  if (bytes === undefined) throw new Error(`${mnemonic}: ${diagnostics[0]?.message}`);
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  const instruction = decoder.decode();
  decoder.free();
  return instruction;
}

test.each(Object.keys(flagsWritten))("%s", (mnemonic) => {
  initialiseIced();
  const instruction = decode(mnemonic);
  const letters: readonly [string, number][] = [
    ["O", RflagsBits.OF],
    ["S", RflagsBits.SF],
    ["Z", RflagsBits.ZF],
    ["A", RflagsBits.AF],
    ["P", RflagsBits.PF],
    ["C", RflagsBits.CF],
    ["D", RflagsBits.DF],
  ];
  const of = (bits: number): string[] => letters.filter(([, bit]) => (bits & bit) !== 0).map(([letter]) => letter);
  const ours = (how: string): string[] => {
    const part = flagsWritten[mnemonic]?.split(" ").find((each) => each.startsWith(`${how}:`));
    return letters.map(([letter]) => letter).filter((letter) => part?.slice(2).includes(letter));
  };
  expect({ w: ours("w"), 0: ours("0"), 1: ours("1"), u: ours("u") }).toEqual({
    w: of(instruction.rflagsWritten),
    0: of(instruction.rflagsCleared),
    1: of(instruction.rflagsSet),
    u: of(instruction.rflagsUndefined),
  });
  instruction.free();
});

test("in words", () => {
  expect(describeFlags("and")).toBe("SF ZF PF from the result; OF CF cleared; AF undefined");
  expect(describeFlags("mov")).toBeUndefined();
});
