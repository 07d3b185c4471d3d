import { addressPlus } from "../base/guest-address.js";
import { fail, ok, type Result } from "../base/result.js";
import { generalRegisterNames, type Machine } from "../engine/machine.js";
import { writeX87 } from "../engine/x87-registers.js";
import type { UnwoundFrame } from "./unwind/unwinder.js";

export interface RegisterWriting {
  readonly machine: Machine;
  /** Of the thread; undefined when it does not live, or has no such frame. */
  frameAt(index: number): UnwoundFrame | undefined;
  /** The thread owns the processor. */
  readonly isCurrent: boolean;
  readonly hasRun: boolean;
}

/** Changes a register of a frame where its value is kept: in the processor, in a saved context, or on the stack. */
export function writeRegister(
  context: RegisterWriting,
  frameIndex: number,
  name: string,
  value: bigint,
): Result<void, string> {
  const frame = context.frameAt(frameIndex);
  if (!frame) return fail("This frame is no longer there.");
  const register = name.toLowerCase();
  if (context.isCurrent && frameIndex === 0) return writeLive(context.machine, register, value);
  const general = generalRegisterNames.indexOf(register as (typeof generalRegisterNames)[number]);
  if (register === "rip") return writeReturnAddress(context, frameIndex, value);
  if (general < 0) return fail(`${name} is not known in this frame: a thread keeps only its callee-saved registers.`);
  const home = frame.homes[general];
  const word = BigInt.asUintN(64, value);
  if (home?.kind === "memory") {
    if (context.machine.memory.writeWord(home.address, word)) return ok(undefined);
    return fail(`${name} is saved at 0x${home.address.toString(16)}, where no memory is mapped.`);
  }
  if (home?.kind === "register" && context.isCurrent) {
    return writeLive(context.machine, generalRegisterNames[home.number] ?? register, word);
  }
  if (register === "rsp") {
    return fail("rsp of this frame follows from where the frame lies on its stack: it is not stored anywhere.");
  }
  if (frame.frame.registers.general[general] === undefined) {
    return fail(`The value of ${name} in this frame is not known: the functions it called did not have to keep it.`);
  }
  return fail(`${name} is not stored anywhere from where this thread would take it back.`);
}

function writeLive(machine: Machine, register: string, value: bigint): Result<void, string> {
  const { registers } = machine;
  const general = generalRegisterNames.find((one) => one === register);
  const word = BigInt.asUintN(64, value);
  if (general) registers.setGeneral(general, word);
  else if (register === "rip") registers.rip = word as typeof registers.rip;
  else if (register === "rflags" || register === "eflags" || register === "flags") registers.flags = word;
  else if (register === "fs_base" || register === "fsbase") registers.fsBase = word;
  else if (register === "gs_base" || register === "gsbase") registers.gsBase = word;
  else if (register === "mxcsr") registers.mxcsr = Number(BigInt.asUintN(32, value));
  else {
    const x87 = writeX87(registers.x87, register, value);
    if (x87 !== undefined) {
      registers.x87 = x87;
      return ok(undefined);
    }
    const index = /^xmm(\d{1,2})$/.exec(register)?.[1];
    if (index === undefined || Number(index) > 15) return fail(`There is no register named ${register}.`);
    registers.setXmm(Number(index), BigInt.asUintN(128, value));
  }
  return ok(undefined);
}

/** Where an outer frame goes on is the return address that its callee will use. */
function writeReturnAddress(context: RegisterWriting, frameIndex: number, value: bigint): Result<void, string> {
  const callee = context.frameAt(frameIndex - 1);
  if (!callee) {
    return fail(
      context.hasRun
        ? "Where a parked thread goes on is fixed by the switch routine; change the return address of the frame below."
        : "Where a thread starts is the word that its saved rsp points to; change it in memory.",
    );
  }
  const slot = addressPlus(callee.frame.canonicalFrameAddress, -8);
  if (context.machine.memory.writeWord(slot, BigInt.asUintN(64, value))) return ok(undefined);
  return fail(`The return address lies at 0x${slot.toString(16)}, where no memory is mapped.`);
}
