import type { Operand } from "./instruction-facts.js";

/** Linux maps nothing below: smaller constants are no addresses. */
const lowestAddress = 0x1_0000;

/** What may be an address among the operands of an instruction: an immediate, or where its operand in memory is. */
export function mentionOf(operands: readonly Operand[]): number | undefined {
  let address: number | undefined;
  for (const operand of operands) {
    if (operand.kind === "immediate" && operand.value >= lowestAddress) return operand.value;
    if (operand.kind === "memory") address = operand.address;
  }
  return address;
}
