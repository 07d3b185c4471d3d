/** The environment and the registers in parts, as FSTENV, FSAVE, FXSAVE and what loads them store them. Intel SDM vol. 1, 8.1.10. */
import { type Action, outcomes, read80, write80 } from "./execution.js";

/** Opcodes that are none: parts of the environment and the registers, for FSTENV, FSAVE and what loads them. */
export const partOpcodes = {
  /** + number of the 32-bit word. */
  storeEnvironment: 0x800,
  loadEnvironment: 0x808,
  /** + i of ST(i). */
  storeRegister: 0x810,
  loadRegister: 0x818,
  maskExceptions: 0x820,
  /** + number of the 64-bit word of what FXSAVE begins with. */
  storeHead: 0x828,
  loadHead: 0x830,
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
        const words = [unit.control, unit.status, unit.fullTags()];
        // The upper halves of these are all ones; the pointers are not kept, as FXSAVE does not while nothing is pending.
        const word = words[index];
        result.quads[0] = word === undefined ? (index === 6 ? 0xffff0000n : 0n) : BigInt(word) | 0xffff0000n;
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
        unit.setRegisterAt((unit.top + index) & 7, read80(operand));
        return outcomes.done;
      };
    case partOpcodes.storeHead:
      return ({ unit, result }) => {
        const head = BigInt(unit.control) | (BigInt(unit.status) << 16n) | (BigInt(unit.tags) << 32n);
        result.quads[0] = index === 0 ? head : 0n;
        return outcomes.done;
      };
    case partOpcodes.loadHead:
      return ({ unit, operand }) => {
        if (index > 0) return outcomes.done;
        unit.control = operand.short(0);
        unit.status = operand.short(1);
        unit.tags = operand.short(2);
        return outcomes.done;
      };
    default:
      return undefined;
  }
}
