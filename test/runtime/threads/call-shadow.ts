/** The return addresses that must be on each thread's stack, known from nothing but the calls that were made. */
import { Decoder, DecoderOptions, Instruction } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import { type GuestAddress, guestAddress } from "../../../runtime/base/guest-address.js";
import type { StackFrame, ThreadId } from "../../../runtime/threads/types.js";
import type { Guest } from "./guest.js";

/** rbx, rbp, r12 to r15: what a function gives back to its caller. */
const preserved = [3, 5, 12, 13, 14, 15];

/**
 * Routines of glibc whose tables describe not the frame that they are in but the one that they go to (`__longjmp`), or
 * leave out that they use r12 (`swapcontext`): what they say is believed, and cannot be compared with the calls made.
 */
const ofAnotherMind = /longjmp|swapcontext|setcontext/;

interface Call {
  /** Where the return address lies. */
  readonly slot: bigint;
  readonly returnAddress: bigint;
  /** The caller's callee-saved registers. */
  readonly registers: readonly bigint[];
}

/**
 * Executes a program instruction by instruction. A call puts an entry on the shadow of its thread; an entry is over when
 * `rsp` has gone above its slot, whatever took it there. Nothing is known of frames that no call made: the first of
 * each stack.
 */
export class CallShadow {
  readonly #calls = new Map<ThreadId, Call[]>();
  readonly #instructions = new Map<bigint, { readonly isCall: boolean; readonly next: bigint }>();
  readonly #instruction: Instruction;
  comparedStacks = 0;
  comparedFrames = 0;
  comparedRegisters = 0;
  unknownRegisters = 0;
  deepest = 0;

  constructor(readonly guest: Guest) {
    initialiseIced();
    this.#instruction = new Instruction();
  }

  step(): void {
    const { machine, threads } = this.guest;
    const { registers } = machine;
    const { isCall, next } = this.#at(registers.rip);
    const caller = threads.current();
    const before = registers.general("rsp");
    const own = isCall ? preservedOf(registers.snapshot().general) : [];
    this.guest.step();
    const current = threads.current();
    const rsp = registers.general("rsp");
    const calls = this.#callsOf(current);
    // A routine may pop its return address and then jump there: only then it is over.
    const hasJumped = registers.rip !== next;
    while (hasJumped && (calls.at(-1)?.slot ?? rsp) < rsp) calls.pop();
    if (isCall && current === caller && rsp === before - 8n) {
      const returnAddress = machine.memory.readWord(guestAddress(rsp)) ?? 0n;
      calls.push({ slot: rsp, returnAddress, registers: own });
      this.deepest = Math.max(this.deepest, calls.length);
    }
  }

  /** What the stacks of all living threads have otherwise than their shadows. */
  differences(): string[] {
    const { threads } = this.guest;
    threads.onStop();
    return threads.list().flatMap((thread) => {
      const frames = threads.stackTrace(thread.id) ?? [];
      if (frames.slice(0, 2).some(({ functionName }) => ofAnotherMind.test(functionName ?? ""))) return [];
      this.comparedStacks++;
      return this.#compare(frames, this.#callsOf(thread.id)).map(
        (what) => `at 0x${this.guest.rip.toString(16)}, ${thread.name}: ${what}\n    ${describe(frames)}`,
      );
    });
  }

  #compare(frames: readonly StackFrame[], calls: readonly Call[]): string[] {
    const found: string[] = [];
    for (const [index, call] of [...calls].reverse().entries()) {
      const [callee, caller] = [frames[index], frames[index + 1]];
      if (callee === undefined || caller === undefined) {
        found.push(`${frames.length} frames, where ${calls.length} calls are under way`);
        break;
      }
      this.comparedFrames++;
      if (callee.canonicalFrameAddress !== call.slot + 8n || caller.instruction !== call.returnAddress) {
        found.push(
          `frame ${index} has CFA 0x${callee.canonicalFrameAddress.toString(16)} and returns to 0x${caller.instruction.toString(16)}, not 0x${(call.slot + 8n).toString(16)} and 0x${call.returnAddress.toString(16)}`,
        );
        break;
      }
      for (const [position, number] of preserved.entries()) {
        const value = caller.registers.general[number];
        if (value === undefined) this.unknownRegisters++;
        else this.comparedRegisters++;
        if (value !== undefined && value !== call.registers[position]) {
          found.push(
            `frame ${index + 1} has register ${number} = 0x${value.toString(16)}, not 0x${call.registers[position]?.toString(16)}`,
          );
        }
      }
    }
    return found;
  }

  #callsOf(thread: ThreadId): Call[] {
    let calls = this.#calls.get(thread);
    if (calls === undefined) {
      calls = [];
      this.#calls.set(thread, calls);
    }
    return calls;
  }

  #at(address: GuestAddress): { readonly isCall: boolean; readonly next: bigint } {
    const known = this.#instructions.get(address);
    if (known !== undefined) return known;
    const decoder = new Decoder(64, this.guest.machine.memory.read(address, 15), DecoderOptions.None);
    decoder.decodeOut(this.#instruction);
    decoder.free();
    const isCall = this.#instruction.isCallNear || this.#instruction.isCallNearIndirect;
    const found = { isCall, next: address + BigInt(this.#instruction.length) };
    this.#instructions.set(address, found);
    return found;
  }
}

function preservedOf(general: readonly bigint[]): bigint[] {
  return preserved.map((number) => general[number] ?? 0n);
}

function describe(frames: readonly StackFrame[]): string {
  return frames
    .map(({ functionName, instruction, isGuessed }) => {
      return `${functionName ?? "?"}@0x${instruction.toString(16)}${isGuessed ? "?" : ""}`;
    })
    .join(" < ");
}
