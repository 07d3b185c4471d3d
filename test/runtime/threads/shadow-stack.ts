import { Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register } from "iced-x86";
import { initialiseIced } from "iced-x86/init";
import type { GuestAddress } from "../../../runtime/base/guest-address.js";
import type { ProgramSymbol } from "../../../runtime/base/program-image.js";
import type { StackFrame, ThreadId } from "../../../runtime/threads/types.js";
import type { Guest } from "./guest.js";

/** rbx, rbp, r12 to r15: what a frame gets back from the functions it calls. */
const preserved = [3, 5, 12, 13, 14, 15];

/** What must be on a stack: kept by watching calls and returns, with no knowledge of how stacks are unwound. */
interface ShadowFrame {
  /** The function that runs. */
  readonly function: string;
  /** `rsp` before its call. */
  readonly cfa: bigint;
  /** Where it will return to. */
  readonly returnAddress: bigint | undefined;
  /** The caller's callee-saved registers at the call, where there was one. */
  readonly callerRegisters: readonly bigint[] | undefined;
}

interface ShadowThread {
  /** Innermost last. */
  readonly frames: ShadowFrame[];
  readonly slot: number | undefined;
  /** While it does not run. */
  parked?: { readonly pointer: bigint; readonly rip: bigint };
}

type Kind = "call" | "return" | "jump" | "loadStackPointer" | "other";

/** The design of the guest runtime's stacks and slots, for threads that were prepared and have not run. */
const slotSize = 0x60n;
const readyState = 2n;

/**
 * Executes a guest instruction by instruction beside a shadow call stack for each green thread, made of nothing but the
 * calls, returns and moves of `rsp` that it sees, and compares.
 */
export class ShadowStack {
  readonly #threads = new Map<number, ShadowThread>();
  readonly #functions: readonly ProgramSymbol[];
  readonly #kinds = new Map<bigint, Kind>();
  readonly #instruction: Instruction;
  #current: ShadowThread;
  comparedInstructions = 0;
  comparedFrames = 0;
  comparedRegisters = 0;
  switches = 0;
  mostThreads = 1;
  deepest = 1;

