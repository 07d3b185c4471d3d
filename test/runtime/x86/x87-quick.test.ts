/** The quick way of x87 instructions against their definitions, which the processor's answers judge. */
import { expect, it } from "vitest";
import { Vector } from "../../../runtime/x86/vector-helpers/vector.js";
import { outcomes } from "../../../runtime/x86/x87/execution.js";
import { executeQuickly, executeX87 } from "../../../runtime/x86/x87/instructions.js";
import { quickActionOf } from "../../../runtime/x86/x87/quick.js";
import { initialControl, unitWords, X87Unit } from "../../../runtime/x86/x87/unit.js";
import { Random } from "../engine/random-program.js";

/** FLD ST(7): either it is empty, or there is no room. */
const loadEmpty = 0x1c7;
const random = new Random(80);
const word = () => ((random.below(0x10000) << 16) | random.below(0x10000)) >>> 0;

/** A significand of random bits, of few bits, or next to a border. */
function significand(): readonly [low: number, high: number] {
  switch (random.below(5)) {
    case 0:
      return [0, (0x8000_0000 | (word() & (-1 << random.below(32)))) >>> 0];
    case 1:
      return [0xffff_ffff, 0xffff_ffff];
    case 2:
      return [(word() << random.below(32)) >>> 0, (word() | 0x8000_0000) >>> 0];
    case 3:
      return [random.below(2) === 0 ? 0x400 : 0xc00, (word() | 0x8000_0000) >>> 0];
    default:
      return [word(), (word() | 0x8000_0000) >>> 0];
  }
}

function exponent(): number {
  switch (random.below(12)) {
    case 0:
      return random.below(0x8000);
    case 1:
      return random.below(3) * 0x3fff;
    case 2:
      return 0x3fff + random.below(70) - 2;
    default:
      return 0x3fff + random.below(8) - 4;
  }
}

function fill(words: Uint32Array): void {
  for (let register = 0; register < 8; register++) {
    const [low, high] = significand();
    const isZero = random.below(12) === 0;
    words[4 * register] = isZero ? 0 : low;
    words[4 * register + 1] = isZero ? 0 : random.below(40) === 0 ? high & 0x7fff_ffff : high;
    words[4 * register + 2] = (random.below(2) << 15) | (isZero ? 0 : exponent());
    // What upper bits hold is nobody's.
    words[4 * register + 3] = 0;
  }
  const controls = [initialControl, initialControl, initialControl, initialControl | 0xc00, 0x27f, word() & 0x1f7f];
  words[32] = random.pick(controls) | 0x40;
  // What is pending and not masked would have been raised before.
  words[33] = word() & 0x7f7f & (random.below(3) === 0 ? ~0x3f | (words[32] ?? 0) : ~0x3f);
  words[34] = random.below(3) === 0 ? word() & 0xff : random.pick([0x7f, 0xfe, 0xef, 0xf0, 0x0f, 0x3c]);
  words[35] = 0;
}

/** A number of every format at once: single and integers in the low word, double and 64 bits in both, 80 bits. */
function operand(): Vector {
  const vector = new Vector();
  const [low, high] = significand();
  switch (random.below(4)) {
    case 0:
      vector.words.set([low, (high & 0x800f_ffff) | ((0x3ff + random.below(8) - 4) << 20), exponent(), 0]);
      break;
    case 1:
      vector.words.set([(word() & 0x807f_ffff) | ((127 + random.below(8) - 4) << 23), high, exponent(), 0]);
      break;
    case 2: {
      const small = random.below(2000) - 1000;
      vector.words.set([small, small < 0 ? -1 : 0, 0, 0]);
      break;
    }
    default:
      vector.words.set([low, high, (random.below(2) << 15) | exponent(), 0]);
  }
  return vector;
}

it("does what the definition does, to the last bit, or leaves everything alone", () => {
  const opcodes = Array.from({ length: 0x800 }, (_, opcode) => opcode).filter(
    (opcode) => opcode !== loadEmpty && quickActionOf(opcode) && ((opcode & 0xc0) === 0xc0 || (opcode & 0xc7) === 0),
  );
  expect(opcodes.length).toBeGreaterThan(150);
  const done = new Set<number>();
  const [words, expected] = [new Uint32Array(unitWords), new Uint32Array(unitWords)];
  const reference = new X87Unit(expected);
  for (let round = 0; round < 60_000; round++) {
    const opcode = random.pick(opcodes);
    fill(words);
    expected.set(words);
    const memory = operand();
    const [result, wanted] = [new Vector(), new Vector()];
    const before = words.slice();
    const isDone = executeQuickly(words, opcode, memory.words, result.words);
    if (isDone) done.add(opcode);
    else expected.set(before);
    const outcome = isDone ? executeX87(reference, opcode, memory, wanted) : outcomes.done;
    const same = outcome === outcomes.done && words.every((each, i) => each === expected[i]);
    if (!same || result.quad(0) !== wanted.quad(0)) {
      const show = (list: Uint32Array) => Array.from(list, (each) => each.toString(16)).join(" ");
      expect.fail(
        `opcode ${opcode.toString(16)}, operand ${show(memory.words)}\nbefore ${show(before)}\nquick  ${show(words)} → ${show(result.words)}\nwanted ${show(expected)} → ${show(wanted.words)}`,
      );
    }
  }
  expect(opcodes.filter((opcode) => !done.has(opcode)).map((opcode) => opcode.toString(16))).toEqual([]);
});
