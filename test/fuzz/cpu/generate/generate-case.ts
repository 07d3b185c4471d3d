/** The case that a seed and a number stand for: one instruction, or a sequence with jumps and a counted loop. */

import { trapFlag } from "../../../../runtime/x86/flags.js";
import { Random } from "../../../runtime/engine/random-program.js";
import type { FuzzCase, Unit } from "../fuzz-case.js";
import { inspect } from "../inspect.js";
import { flagsLeftUndefined } from "../undefined-flags.js";
import { CaseBuilder } from "./case-builder.js";
import { encodeRow } from "./encode-row.js";
import { isExtendedState } from "./extended-state.js";
import { approximateFamilies, type Choice, isIncomparable } from "./families.js";
import { isOnlyAlone, pickRow } from "./pick-row.js";
import { integer64 } from "./values.js";

export interface GeneratorOptions {
  readonly families: ReadonlyMap<string, readonly Choice[]>;
  /** Only this family; or all, by weight. */
  readonly only: string | undefined;
  /** Instructions in a case; otherwise one, or two to twelve. */
  readonly length: number | undefined;
}

/** These look into the stack, and what they find there matters. */
const flagImage = 0xcd5 | (1 << 14) | (1 << 21);
const [accumulator, counter, data, frame, source, destination] = [0, 1, 2, 5, 6, 7];

export function mix(seed: number, index: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 15)) >>> 0;
}

export function generateCase(seed: number, index: number, options: GeneratorOptions): FuzzCase {
  const random = new Random(mix(seed, index));
  for (;;) {
    const length = options.length ?? (random.below(5) < 2 ? 1 : 2 + random.below(11));
    const builder = new CaseBuilder(random, length > 1);
    if (length === 1) addInstruction(builder, options);
    else addSequence(builder, length, options);
    const test = builder.finish();
    if (flagsLeftUndefined(test) !== undefined) return test;
  }
}

function addInstruction(builder: CaseBuilder, options: GeneratorOptions): void {
  const { random } = builder;
  for (let tries = 0; tries < 30; tries++) {
    const { choice, family } = pickRow(random, options);
    if (builder.isSequence && (approximateFamilies.has(family) || isOnlyAlone(choice.mnemonic))) continue;
    if (/^popfq?$/.test(choice.mnemonic)) {
      const traces = random.below(6) === 0 ? trapFlag : 0;
      builder.add({ bytes: Uint8Array.of(0x68, ...bytesOf((random.below(1 << 22) & flagImage) | traces)) });
      builder.add({ bytes: Uint8Array.of(...(random.below(8) === 0 ? [0x66] : []), 0x9d) });
      return;
    }
    prepare(builder, choice.mnemonic);
    const unit = encodeRow(builder, random.pick(choice.rows));
    const inspected = inspect(unit.bytes);
    // Prefixes may have made something else of it, or something that is too long.
    if (inspected?.mnemonic && (isIncomparable(inspected.mnemonic) || /^popf/.test(inspected.mnemonic))) continue;
    if (inspected && inspected.length !== unit.bytes.length && inspected.mnemonic) continue;
    if (builder.isSequence && inspected?.writes.some((register) => builder.reserved.has(register))) continue;
    if (inspected && inspected.flagsRead !== 0) defineFlags(builder);
    builder.add(unit);
    return;
  }
}

/** Flags that somebody reads must be defined: a comparison, unless they are. */
function defineFlags(builder: CaseBuilder): void {
  const left = flagsLeftUndefined({ ...builder.finish(), units: builder.units });
  if (left?.at(-1) === 0) return;
  const [first, second] = [builder.random.below(8), builder.random.below(8)];
  builder.add({ bytes: Uint8Array.of(0x39, 0xc0 | (first << 3) | second) });
}

