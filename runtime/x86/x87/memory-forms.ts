/** Instructions with a memory operand, by opcode. */
import { double, type Format, single } from "../float/format.js";
import { load, loadDecimal, loadInteger } from "./arithmetic.js";
import { type Action, outcomes, push, read80 } from "./execution.js";
import { store80, storeDecimal80, storeIntegerTo, storeTo } from "./stores.js";
import { type MemoryFormat, withMemory } from "./two-operands.js";

const loadFormat =
  (format: Format): Action =>
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
const memoryActions: ReadonlyMap<number, Action> = new Map<number, Action>([
  [0x10, loadFormat(single)],
  [0x12, storeTo(single, 0)],
  [0x13, storeTo(single, 1)],
  [
    0x15,
    ({ unit, operand }) => {
      unit.control = operand.short(0);
      return outcomes.done;
    },
  ],
  [0x17, word],
  [0x30, loadWhole(32)],
  [0x31, storeIntegerTo(32, 1, true)],
  [0x32, storeIntegerTo(32, 0)],
  [0x33, storeIntegerTo(32, 1)],
  [0x35, ({ unit, operand }) => push(unit, () => read80(operand))],
  [0x37, store80],
  [0x50, loadFormat(double)],
  [0x51, storeIntegerTo(64, 1, true)],
  [0x52, storeTo(double, 0)],
  [0x53, storeTo(double, 1)],
  [0x57, statusWord],
  [0x70, loadWhole(16)],
  [0x71, storeIntegerTo(16, 1, true)],
  [0x72, storeIntegerTo(16, 0)],
  [0x73, storeIntegerTo(16, 1)],
  [0x74, ({ unit, operand }) => push(unit, (e) => loadDecimal(e, read80(operand)))],
  [0x75, loadWhole(64)],
  [0x76, storeDecimal80],
  [0x77, storeIntegerTo(64, 1)],
]);
const memoryFormats: readonly MemoryFormat[] = ["single", "doubleword", "double", "word"];

export function memoryAction(opcode: number): Action | undefined {
  const [escapeByte, operation] = [opcode >> 8, (opcode >> 3) & 7];
  // D8, DA, DC, DE.
  if (escapeByte % 2 === 0) return withMemory(memoryFormats[escapeByte / 2] ?? "single", operation);
  return memoryActions.get((escapeByte << 4) | operation);
}
