/**
 * The threads of the system (clone(2)), each with a first stack of its own, on which it runs one green thread or another.
 * They share one processor: while one has it, the green threads of the others are where it was taken from them.
 */
import { guestAddress } from "../base/guest-address.js";
import type { Machine, RegisterSnapshot } from "../engine/machine.js";
import type { Task, TaskObserver } from "../linux/tasks.js";
import type { Origins } from "./origins.js";
import type { PathAhead } from "./path-ahead.js";
import type { ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";
import type { FunctionTable } from "./unwind/function-table.js";

const stackPointer = 4;
/** Where the C library keeps the function of a thread: on its first stack, or in its descriptor, behind FS. */
const stackWords = 32;
const descriptorWords = 0x120;

export class KernelThreads implements TaskObserver {
  /** The green thread that each of them runs; the one that has the processor is in the registry. */
  readonly #running = new Map<number, ThreadRecord>();
  #ended: Task | undefined;

  constructor(
    readonly machine: Machine,
    readonly threads: () => ThreadRegistry,
    readonly table: FunctionTable,
    readonly paths: PathAhead,
    readonly origins: Origins,
    /** The running green thread, or the stack it runs on, is another one now. */
    readonly changed: (before: ThreadRecord) => void,
  ) {}

  /** The green threads from which the processor was taken. */
  *waiting(): Generator<ThreadRecord> {
    for (const record of this.#running.values()) if (record.preempted) yield record;
  }

  taskStarted({ id }: Task, registers: RegisterSnapshot): void {
    const general = registers.general.map(Number);
    const landing = this.paths.landingOf(Number(registers.rip), general);
    const entry = this.#functionOf(registers, landing?.entry) ?? landing?.entry;
    const pointer = general[stackPointer] ?? 0;
    const threads = this.threads();
    const origin = this.origins.of(threads.current, true);
    const record = threads.bearRoot(id, pointer, entry === undefined ? undefined : guestAddress(entry), origin);
    record.preempted = registers;
    this.#running.set(id, record);
  }

  taskSwitched(from: Task, to: Task): void {
    const threads = this.threads();
    const leaving = threads.current;
    leaving.instructions += this.machine.instructionCount - threads.since;
    threads.since = this.machine.instructionCount;
    if (from.registers) leaving.preempted = from.registers;
    this.#running.set(from.id, leaving);
    const next = this.#running.get(to.id);
    if (next) {
      next.preempted = undefined;
      threads.current = next;
    }
    if (this.#ended === from) this.#remove(from.id, leaving);
    this.#ended = undefined;
    this.changed(leaving);
  }

  /** Its threads are removed when another one has the processor: somebody is running always. */
  taskEnded(task: Task): void {
    this.#ended = task;
  }

  alternateStackEntered(from: bigint, low: bigint, high: bigint): void {
    const { current } = this.threads();
    const outer = current.detour;
    current.detour = { kind: "alternateStack", low: Number(low), high: Number(high), from: Number(from), outer };
    this.changed(current);
  }

  handlerLeft(): void {
    const { current } = this.threads();
    current.leaveDetours(this.machine.registers.stackPointer);
    this.changed(current);
  }

  programReplaced(): void {
    const threads = this.threads();
    for (const record of threads.records.values()) {
      if (record.isBase) threads.current = record;
      else threads.remove(record);
    }
    threads.current.detour = undefined;
    threads.current.preempted = undefined;
    this.#running.clear();
    this.changed(threads.current);
  }

  #remove(task: number, running: ThreadRecord): void {
    this.#running.delete(task);
    const threads = this.threads();
    for (const root of threads.roots) if (root.kernelThread === task) threads.remove(root);
    if (!running.isBase) threads.remove(running);
  }

  /** The function that a thread was made for, which a function of the C library calls. */
  #functionOf({ general, fsBase }: RegisterSnapshot, first: number | undefined): number | undefined {
    const stack = Number(general[stackPointer] ?? 0n);
    return this.#functionIn(stack, stackWords, first) ?? this.#functionIn(Number(fsBase), descriptorWords, first);
  }

  #functionIn(address: number, words: number, except: number | undefined): number | undefined {
    for (let at = address; at < address + 8 * words; at += 8) {
      const word = this.machine.memory.readNumber(at);
      if (word !== undefined && word !== except && this.table.startingAt(BigInt(word))) return word;
    }
    return undefined;
  }
}