/** Implicit operands that make sense. */
function prepare(builder: CaseBuilder, mnemonic: string): void {
  const { random } = builder;
  const pointer = () => 0x20000000n + BigInt(random.below(0x3000));
  if (/^(fu?com|ftst|ficom)/.test(mnemonic)) builder.masksOperands = true;
  if (/^(f2xm1|fyl2xp1)$/.test(mnemonic)) builder.hasSmallTop = true;
  if (/^(movs|cmps|stos|lods|scas)[bwdq]$/.test(mnemonic)) {
    builder.suggest(source, pointer());
    builder.suggest(destination, random.below(4) === 0 ? (builder.known(source) ?? 0n) + 8n : pointer());
    builder.suggest(counter, random.below(8) === 0 ? integer64(random) : BigInt(random.below(24)));
  } else if (/^v?maskmov/.test(mnemonic)) builder.suggest(destination, pointer());
  else if (isExtendedState(mnemonic)) {
    builder.suggest(accumulator, BigInt(random.below(8)));
    builder.suggest(data, 0n);
  } else if (mnemonic === "xlatb") builder.suggest(3, pointer());
  else if (/div$/.test(mnemonic)) builder.suggest(data, BigInt(random.below(5) - 1));
  else if (mnemonic === "leave") builder.suggest(frame, 0x30001000n + BigInt(8 * random.below(16)));
  else if (/^bt/.test(mnemonic)) builder.suggest(8 + random.below(8), BigInt(random.below(600) - 200));
  else if (/pcmpestr/.test(mnemonic)) {
    builder.suggest(accumulator, BigInt(random.below(40) - 20));
    builder.suggest(data, BigInt(random.below(40) - 20));
  } else if (/^(sh|ro|rc|sa)/.test(mnemonic)) builder.suggest(counter, BigInt(random.below(80)));
}

const bytesOf = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

/** Instructions with a jump forward over some of them, and perhaps a loop around some. */
function addSequence(builder: CaseBuilder, length: number, options: GeneratorOptions): void {
  const { random } = builder;
  const loop = random.below(4) === 0 ? { from: random.below(length), rounds: 2 + random.below(12) } : undefined;
  const loopRegister = 8 + random.below(8);
  let loopStart: number | undefined;
  let jump: { unit: Unit; at: number; over: number } | undefined;
  for (let i = 0; i < length; i++) {
    if (loop?.from === i) {
      builder.reserved.add(loopRegister);
      builder.add({ bytes: Uint8Array.of(0x41, 0xb8 | (loopRegister & 7), ...bytesOf(loop.rounds)) });
      loopStart = builder.units.length;
    }
    if (!jump && random.below(6) === 0) jump = { ...startJump(builder), over: i + 1 + random.below(3) };
    else addInstruction(builder, options);
    if (jump && jump.over <= i) {
      land(builder, jump);
      jump = undefined;
    }
  }
  if (jump) land(builder, jump);
  if (loopStart !== undefined) {
    // dec, jnz.
    builder.add({ bytes: Uint8Array.of(0x41, 0xff, 0xc8 | (loopRegister & 7)) });
    const relative = { at: 2, size: 4, to: { kind: "unit", index: loopStart } } as const;
    builder.add({ bytes: Uint8Array.of(0x0f, 0x85, 0, 0, 0, 0), relative });
  }
  for (let i = random.below(3); i > 0; i--) addInstruction(builder, options);
}

/** A jump whose target is not known yet. */
function startJump(builder: CaseBuilder): { unit: Unit; at: number } {
  const { random } = builder;
  const kind = random.below(8);
  // JMP, LOOPNE to JRCXZ, Jcc; the target is set by `land`.
  if (kind !== 0) defineFlags(builder);
  const bytes =
    kind === 0
      ? [0xe9, 0, 0, 0, 0]
      : kind === 1
        ? [0xe0 + random.below(4), 0]
        : random.below(2) === 0
          ? [0x70 + random.below(16), 0]
          : [0x0f, 0x80 + random.below(16), 0, 0, 0, 0];
  const unit = { bytes: Uint8Array.from(bytes) };
  const at = builder.units.length;
  builder.add(unit);
  return { unit, at };
}

/** The jump's target is what comes next, as far as it reaches. */
function land(builder: CaseBuilder, { unit, at }: { unit: Unit; at: number }): void {
  const { bytes } = unit;
  const isLong = bytes.length > 2;
  const between = builder.units.slice(at + 1).reduce((sum, each) => sum + each.bytes.length, 0);
  const index = isLong || between < 128 ? builder.units.length : at + 1;
  const size = isLong ? 4 : 1;
  builder.units[at] = { bytes, relative: { at: bytes.length - size, size, to: { kind: "unit", index } } };
}
