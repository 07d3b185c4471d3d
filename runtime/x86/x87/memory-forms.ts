import { double, single } from "../float/format.js";
import { load, loadDecimal, loadInteger } from "./arithmetic.js";
import { type Action, outcomes, push, read80 } from "./execution.js";
import { store80, storeDecimal80, storeIntegerTo, storeTo } from "./stores.js";
import { type MemoryFormat, withMemory } from "./two-operands.js";

const loadFormat =
  (format: typeof single): Action =>
  ({ unit, operand }) =>
    push(unit, (e) => load(format, e, format === single ? BigInt(operand.word(0)) : operand.quad(0)));
const loadWhole =
  (bits: number): Action =>
  ({ unit, operand }) =>
    push(unit, (e) => loadInteger(e, BigInt.asIntN(bits, operand.quad(0))));

const word: Action = ({ result, unit }) => {
  result.quads[0] = BigInt(unit.control);
  return outcomes.done;
};
const statusWord: Action = ({ result, unit }) => {
  result.quads[0] = BigInt(unit.status);
  return outcomes.done;
};

/** By escape byte and the middle bits of the ModR/M byte. */
const memoryActions: Readonly<Record<number, Action>> = {
  16: loadFormat(single),
  18: storeTo(single, 0),
  19: storeTo(single, 1),
  21: ({ unit, operand }) => {
    unit.control = operand.short(0);
    return outcomes.done;
  },
  23: word,
  48: loadWhole(32),
  49: storeIntegerTo(32, 1, true),
  50: storeIntegerTo(32, 0),
  51: storeIntegerTo(32, 1),
  53: ({ unit, operand }) => push(unit, () => read80(operand)),
  55: store80,
  80: loadFormat(double),
  81: storeIntegerTo(64, 1, true),
  82: storeTo(double, 0),
  83: storeTo(double, 1),
  87: statusWord,
  112: loadWhole(16),
  113: storeIntegerTo(16, 1, true),
  114: storeIntegerTo(16, 0),
  115: storeIntegerTo(16, 1),
  116: ({ unit, operand }) => push(unit, (e) => loadDecimal(e, read80(operand))),
  117: loadWhole(64),
  118: storeDecimal80,
  119: storeIntegerTo(64, 1),
};
const memoryFormats: readonly MemoryFormat[] = ["single", "doubleword", "double", "word"];

export function memoryAction(opcode: number): Action | undefined {
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  // D8, DA, DC, DE.
  if (escapeByte % 2 === 0) return withMemory(memoryFormats[escapeByte / 2] ?? "single", operation);
  return memoryActions[(escapeByte << 4) | operation];
}
