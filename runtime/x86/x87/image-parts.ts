/** The environment and the registers in parts, as FSTENV, FSAVE, FXSAVE and what loads them store them. Intel SDM vol. 1, 8.1.10. */
import { type Action, outcomes, read80, write80 } from "./execution.js";
import { initialControl, physicalRegister, unitPlace } from "./unit.js";

/** Opcodes that are none: parts of the environment and the registers, for FSTENV, FSAVE and what loads them. */
export const partOpcodes = {
  /** + number of the 32-bit word. */
  storeEnvironment: 0x800,
  loadEnvironment: 0x808,
  /** + i of ST(i). */
  storeRegister: 0x810,
  loadRegister: 0x818,
  maskExceptions: 0x820,
  /** The 64-bit word that FXSAVE begins with. */
  storeHead: 0x828,
  loadHead: 0x830,
  initialize: 0x838,
  /** 1 unless the unit is as `initialize` leaves it. */
  isInUse: 0x840,
} as const;

export function partAction(opcode: number): Action | undefined {
  if (opcode === partOpcodes.maskExceptions) {
    return ({ unit }) => {
      unit.control |= 0x3f;
      return outcomes.done;
    };
  }
  const index = opcode & 7;
  switch (opcode & ~7) {
    case partOpcodes.storeEnvironment:
      return ({ unit, result }) => {
        // Behind the three words, the pointers to the last instruction and its operand: they are not kept.
        const word = [unit.control, unit.status, unit.fullTags(), undefined, undefined, undefined, 0][index];
        // Where only 16 bits are used, the upper half is all ones.
        result.quads[0] = word === undefined ? 0n : BigInt(word) | 0xffff0000n;
        return outcomes.done;
      };
    case partOpcodes.loadEnvironment:
      return ({ unit, operand }) => {
        if (index === 0) unit.control = operand.short(0);
        else if (index === 1) unit.status = operand.short(0);
        else if (index === 2) unit.setFullTags(operand.short(0));
        return outcomes.done;
      };
    case partOpcodes.storeRegister:
      return ({ unit, result }) => {
        write80(result, unit.get(index));
        return outcomes.done;
      };
    case partOpcodes.loadRegister:
      return ({ unit, operand }) => {
        // The tags are the environment's.
        unit.setRegisterAt(physicalRegister(unit.status, index), read80(operand));
        return outcomes.done;
      };
    case partOpcodes.storeHead:
      return ({ unit, result }) => {
        result.quads[0] = BigInt(unit.control) | (BigInt(unit.status) << 16n) | (BigInt(unit.tags) << 32n);
        return outcomes.done;
      };
    case partOpcodes.loadHead:
      return ({ unit, operand }) => {
        unit.control = operand.short(0);
        unit.status = operand.short(1);
        unit.tags = operand.short(2);
        return outcomes.done;
      };
    case partOpcodes.initialize:
      return ({ unit }) => {
        unit.initialize();
        unit.words.fill(0, 0, unitPlace.control);
        return outcomes.done;
      };
    case partOpcodes.isInUse:
      return ({ unit, result }) => {
        const { words, control } = unit;
        result.quads[0] =
          words.every((word, i) => word === 0 || i === unitPlace.control) && control === initialControl ? 0n : 1n;
        return outcomes.done;
      };
    default:
      return undefined;
  }
}
