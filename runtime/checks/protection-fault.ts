import { addressPlus, formatAddress } from "../base/guest-address.js";
import type { Fault } from "../engine/machine.js";
import { byteCount, type FaultContext, registerText, sentences } from "./fault-context.js";
import type { InstructionFacts } from "./faulting-instruction.js";

type GeneralProtection = Extract<Fault, { kind: "generalProtection" }>;

/** Explains what the processor refuses as a general protection fault. */
export function explainGeneralProtection(
  fault: GeneralProtection,
  instruction: InstructionFacts | undefined,
  context: FaultContext,
): { title: string; description: string } {
  const place = context.describe(context.machine.registers.rip);
  const what = instruction === undefined ? `The instruction at ${place}` : `“${instruction.text}” at ${place}`;
  switch (fault.reason) {
    case "misalignedOperand":
      return explainMisalignment(fault, instruction, what, context);
    case "nonCanonicalAddress":
      return explainNonCanonical(fault, instruction, what, context);
    case "reservedBits":
      if (instruction && /^x/.test(instruction.mnemonic)) {
        return {
          title: `General protection fault: ${instruction.mnemonic}`,
          description: sentences(
            `${what} asks for something that does not exist.`,
            instruction.mnemonic === "xgetbv"
              ? "It takes 0 or 1 in ecx."
              : "The header of the area, 512 bytes from its start, may name the state components 0 (x87), 1 (SSE) and " +
                  "2 (AVX) only, and the rest of it must be 0, as xsave leaves it; so must be bits 16 to 31 of mxcsr.",
          ),
        };
      }
      return {
        title: "General protection fault: reserved bits of mxcsr",
        description: `${what} would set a bit of mxcsr that does not exist. Bits 0 to 15 do; the rest must be 0.`,
      };
    case "privilegedInstruction":
      return {
        title: `General protection fault: ${instruction?.mnemonic ?? "privileged instruction"}`,
        description: `${what} is for the operating system's kernel alone. A program asks the kernel with syscall instead.`,
      };
  }
}

function explainMisalignment(
  fault: GeneralProtection,
  instruction: InstructionFacts | undefined,
  what: string,
  context: FaultContext,
): { title: string; description: string } {
  const address = fault.address ?? instruction?.memory?.address;
  const alignment = alignmentOf(instruction);
  if (address === undefined) {
    return {
      title: "General protection fault: misaligned operand",
      description: `${what} needs an operand in memory at a multiple of ${alignment}, and got another address.`,
    };
  }
  const isOnStack = instruction?.memory?.base === "rsp" || instruction?.memory?.base === "rbp";
  return {
    title: `General protection fault: ${formatAddress(address)} is not a multiple of ${alignment}`,
    description: sentences(
      `${what} needs its memory operand at a multiple of ${alignment}. The operand is at ${formatAddress(address)}, ` +
        `${byteCount(address % BigInt(alignment))} above one.`,
      isOnStack && alignment === 16 ? stackAlignment(context) : aligningAdvice(alignment),
    ),
  };
}

/** XSAVE and its kin want lines of the cache, moves of YMM registers their own size. */
function alignmentOf(instruction: InstructionFacts | undefined): 16 | 32 | 64 {
  if (instruction === undefined) return 16;
  if (/^x(save|rstor)/.test(instruction.mnemonic)) return 64;
  return instruction.text.includes("ymm") ? 32 : 16;
}

function aligningAdvice(alignment: 16 | 32 | 64): string {
  const align = `Align the data with .balign ${alignment}`;
  if (alignment === 64) return `${align}.`;
  return `${align}, or use ${alignment === 32 ? "v" : ""}movups, which takes any address.`;
}

/** Who put `rsp` where it is: the caller, or the function itself (System V ABI, AMD64 supplement, 3.2.2). */
function stackAlignment(context: FaultContext): string {
  const rule = "The ABI wants rsp to be a multiple of 16 at every call, and so 8 above one when a function is entered.";
  const frame = context.innermost;
  const rsp = context.machine.registers.general("rsp");
  if (frame === undefined) return sentences(`The operand is on the stack (${registerText("rsp", rsp)}).`, rule);
  const name = frame.functionName ?? "this function";
  const atEntry = addressPlus(frame.canonicalFrameAddress, -8);
  const off = (atEntry - 8n) % 16n;
  if (off !== 0n) {
    return sentences(
      rule,
      `But ${name} was entered with ${registerText("rsp", atEntry)}: ${byteCount(off)} off. Whoever called it, or ` +
        "prepared the stack that it started on, moved rsp by an odd number of words.",
    );
  }
  return sentences(
    rule,
    `${name} was entered correctly, with ${registerText("rsp", atEntry)}, and has moved rsp by ` +
      `${byteCount(atEntry - rsp)} since: look at its pushes and subtractions.`,
  );
}

function explainNonCanonical(
  fault: GeneralProtection,
  instruction: InstructionFacts | undefined,
  what: string,
  context: FaultContext,
): { title: string; description: string } {
  const memory = instruction?.memory;
  const address = fault.address ?? memory?.address;
  const title =
    address === undefined
      ? "General protection fault: no address"
      : `General protection fault: ${formatAddress(address)} is no address`;
  const rule =
    "An address has 48 bits that count, and the 16 above them repeat the highest of those; other values are not " +
    "addresses, and usually come from a register that holds something else, or from overwritten memory.";
  const names = [memory?.base, memory?.index].filter((name) => name !== undefined);
  const values = names.map((name) => registerText(name, context.machine.registers.general(name)));
  if (instruction?.flow === "return") {
    const rsp = context.machine.registers.general("rsp");
    return {
      title,
      description: sentences(
        `${what} found ${address === undefined ? "something" : formatAddress(address)} on the stack, at ` +
          `${registerText("rsp", rsp)}, where it expects a return address.`,
        rule,
      ),
    };
  }
  return {
    title,
    description: sentences(
      `${what} used ${address === undefined ? "a value" : formatAddress(address)} as an address.`,
      rule,
      values.length > 0 ? `It was made from ${values.join(" and ")}.` : undefined,
    ),
  };
}
