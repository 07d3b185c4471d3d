import type { GuestAddress } from "../../../runtime/base/guest-address.js";
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import { createMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";
import type { Machine } from "../../../runtime/engine/machine.js";
import { layout, stackLow } from "../../../runtime/linux/address-space.js";
import { LinuxProcess } from "../../../runtime/linux/linux-process.js";
import { GreenThreads } from "../../../runtime/threads/green-threads.js";
import {
  type Abi,
  type GreenThread,
  type StackFrame,
  type ThreadEvent,
  type ThreadEventKind,
  type ThreadId,
  threadEventKinds,
} from "../../../runtime/threads/types.js";
import { buildProgram } from "./build-program.js";

/** A program, as source or built, in a machine with its green threads, run without a debugger around it. */
export class Guest {
  readonly machine: Machine;
  readonly image: ProgramImage;
  readonly threads: GreenThreads;
  /** What the observer was told: `started 2`, `spawn 2 by 1`, `switch 1 to 2`. */
  readonly log: string[] = [];
  readonly events: ThreadEvent[] = [];
  output = "";
  exitStatus: number | undefined;
  fault: string | undefined;
  /** How often the machine asked what a move of `rsp` was. */
  stackSwitchStops = 0;
  readonly #process: LinuxProcess;
  readonly #hooks: ReadonlySet<GuestAddress>;
  #hooksServedAt = -1;

  /** `program`: an assembly source, or what was built already. `events`: of which the observer is told. */
  constructor(
    program: string | ProgramImage,
    abi: Abi = "systemV",
    { mode, events = threadEventKinds }: { mode?: MachineOptions["mode"]; events?: ReadonlySet<ThreadEventKind> } = {},
  ) {
    this.machine = createMachine(mode ? { mode } : {});
    this.image = typeof program === "string" ? buildProgram(program) : program;
    const started = LinuxProcess.start(this.machine, this.image, {
      arguments: ["program"],
      environment: {},
      output: (_stream, bytes) => {
        this.output += new TextDecoder().decode(bytes);
      },
      note: (text) => this.log.push(text),
      describeAddress: (address) => address.toString(16),
    });
    if (!started.ok) throw new Error(started.error);
    this.#process = started.value;
    const observer = {
      threadStarted: (id: ThreadId) => this.log.push(`started ${id}`),
      threadExited: (id: ThreadId) => this.log.push(`exited ${id}`),
      event: (event: ThreadEvent) => {
        this.events.push(event);
        const other =
          event.other === undefined ? "" : event.kind === "spawn" ? ` by ${event.other}` : ` from ${event.other}`;
        this.log.push(`${event.kind} ${event.thread}${other}`);
      },
      note: (text: string) => this.log.push(text),
    };
    this.threads = new GreenThreads(this.machine, this.image, abi, observer, { stackLow, stackHigh: layout.stackHigh });
    this.#process.observeTasks(this.threads.kernelThreads);
    this.threads.watch(events);
    this.#hooks = this.threads.hookAddresses;
  }

  get rip(): GuestAddress {
    return this.machine.registers.rip;
  }

  get isOver(): boolean {
    return this.exitStatus !== undefined || this.fault !== undefined;
  }

  addressOf(symbol: string): GuestAddress {
    const found = this.image.symbols.find(({ name }) => name === symbol);
    if (!found) throw new Error(`The program has no symbol ${symbol}.`);
    return found.address;
  }

  /** Executes one instruction; `threads.onStop` is left to the caller. */
  step(): void {
    this.#serveHooks();
    this.#handle(this.machine.run(1, { ignoreFirstBreakpoint: true }));
  }

  /** Runs on until `rip` is at the symbol or address, having executed at least one instruction; false when it ended. */
  runTo(place: string | GuestAddress): boolean {
    const target = typeof place === "string" ? this.addressOf(place) : place;
    this.machine.setBreakpoints([...this.#hooks, target]);
    for (let isFirst = true; !this.isOver; isFirst = false) {
      if (!isFirst && this.rip === target) {
        this.threads.onStop();
        return true;
      }
      this.#serveHooks();
      this.#handle(this.machine.run(1_000_000, { ignoreFirstBreakpoint: true }));
    }
    this.threads.onStop();
    return false;
  }

  /** Executes so many instructions, or fewer when the program ends. */
  runFor(count: number): void {
    this.machine.setBreakpoints(this.#hooks);
    const end = this.machine.instructionCount + count;
    while (!this.isOver && this.machine.instructionCount < end) {
      this.#serveHooks();
      this.#handle(this.machine.run(end - this.machine.instructionCount, { ignoreFirstBreakpoint: true }));
    }
    this.threads.onStop();
  }

  /** Runs to the end, or to a fault. */
  runToEnd(): void {
    this.machine.setBreakpoints(this.#hooks);
    while (!this.isOver) {
      this.#serveHooks();
      this.#handle(this.machine.run(1_000_000, { ignoreFirstBreakpoint: true }));
    }
    this.threads.onStop();
  }

  thread(id: number): GreenThread {
    const found = this.threads.list().find((thread) => thread.id === id);
    if (!found) throw new Error(`There is no thread ${id}.`);
    return found;
  }

  trace(id: number): readonly StackFrame[] {
    const frames = this.threads.stackTrace(id as ThreadId);
    if (!frames) throw new Error(`There is no thread ${id}.`);
    return frames;
  }

  /** The names of the functions on a thread's stack, innermost first. */
  functions(id: number): string[] {
    return this.trace(id).map((frame) => frame.functionName ?? "?");
  }

  #serveHooks(): void {
    if (!this.#hooks.has(this.rip) || this.#hooksServedAt === this.machine.instructionCount) return;
    this.#hooksServedAt = this.machine.instructionCount;
    this.threads.atHook(this.rip);
  }

  #handle(stop: ReturnType<Machine["run"]>): void {
    switch (stop.kind) {
      case "systemCall": {
        const outcome = this.#process.systemCall();
        if (outcome.kind === "exited") this.exitStatus = outcome.status;
        break;
      }
      case "stackSwitch":
        this.stackSwitchStops++;
        this.threads.onStackSwitch(stop);
        break;
      case "fault":
        if (this.#process.deliverFault(stop.fault) !== undefined) this.fault = stop.fault.kind;
        break;
      case "limit":
      case "breakpoint":
        break;
    }
  }
}
