/** Values that are constants once the operands are: conditions on shift counts, branch targets. */
import type { DecodedInstruction } from "../../x86/decode.js";
import type { OperationName } from "../../x86/operations.js";
import type { Value } from "../../x86/value.js";

const folded: Partial<Record<OperationName, (a: bigint, b: bigint) => bigint>> = {
  "i64.and": (a, b) => a & b,
  "i64.add": (a, b) => a + b,
  "i64.sub": (a, b) => a - b,
  "i64.eq": (a, b) => (a === b ? 1n : 0n),
  "i64.ne": (a, b) => (a === b ? 0n : 1n),
  "i64.eqz": (a) => (a === 0n ? 1n : 0n),
  "i32.eqz": (a) => (a === 0n ? 1n : 0n),
  "i32.and": (a, b) => a & b,
};

/**
 * As a signed 64-bit integer; undefined when it is only known as the program runs. `isShort`: in code for one setting of
 * MXCSR.
 */
export function constantOf(value: Value, instruction: DecodedInstruction, isShort: boolean): bigint | undefined {
  const { node } = value;
  switch (node.kind) {
    case "floatMode":
      return isShort ? 1n : undefined;
    case "constant":
      return BigInt.asIntN(64, node.value);
    case "immediate": {
      const operand = instruction.operands[node.position];
      if (operand?.kind === "immediate") return BigInt.asIntN(64, operand.value);
      return operand?.kind === "branch" ? BigInt.asIntN(64, operand.target) : undefined;
    }
    case "operation": {
      const fold = folded[node.name];
      if (!fold) return undefined;
      const inputs = node.inputs.map((input) => constantOf(input, instruction, isShort));
      if (node.name === "i32.and" && inputs.includes(0n)) return 0n;
      const [a, b = 0n] = inputs;
      if (a === undefined || inputs.includes(undefined)) return undefined;
      return BigInt.asIntN(64, fold(a, b));
    }
    default:
      return undefined;
  }
}
