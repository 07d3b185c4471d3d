/** The short way of fused multiplication and addition, as the engine compiles it, against the exact definition. */
import { expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { multiply } from "../../../runtime/x86/float/arithmetic.js";
import { FloatEnvironment } from "../../../runtime/x86/float/environment.js";
import { double, type Format, single } from "../../../runtime/x86/float/format.js";
import { multiplyAdd } from "../../../runtime/x86/float/fused.js";
import { general, machineWith } from "../engine/program.js";
import { Random } from "../engine/random-program.js";

const program = [
  ["0fae12", "ldmxcsr (%rdx)"],
  ["c5fd1006", "vmovupd (%rsi), %ymm0"],
  ["c5fd104e20", "vmovupd 32(%rsi), %ymm1"],
  ["c4e2f5a84640", "vfmadd213pd 64(%rsi), %ymm1, %ymm0"],
  ["c5fd1107", "vmovupd %ymm0, (%rdi)"],
  ["0fae5f20", "stmxcsr 32(%rdi)"],
  ["0fae12", "ldmxcsr (%rdx)"],
  ["c5fd1006", "vmovupd (%rsi), %ymm0"],
  ["c4e275ae4640", "vfnmsub213ps 64(%rsi), %ymm1, %ymm0"],
  ["c5fd114740", "vmovupd %ymm0, 64(%rdi)"],
  ["0fae5f60", "stmxcsr 96(%rdi)"],
  ["4883c660", "add $96, %rsi"],
  ["4883ef80", "sub $-128, %rdi"],
  ["83f204", "xor $4, %edx"],
  ["ffc9", "dec %ecx"],
  ["75c1", "jnz"],
] as const;
const instructionsPerRound = program.length;
const [inputs, outputs, controls, rounds] = [0x1000000, 0x2000000, 0x500000, 2000];
/** All exceptions masked, precision not noted and noted. */
const mxcsr = [0x1f80, 0x1fa0] as const;

const random = new Random(21);
const bits64 = () =>
  (BigInt(random.below(1 << 16)) << 48n) | (BigInt(random.below(1 << 24)) << 24n) | BigInt(random.below(1 << 24));

/** A number near one, with a significand of random length. */
function factor(f: Format): bigint {
  const fraction = bits64() & f.fractionMask & (-1n << BigInt(random.below(Number(f.fractionBits) + 1)));
  const bias = f.specialExponent >> 1;
  const exponent = BigInt(bias + random.below(9) - 4);
  return (BigInt(random.below(2)) * f.signBit) | (exponent << f.fractionBits) | (fraction & f.fractionMask);
}

/** Addends that cancel the product, all but; that decide how it is rounded; and any others. */
function addend(f: Format, x: bigint, y: bigint): bigint {
  const product = multiply(f, new FloatEnvironment(0x1f80), x, y);
  switch (random.below(6)) {
    case 0:
      return (product ^ f.signBit) + BigInt(random.below(5) - 2);
    case 1:
      return product ^ (BigInt(random.below(2)) * f.signBit) ^ (bits64() & f.fractionMask);
    case 2: {
      // Far below the last bit of the product.
      const down = BigInt(f.precision + random.below(f.precision + 8)) << f.fractionBits;
      return ((product & ~f.signBit) - down) | (BigInt(random.below(2)) * f.signBit);
    }
    case 3:
      return BigInt(random.below(2)) * f.signBit;
    case 4:
      return random.below(4) === 0 ? bits64() & (2n * f.signBit - 1n) : factor(f);
    default:
      return factor(f);
  }
}

/** 32 bytes of each operand, of doubles or of singles. */
function triples(f: Format): [bigint, bigint, bigint][] {
  return Array.from({ length: f === double ? 4 : 8 }, () => {
    const [x, y] = random.below(40) === 0 ? [0n, factor(f)] : [factor(f), factor(f)];
    return [x, y, addend(f, x, y)];
  });
}

const write = (view: DataView, f: Format, at: number, value: bigint) =>
  f === double ? view.setBigUint64(at, value, true) : view.setUint32(at, Number(value), true);
const read = (view: DataView, f: Format, at: number) =>
  f === double ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
const sizeOf = (f: Format) => (f === double ? 8 : 4);

it("rounds once, and notes what is inexact, as the definition does", () => {
  const machine = machineWith(program, { mode: "regions" });
  const readWrite = { read: true, write: true, execute: false };
  const view = new DataView(new ArrayBuffer(96 * rounds));
  for (let round = 0; round < rounds; round++) {
    // Doubles and singles by turns: what one instruction takes for numbers, the other takes for bits.
    const f = (round >> 1) % 2 === 0 ? double : single;
    for (const [i, operands] of triples(f).entries()) {
      for (const [k, value] of operands.entries()) write(view, f, 96 * round + 32 * k + sizeOf(f) * i, value);
    }
  }
  machine.memory.map(guestAddress(inputs), view.byteLength, readWrite);
  machine.memory.map(guestAddress(outputs), 128 * rounds, readWrite);
  machine.memory.write(guestAddress(inputs), new Uint8Array(view.buffer));
  machine.memory.write(guestAddress(controls), new Uint8Array(new Uint32Array(mxcsr).buffer));
  machine.registers.setGeneral("rsi", BigInt(inputs));
  machine.registers.setGeneral("rdi", BigInt(outputs));
  machine.registers.setGeneral("rdx", BigInt(controls));
  machine.registers.setGeneral("rcx", BigInt(rounds));
  expect(machine.run(rounds * instructionsPerRound)).toEqual({ kind: "limit" });
  expect(general(machine, "rcx")).toEqual([0n]);

  const results = new DataView(machine.memory.read(guestAddress(outputs), 128 * rounds).buffer);
  for (let round = 0; round < rounds; round++) {
    for (const [f, place, negates] of [
      [double, 0, false],
      [single, 64, true],
    ] as const) {
      const environment = new FloatEnvironment(mxcsr[round % 2] ?? 0);
      const [expected, actual]: [string[], string[]] = [[], []];
      for (let at = 0; at < 32; at += sizeOf(f)) {
        const operand = (k: number) => read(view, f, 96 * round + 32 * k + at);
        const result = multiplyAdd(f, environment, [operand(0), operand(1), operand(2)], negates, negates);
        expected.push(result.toString(16));
        actual.push(read(results, f, 128 * round + place + at).toString(16));
      }
      const status = (mxcsr[round % 2] ?? 0) | environment.raised;
      expect([...actual, results.getUint32(128 * round + place + 32, true)], `round ${round}`).toEqual([
        ...expected,
        status,
      ]);
    }
  }
});
