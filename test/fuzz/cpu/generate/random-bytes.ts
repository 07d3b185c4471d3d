/**
 * Bytes at random, such that much of it is nearly an instruction: encodings that are right with a byte or a bit changed,
 * prefixes in heaps, VEX, EVEX and XOP prefixes before anything. What the processor makes of it is one case each.
 */
import { Random } from "../../../runtime/engine/random-program.js";
import { type FuzzCase, world } from "../fuzz-case.js";
import { inspect } from "../inspect.js";
import { flagsLeftUndefined } from "../undefined-flags.js";
import { CaseBuilder } from "./case-builder.js";
import { encodeRow } from "./encode-row.js";
import { isIncomparable } from "./families.js";
import { type GeneratorOptions, mix } from "./generate-case.js";
import { isOnlyAlone, pickRow } from "./pick-row.js";

const longest = 15;
const legacyPrefixes = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];
const [stackPointer, generalCount] = [4, 16];
/** Far jumps and calls, segment registers and POPF would take the runner somewhere else. */
const leavesTheCase = /\bl(jmp|call|ret)\b|^(popf|jmpf|callf)|%[cdefgs]s$|^pop.*%[fg]s/;

export function generateBytes(seed: number, index: number, options: GeneratorOptions): FuzzCase {
  const random = new Random(mix(seed, index) ^ 0x5bd1e995);
  for (;;) {
    const builder = new CaseBuilder(random, false);
    const bytes = Uint8Array.from(soup(builder, options).slice(0, longest));
    const facts = inspect(Uint8Array.from([...bytes, ...Array<number>(longest).fill(0)]));
    const length = Math.max(1, Math.min(facts?.length ?? longest, longest));
    const name = facts?.mnemonic;
    if (name && (isIncomparable(name) || isOnlyAlone(name) || leavesTheCase.test(facts.text))) continue;
    if (isDisputed(bytes, name)) continue;
    // What is no instruction keeps all of its bytes: the processor may see one in the first of them.
    const whole = Uint8Array.from({ length: name ? length : longest }, (_, i) => bytes[i] ?? 0);
    builder.add({ bytes: whole });
    for (let register = 0; register < generalCount; register++) {
      if (register === stackPointer || random.below(3) === 0) continue;
      builder.suggest(register, BigInt(world.data + 16 * random.below((world.dataSize - 64) / 16)));
    }
    const test = builder.finish();
    if (flagsLeftUndefined(test) !== undefined) return test;
  }
}

function soup(builder: CaseBuilder, options: GeneratorOptions): number[] {
  const { random } = builder;
  const any = (count: number) => Array.from({ length: count }, () => random.below(256));
  const prefixes = () => Array.from({ length: random.below(4) }, () => random.pick(legacyPrefixes));
  switch (random.below(8)) {
    case 0:
      return any(longest);
    case 1:
      return [...prefixes(), ...(random.below(2) === 0 ? [0x40 | random.below(16)] : []), ...any(12)];
    case 2:
      return [...prefixes(), ...(random.below(2) === 0 ? [0x40 | random.below(16)] : []), 0x0f, ...any(10)];
    case 3:
      return [...prefixes(), 0x0f, random.pick([0x38, 0x3a, 0xae, 0xc7, 0x01, 0x0d, 0x18, 0x1e]), ...any(9)];
    case 4:
      return [...(random.below(4) === 0 ? prefixes() : []), ...vex(random), ...any(9)];
    case 5:
      return [...(random.below(4) === 0 ? prefixes() : []), random.pick([0x62, 0x8f, 0xc4, 0xc5]), ...any(12)];
    default: {
      const bytes = [...encodeRow(builder, random.pick(pickRow(random, options).choice.rows)).bytes];
      const at = random.below(bytes.length);
      const change = random.below(4);
      if (change < 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      else if (change === 2) bytes.splice(at, 0, random.pick([...legacyPrefixes, 0x48]));
      else bytes[at] = random.below(256);
      return [...bytes, ...any(4)];
    }
  }
}

/**
 * Where Intel's and AMD's processors differ (near branches with an operand size of 16 bits, the hints of 0F 0D with a
 * register; LOOPNE with a REP prefix, which is LOOPE on AMD's), and what only processors with AVX-512 have, and not all of it is known to be an instruction: VEX forms
 * with mask registers.
 */
function isDisputed(bytes: Uint8Array, name: string | undefined): boolean {
  const opcode = bytes.findIndex((byte) => !legacyPrefixes.includes(byte) && (byte & 0xf0) !== 0x40);
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(opcode);
  const isMask = (byte: number) => (byte >= 0x41 && byte <= 0x4b) || (byte >= 0x90 && byte <= 0x99);
  if ((first === 0xc5 && isMask(third)) || (first === 0xc4 && (second & 31) === 1 && isMask(fourth))) return true;
  if (first === 0x0f && second === 0x0d) return true;
  const prefixes = bytes.subarray(0, opcode);
  if (name !== undefined && /^loopn?e$/.test(name) && prefixes.some((byte) => byte >= 0xf2)) return true;
  return name !== undefined && /^(j|call|ret|loop)/.test(name) && prefixes.includes(0x66);
}

/** A VEX prefix with a map that there is. */
function vex(random: Random): number[] {
  if (random.below(3) === 0) return [0xc5, random.below(256)];
  return [0xc4, (random.below(8) << 5) | (1 + random.below(3)), random.below(256)];
}
