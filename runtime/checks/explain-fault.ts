/**
 * Faults in a learner's words: what the instruction tried, what is wrong with it, whose stack it concerns, and where to
 * look. Nothing here changes the machine.
 */
import { formatAddress } from "../base/guest-address.js";
import type { Fault } from "../engine/machine.js";
import type { FaultExplanation } from "./explanation.js";
import { currentThread, type FaultContext, sentences } from "./fault-context.js";
import { type InstructionFacts, instructionAt } from "./faulting-instruction.js";
import { explainPageFault } from "./page-fault.js";
import { explainGeneralProtection } from "./protection-fault.js";
import { bytesPastEnd, isPastEnd, overflowSentences, quoted } from "./stack-facts.js";

export type { FaultExplanation } from "./explanation.js";
export type { FaultContext } from "./fault-context.js";

/** Explains the fault that the machine has just stopped with. */
export function explainFault(fault: Fault, context: FaultContext): FaultExplanation {
  const instruction = instructionAt(context.machine, context.machine.registers.rip);
  const { title, description } = explain(fault, instruction, context);
  const thread = currentThread(context);
  const isFull = fault.kind === "pageFault" && thread !== undefined && isPastEnd(context, thread, fault.address);
  const isOverflow = isFull || (thread !== undefined && bytesPastEnd(context, thread) > 0n);
  // A full stack has been explained already; the others' overflows are news.
  const isTrap = fault.kind === "breakpointTrap" || fault.kind === "debugTrap";
  const overflows = isTrap ? [] : overflowSentences(context, isFull ? thread : undefined);
  const who = thread !== undefined && context.threads.count > 1 ? `It happened in ${quoted(thread)}.` : undefined;
  return {
    fault,
    title: isOverflow && fault.kind === "pageFault" ? `Stack overflow: ${lowerFirst(title)}` : title,
    description: sentences(description, who, ...overflows),
    thread: context.current,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function explain(
  fault: Fault,
  instruction: InstructionFacts | undefined,
  context: FaultContext,
): { title: string; description: string } {
  const place = context.describe(context.machine.registers.rip);
  switch (fault.kind) {
    case "pageFault":
      return explainPageFault(fault, instruction, context);
    case "generalProtection":
      return explainGeneralProtection(fault, instruction, context);
    case "divideError":
      return explainDivision(instruction, place, context);
    case "simdException":
      return explainFloatException(instruction, place, context, "mxcsr");
    case "x87Exception":
      return explainFloatException(instruction, place, context, "x87");
    case "invalidOpcode":
      return explainInvalidOpcode(fault, instruction, place, context);
    case "debugTrap":
      return fault.isSingleStep
        ? {
            title: "Single-step trap",
            description: `The program has set the trap flag (bit 8 of rflags): an instruction was executed, and ${place} follows. Nothing handles SIGTRAP.`,
          }
        : {
            title: "Debug trap instruction (int1)",
            description: `The program has a trap of its own, ${instruction?.text ?? "int1"}, at ${place}. Continue goes on behind it.`,
          };
    case "breakpointTrap":
      return {
        title: "Breakpoint instruction (int3)",
        description: `The program has a breakpoint of its own, ${instruction?.text ?? "int3"}, at ${place}. Continue goes on behind it.`,
      };
  }
}

function explainDivision(
  instruction: InstructionFacts | undefined,
  place: string,
  context: FaultContext,
): { title: string; description: string } {
  const what = instruction === undefined ? `The division at ${place}` : `“${instruction.text}” at ${place}`;
  if (instruction?.firstOperand === 0n) {
    return { title: "Division by zero", description: `${what} divides by its operand, which is 0.` };
  }
  const size = instruction?.firstOperandSize ?? 0;
  const pair = { 8: ["rdx", "rax"], 4: ["edx", "eax"], 2: ["dx", "ax"] }[size];
  const dividend = pair === undefined ? "ax" : `${pair[0]}:${pair[1]} (the two registers together)`;
  const quotient = pair?.[1] ?? "al";
  const { registers } = context.machine;
  const high =
    pair === undefined
      ? ""
      : ` Here ${pair[0]} = 0x${BigInt.asUintN(size * 8, registers.general("rdx")).toString(16)}.`;
  const clear =
    pair === undefined
      ? ""
      : ` Before a division set ${pair[0]}: to 0 before div (xor %edx, %edx), to the sign of ${pair[1]} before idiv (${size === 8 ? "cqto" : size === 4 ? "cltd" : "cwtd"}).`;
  return {
    title: "Division overflow: the quotient is too large",
    description: `${what} divides ${dividend} by its operand, and the quotient does not fit in ${quotient}.${high}${clear}`,
  };
}

/** The exceptions of MXCSR from bit 0 on, and what they mean. Their masks are seven bits higher. */
const floatExceptions = [
  ["invalid operation", "an operand is not a number, or the operation has no result, such as 0/0"],
  ["denormal operand", "an operand is too close to zero to be held in full precision"],
  ["division by zero", "a number is divided by 0"],
  ["overflow", "the result is too large for its format"],
  ["underflow", "the result is too close to zero for its format"],
  ["inexact result", "the result had to be rounded"],
] as const;

function explainFloatException(
  instruction: InstructionFacts | undefined,
  place: string,
  context: FaultContext,
  unit: "mxcsr" | "x87",
): { title: string; description: string } {
  const { mxcsr, x87 } = context.machine.registers;
  const unmasked = unit === "mxcsr" ? mxcsr & ~(mxcsr >> 7) : x87.status & ~x87.control;
  const found = floatExceptions.filter((_, bit) => (unmasked & (1 << bit)) !== 0);
  const names = found.map(([name]) => name).join(", ");
  const meanings = found.map(([, meaning]) => meaning).join("; ");
  const what = instruction === undefined ? `The instruction at ${place}` : `“${instruction.text}” at ${place}`;
  return {
    title: `Floating-point exception${names === "" ? "" : `: ${names}`}`,
    description:
      unit === "mxcsr"
        ? `${what} raised it${meanings === "" ? "" : `: ${meanings}`}. The program has cleared its mask in mxcsr (0x${mxcsr.toString(16)}); with the mask set (bits 7 to 12, as when a program starts), the instruction would deliver a result and go on.`
        : `${what} found it pending; an x87 instruction before it raised it${meanings === "" ? "" : `: ${meanings}`}. The program has cleared its mask in the control word (0x${x87.control.toString(16)}); with the mask set (bits 0 to 5, as when a program starts), the instruction before would have delivered a result.`,
  };
}

function explainInvalidOpcode(
  fault: Extract<Fault, { kind: "invalidOpcode" }>,
  instruction: InstructionFacts | undefined,
  place: string,
  context: FaultContext,
): { title: string; description: string } {
  const bytes = [...fault.bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const mnemonic = fault.mnemonic ?? instruction?.mnemonic;
  if (mnemonic !== undefined && /^ud[012]/.test(mnemonic)) {
    return {
      title: `Invalid instruction: ${mnemonic}`,
      description: `${mnemonic} at ${place} is invalid on purpose. It marks a place that execution should never reach, such as behind a call that does not return.`,
    };
  }
  if (mnemonic !== undefined && instruction !== undefined) {
    return {
      title: `Unsupported instruction: ${mnemonic}`,
      description: `Green Threads does not know “${instruction.text}” at ${place} (bytes ${bytes}). A real processor may: use other instructions to run it here.`,
    };
  }
  const outside = context.isCode(context.machine.registers.rip)
    ? "Execution may have come to the middle of an instruction, or to data among the code."
    : "This is not the program's code: execution came to data.";
  return {
    title: `Invalid instruction at ${formatAddress(context.machine.registers.rip)}`,
    description: `The bytes ${bytes} at ${place} are no instruction. ${outside}`,
  };
}