  constructor(readonly guest: Guest) {
    initialiseIced();
    this.#instruction = new Instruction();
    this.#functions = guest.image.symbols
      .filter(({ kind }) => kind === "function")
      .sort((one, two) => Number(one.address - two.address));
    const { registers } = guest.machine;
    this.#current = {
      slot: 0,
      frames: [
        {
          function: this.#functionAt(registers.rip),
          cfa: registers.general("rsp") + 8n,
          returnAddress: undefined,
          callerRegisters: undefined,
        },
      ],
    };
    this.#threads.set(0, this.#current);
  }

  /** Executes one instruction and updates the shadow; says what it was. */
  step(): void {
    const { machine } = this.guest;
    const rip = machine.registers.rip;
    const before = machine.registers.general("rsp");
    const kind = this.#kindAt(rip);
    const registers = kind === "call" ? this.#preservedNow() : [];
    const countBefore = machine.instructionCount;
    this.guest.step();
    if (machine.instructionCount === countBefore) return;
    const next = machine.registers.rip;
    const after = machine.registers.general("rsp");
    switch (kind) {
      case "call": {
        // A call of the next instruction, where no function begins, is a push of rip.
        if (
          next === machine.memory.readWord(after as GuestAddress) &&
          !this.#functions.some((one) => one.address === next)
        )
          break;
        const returnAddress = machine.memory.readWord(after as GuestAddress);
        this.#current.frames.push({
          function: this.#functionAt(next),
          cfa: before,
          returnAddress,
          callerRegisters: registers,
        });
        break;
      }
      case "return": {
        const left = this.#current.frames.pop();
        if (left?.returnAddress !== next) {
          throw new Error(
            `${left?.function} returned to ${next.toString(16)}, not to ${left?.returnAddress?.toString(16)}`,
          );
        }
        break;
      }
      case "jump": {
        const top = this.#current.frames.at(-1);
        const target = this.#functions.find(({ address }) => address === next);
        if (top && target && target.name !== top.function) {
          this.#current.frames.pop();
          this.#current.frames.push({ ...top, function: target.name });
        }
        break;
      }
      case "loadStackPointer":
        this.#moved(rip, before, after, next);
        break;
      case "other":
        break;
    }
    this.#lookForNewThreads();
    this.mostThreads = Math.max(this.mostThreads, this.#threads.size);
    this.deepest = Math.max(this.deepest, this.#current.frames.length);
  }

  /** Differences between all living threads' stacks and their shadows; empty when there are none. */
  differences(): string[] {
    const found: string[] = [];
    const { threads } = this.guest;
    threads.onStop();
    const listed = threads.list();
    const bySlot = new Map(listed.map((thread) => [thread.slot ?? 0, thread]));
    if (listed.length !== this.#threads.size) {
      found.push(`${listed.length} threads are listed, ${this.#threads.size} live`);
    }
    for (const [slot, shadow] of this.#threads) {
      const thread = bySlot.get(slot);
      const frames = thread && threads.stackTrace(thread.id);
      if (!thread || !frames) {
        found.push(`thread ${slot} is not listed`);
        continue;
      }
      if ((thread.id === threads.current()) !== (shadow === this.#current)) {
        found.push(`thread ${slot}: the current thread is ${threads.current()}`);
      }
      found.push(...this.#compare(slot, shadow, frames));
    }
    this.comparedInstructions++;
    return found;
  }

  #compare(slot: number, shadow: ShadowThread, frames: readonly StackFrame[]): string[] {
    const found: string[] = [];
    const expected = [...shadow.frames].reverse();
    const say = (text: string) =>
      found.push(
        `at ${this.#place(this.guest.rip)}, thread ${slot}: ${text}; stack ${frames.map((f) => f.functionName).join(" < ")}, shadow ${expected.map((f) => f.function).join(" < ")}`,
      );
    if (frames.length !== expected.length) say(`${frames.length} frames instead of ${expected.length}`);
    for (const [index, want] of expected.entries()) {
      const frame = frames[index];
      if (!frame) break;
      this.comparedFrames++;
      if (frame.functionName !== want.function) say(`frame ${index} is in ${frame.functionName}, not ${want.function}`);
      if (frame.canonicalFrameAddress !== want.cfa) {
        say(
          `frame ${index} (${want.function}) has CFA ${frame.canonicalFrameAddress.toString(16)}, not ${want.cfa.toString(16)}`,
        );
      }
      const inner = expected[index - 1];
      const instruction = inner ? inner.returnAddress : this.#innermostInstruction(shadow, frame);
      if (frame.instruction !== instruction) {
        say(`frame ${index} goes on at ${frame.instruction.toString(16)}, not at ${instruction?.toString(16)}`);
      }
      if (frame.registers.rip !== frame.instruction) say(`frame ${index} has another rip than its instruction`);
      // A trampoline and the function it is about to jump to share a frame.
      if (inner && inner.cfa !== want.cfa && frame.registers.general[4] !== inner.cfa)
        say(`frame ${index} has rsp ${frame.registers.general[4]}`);
      for (const [position, number] of preserved.entries()) {
        const value = inner?.callerRegisters?.[position];
        if (value === undefined) continue;
        this.comparedRegisters++;
        if (frame.registers.general[number] !== value) {
          say(
            `frame ${index} has register ${number} = ${frame.registers.general[number]?.toString(16)}, not ${value.toString(16)}`,
          );
        }
      }
    }
    return found;
  }

  #innermostInstruction(shadow: ShadowThread, frame: StackFrame): bigint {
    if (shadow === this.#current) return this.guest.rip;
    if (shadow.parked) return shadow.parked.rip;
    // Not yet run: it starts at the start of its function.
    return frame.functionAddress ?? -1n;
  }

  #moved(rip: bigint, before: bigint, after: bigint, next: bigint): void {
    const target = [...this.#threads.values()].find(
      (thread) => thread !== this.#current && (thread.parked?.pointer ?? this.#preparedPointer(thread)) === after,
    );
    if (!target) {
      const low = after - 0x1_0000n;
      if (before < low || before > after + 0x1_0000n)
        throw new Error(`rsp went to an unknown stack at ${this.#place(rip)}`);
      // An unwinding on the same stack.
      while ((this.#current.frames.at(-1)?.cfa ?? after + 1n) <= after) this.#current.frames.pop();
      return;
    }
    this.switches++;
    this.#current.parked = { pointer: before, rip: next };
    if (this.#isAvailable(this.#current)) this.#threads.delete(this.#current.slot ?? 0);
    if (!target.parked) {
      // A thread that starts finds itself in the switch routine, which returns to its first function.
      const preparedFor = target.frames.at(-1);
      if (preparedFor?.function === "gt_trampoline" || this.#isTrampolineNext(after))
        target.frames.splice(-2, 2, this.#trampolineFrame(after));
      target.frames.push({
        function: this.#functionAt(rip),
        cfa: after + 8n,
        returnAddress: this.guest.machine.memory.readWord(after as GuestAddress),
        callerRegisters: undefined,
      });
    }
    delete target.parked;
    this.#current = target;
  }

  #isTrampolineNext(pointer: bigint): boolean {
    const word = this.guest.machine.memory.readWord(pointer as GuestAddress);
    return word !== undefined && this.#functionAt(word) === "gt_trampoline";
  }

  #trampolineFrame(pointer: bigint): ShadowFrame {
    return {
      function: "gt_trampoline",
      cfa: pointer + 16n,
      returnAddress: this.guest.machine.memory.readWord((pointer + 8n) as GuestAddress),
      callerRegisters: undefined,
    };
  }

  #preparedPointer(thread: ShadowThread): bigint | undefined {
    if (thread.parked || thread.slot === undefined) return undefined;
    return this.#slotWord(thread.slot, 0x18n);
  }

  #isAvailable(thread: ShadowThread): boolean {
    return thread.slot !== undefined && thread.slot !== 0 && this.#slotWord(thread.slot, 0x50n) === 0n;
  }

  /** A slot that became ready: its stack is as the design says, `guard` at the top, `skip`, and where it starts. */
  #lookForNewThreads(): void {
    const name = this.#functionAt(this.guest.rip);
    if (name !== "gt_spawn" && name !== "gt_spawn_arg") return;
    const count = this.#runtimeWord(8n) ?? 0n;
    for (let slot = 1; slot < Number(count); slot++) {
      if (this.#threads.has(slot) || this.#slotWord(slot, 0x50n) !== readyState) continue;
      const low = this.#slotWord(slot, 0x08n) ?? 0n;
      const top = ((low + (this.#slotWord(slot, 0x10n) ?? 0n)) / 16n) * 16n;
      const start = this.guest.machine.memory.readWord((top - 32n) as GuestAddress) ?? 0n;
      const skip = this.guest.addressOf("skip");
      const guard = this.guest.addressOf("guard");
      const frame = (fn: string, cfa: bigint, returnAddress: bigint | undefined): ShadowFrame => ({
        function: fn,
        cfa,
        returnAddress,
        callerRegisters: undefined,
      });
      const frames = [frame("guard", top, undefined), frame("skip", top - 8n, guard)];
      frames.push(frame(this.#functionAt(start), top - 16n, skip));
      if (this.#functionAt(start) === "gt_trampoline") {
        // Shown with the function that the trampoline jumps to on top.
        const entry = this.#slotWord(slot, 0x58n) ?? 0n;
        frames.push(frame(this.#functionAt(entry), top - 16n, start));
      }
      this.#threads.set(slot, { slot, frames });
    }
  }

  #slotWord(slot: number, offset: bigint): bigint | undefined {
    const table = this.#runtimeWord(0n);
    if (!table) return undefined;
    return this.guest.machine.memory.readWord((table + BigInt(slot) * slotSize + offset) as GuestAddress);
  }

  #runtimeWord(offset: bigint): bigint | undefined {
    const symbol = this.guest.image.symbols.find(({ name }) => name === "gt_runtime");
    return symbol && this.guest.machine.memory.readWord((symbol.address + offset) as GuestAddress);
  }

  #preservedNow(): bigint[] {
    const { general } = this.guest.machine.registers.snapshot();
    return preserved.map((number) => general[number] ?? 0n);
  }

  #functionAt(address: bigint): string {
    let name = "?";
    for (const symbol of this.#functions) {
      if (symbol.address > address) break;
      name = symbol.name;
    }
    return name;
  }

  #place(address: bigint): string {
    const symbol = this.#functions.findLast((one) => one.address <= address);
    return symbol ? `${symbol.name}+0x${(address - symbol.address).toString(16)}` : address.toString(16);
  }

  #kindAt(address: bigint): Kind {
    const known = this.#kinds.get(address);
    if (known) return known;
    const decoder = new Decoder(64, this.guest.machine.memory.read(address as GuestAddress, 15), DecoderOptions.None);
    decoder.decodeOut(this.#instruction);
    decoder.free();
    const kind = kindOf(this.#instruction);
    this.#kinds.set(address, kind);
    return kind;
  }
}

function kindOf(instruction: Instruction): Kind {
  if (instruction.isCallNear || instruction.isCallNearIndirect) return "call";
  if (instruction.mnemonic === Mnemonic.Ret) return "return";
  if (instruction.isJmpShortOrNear || instruction.isJmpNearIndirect || instruction.isJccShortOrNear) return "jump";
  const loads =
    instruction.mnemonic === Mnemonic.Mov &&
    instruction.op0Kind === OpKind.Register &&
    instruction.op0Register === Register.RSP;
  return loads ? "loadStackPointer" : "other";
}

/** For messages about threads in tests. */
export function idOf(id: number): ThreadId {
  return id as ThreadId;
}
