/** What an expression sees: the registers of a moment, the memory, and the green thread it is about. */
import type { GuestMemory, Machine } from "../engine/machine.js";
import { type GeneralRegister, generalRegisterNames } from "../engine/machine.js";
import { readX87 } from "../engine/x87-registers.js";
import type { FrameRegisters, GreenThread } from "../threads/types.js";
import type { RegisterName } from "./registers.js";

export interface ExpressionScope {
  /** The whole register as an unsigned number; undefined where its value cannot be known. */
  register(name: RegisterName): bigint | undefined;
  readonly memory: Pick<GuestMemory, "read">;
  readonly thread: Pick<GreenThread, "id" | "name" | "slot" | "state"> | undefined;
}

const generalIndex = new Map<string, number>(generalRegisterNames.map((name, index) => [name, index]));

/** The processor as it is now: for conditions of breakpoints. */
export function machineScope(machine: Machine, thread: ExpressionScope["thread"]): ExpressionScope {
  const { registers, memory } = machine;
  return {
    memory,
    thread,
    register(name) {
      if (generalIndex.has(name)) return registers.general(name as GeneralRegister);
      switch (name) {
        case "rip":
          return registers.rip;
        case "rflags":
          return registers.flags;
        case "fs_base":
          return registers.fsBase;
        case "gs_base":
          return registers.gsBase;
        case "mxcsr":
          return BigInt(registers.mxcsr);
        default:
          if (name.startsWith("xmm")) return registers.xmm(Number(name.slice("xmm".length)));
          return readX87(registers.x87, name);
      }
    },
  };
}

/** A frame of any thread: what it does not know (outer frames, saved contexts) is undefined. */
export function frameScope(
  frame: FrameRegisters,
  memory: ExpressionScope["memory"],
  thread: ExpressionScope["thread"],
): ExpressionScope {
  return { memory, thread, register: (name) => frameRegister(frame, name) };
}

/** A whole register of a frame, by name; undefined where it cannot be known. */
export function frameRegister(frame: FrameRegisters, name: RegisterName): bigint | undefined {
  const index = generalIndex.get(name);
  if (index !== undefined) return frame.general[index];
  switch (name) {
    case "rip":
      return frame.rip;
    case "rflags":
      return frame.full?.flags;
    case "fs_base":
      return frame.full?.fsBase;
    case "gs_base":
      return frame.full?.gsBase;
    case "mxcsr":
      return frame.full && BigInt(frame.full.mxcsr);
    default:
      if (name.startsWith("xmm")) return frame.full?.xmm[Number(name.slice("xmm".length))];
      return frame.full && readX87(frame.full.x87, name);
  }
}
