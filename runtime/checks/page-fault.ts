import { addressPlus, formatAddress, guestAddress } from "../base/guest-address.js";
import type { Fault } from "../engine/machine.js";
import { type FaultContext, registerText, sentences } from "./fault-context.js";
import { callBefore, type InstructionFacts } from "./faulting-instruction.js";
import { nearStackEnd, quoted, regionName, stackOwner, wildStackPointer } from "./stack-facts.js";

type PageFault = Extract<Fault, { kind: "pageFault" }>;

/** Addresses below are null pointers with an offset. */
const nullReach = 0x10000n;

/** Explains an access to memory that is not there or does not permit it. */
export function explainPageFault(
  fault: PageFault,
  instruction: InstructionFacts | undefined,
  context: FaultContext,
): { title: string; description: string } {
  if (fault.access === "execute") return explainJump(fault, context);
  const direction = fault.access === "read" ? "read from" : "write to";
  const title = `Page fault: ${direction} ${formatAddress(fault.address)}`;
  const place = context.describe(context.machine.registers.rip);
  const what = `${instruction ? `“${instruction.text}” at ${place}` : `The instruction at ${place}`} tried to ${direction} ${formatAddress(fault.address)}.`;
  return {
    title,
    description: sentences(what, reason(fault, instruction, context), operandValues(fault, instruction, context)),
  };
}

function reason(fault: PageFault, instruction: InstructionFacts | undefined, context: FaultContext): string {
  if (fault.mapped) return permissionReason(fault, context);
  const base = instruction?.memory?.base;
  const isStackAccess = instruction?.usesStack === true || base === "rsp";
  const wild = isStackAccess ? wildStackPointer(context) : undefined;
  if (wild !== undefined) return wild;
  if (fault.address < nullReach) {
    const offset = fault.address === 0n ? "" : `, ${fault.address} bytes behind address 0`;
    return `Nothing is mapped there${offset}: this is a null pointer. A pointer was used before it was given a value, or after a function returned 0 instead of one.`;
  }
  return nearStackEnd(context, fault.address) ?? "Nothing is mapped there.";
}

function permissionReason(fault: PageFault, context: FaultContext): string {
  const permissions = context.machine.memory.permissionsAt(fault.address);
  const allowed = [
    permissions?.read && "read",
    permissions?.write && "written",
    permissions?.execute && "executed",
  ].filter((word) => typeof word === "string");
  const may = allowed.length === 0 ? "may not be used at all" : `may only be ${allowed.join(" and ")}`;
  const advice =
    fault.access === "write" && permissions?.execute !== true
      ? " Data that changes belongs in the section .data or .bss."
      : "";
  return `The address lies in ${regionName(context, fault.address)}, which ${may}.${advice}`;
}

/** The registers that made the address, where the instruction names them. */
function operandValues(
  fault: PageFault,
  instruction: InstructionFacts | undefined,
  context: FaultContext,
): string | undefined {
  const memory = instruction?.memory;
  if (memory === undefined || instruction?.usesStack === true) return undefined;
  const snapshot = context.machine.registers;
  const names = [...new Set([memory.base, memory.index])].filter((name) => name !== undefined);
  // An access may begin before the page that it faults in: then the operand's address is lower.
  if (names.length === 0 || fault.address - memory.address >= 64n || fault.address < memory.address) return undefined;
  const values = names.map((name) => registerText(name, snapshot.general(name)));
  return `The address was made from ${values.join(" and ")}.`;
}

/** Explains an `rip` that points to no code: how execution got there, and what was meant to be there. */
function explainJump(fault: PageFault, context: FaultContext): { title: string; description: string } {
  const where = formatAddress(fault.address);
  const nothing = fault.mapped
    ? `The address lies in ${regionName(context, fault.address)}, which holds no code: it may not be executed.`
    : fault.address < nullReach
      ? "There is never any code at such low addresses: a pointer to a function was used before it was given a value, or a return address was overwritten."
      : "Nothing is mapped there.";
  return {
    title: `Page fault: jump to ${where}`,
    description: sentences(
      `Execution went to ${where}, where there is no code.`,
      nothing,
      howItGotThere(fault, context),
    ),
  };
}

function howItGotThere(fault: PageFault, context: FaultContext): string | undefined {
  const { machine } = context;
  const rsp = guestAddress(machine.registers.general("rsp"));
  const top = machine.memory.readWord(rsp);
  const call = top === undefined ? undefined : callBefore(machine, guestAddress(top));
  if (call !== undefined && context.isCode(call.address) && call.target === fault.address) {
    return `It was called by “${call.text}” at ${context.describe(call.address)}: look at where that gets its address.`;
  }
  const slot = addressPlus(rsp, -8);
  if (machine.memory.readWord(slot) !== fault.address) {
    return "It was reached by a jump: look at the value that was jumped to.";
  }
  const owner = stackOwner(context, slot);
  const stack = owner === undefined ? "the stack" : `the stack of ${quoted(owner)}`;
  if (fault.address === 0n) {
    // Zeros are everywhere: the one below rsp proves nothing.
    return `It was reached by a jump through a pointer that is 0, or by a ret that took the 0 at ${formatAddress(slot)}, in ${stack}, as its return address.`;
  }
  return (
    `A ret took this address from ${formatAddress(slot)}, in ${stack}, as its return address. Either that word was ` +
    "overwritten, or rsp was not where it was when the function began: every push needs its pop before the ret."
  );
}
