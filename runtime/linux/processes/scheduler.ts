/**
 * The processes get the processor in turn. Whose turn it is depends on counted instructions and on what the processes
 * wait for, never on the host: the same in every run. Time passes when all of them wait.
 */

import type { HostWait } from "../host-wait.js";
import { deliverFault, deliverPending, terminated } from "../signals/delivery.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { systemCallName } from "../system-calls/names.js";
import { minimum } from "../user-memory.js";
import { answerSystemCall, nextTask } from "./answer.js";
import { goesOn, isWaiting, killed, type Outcome } from "./outcome.js";
import type { Process } from "./process.js";
import type { System } from "./system.js";

/** Instructions after which the next process gets its turn. */
const turnLength = 100_000;
const passingFirstBreakpoint = { ignoreFirstBreakpoint: true } as const;

export class Scheduler {
  private readonly timers: System["timers"];
  /** What the first process's machine had executed when its turn began. */
  private turnBegan = 0;
  /** Instructions that were left of the turn of another process when it asked the host about a file. */
  private leftWhenAsked = 0;

  /** `first` is run by others, who ask for `leftOfTurn` and call `next`; the rest is run here. */
  constructor(
    private readonly system: System,
    private readonly first: Process,
    private readonly hostWait: HostWait,
  ) {
    this.timers = system.timers;
  }

  /** Instructions after which `next` must be called: 0 while the first process has not the processor. */
  get leftOfTurn(): number {
    const { first, system } = this;
    if (system.current !== first || first.isWaiting || !first.canRun) return 0;
    const ofTask = first.tasks.leftOfTurn;
    if (!system.areSeveral) return ofTask;
    return Math.min(ofTask, Math.max(0, this.turnBegan + turnLength - first.machine.instructionCount));
  }

  /** Instructions until a timer goes off. */
  get untilTimer(): number {
    const { next } = this.timers;
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Number(next - this.system.clock.elapsed));
  }

  /** Lets the next process have a turn, one that can go on; lets time pass when there is none. Returns what became of the first one. */
  next(): Outcome {
    const { system, first } = this;
    for (;;) {
      this.hostWait.inputs.clear();
      for (const process of this.inTurn()) {
        if (!process.canRun) continue;
        system.giveTurn(process);
        const outcome = process.isWaiting ? nextTask(process) : this.begin(process);
        if (outcome.kind === "waiting") continue;
        if (process === first) this.turnBegan = first.machine.instructionCount;
        return process === first ? outcome : this.runTurn(process, outcome, turnLength);
      }
      const next = this.nextMoment();
      const { hostWait } = this;
      if (hostWait.inputs.size > 0) {
        hostWait.begin(next === undefined ? undefined : next - system.clock.elapsed);
        return { kind: "hostWait" };
      }
      if (next === undefined) return this.deadlock();
      this.passTimeUntil(next);
    }
  }

  /** Goes on after a wait for the host. */
  resumeHostWait(): Outcome {
    const { hostQuestion } = this.system;
    if (hostQuestion !== undefined) {
      if (!hostQuestion.isAnswered) return { kind: "hostWait" };
      const { process, goOn } = hostQuestion;
      this.system.hostQuestion = undefined;
      const outcome = goOn();
      if (process !== this.first) return this.runTurn(process, outcome, this.leftWhenAsked);
      return outcome.kind === "waiting" && !this.system.areSeveral ? this.next() : outcome;
    }
    const next = this.nextMoment();
    if (this.hostWait.end() === "timeIsOver" && next !== undefined) this.passTimeUntil(next);
    return this.next();
  }

  /** When, on the clock, the first timer goes off or the first wait is over. */
  private nextMoment(): bigint | undefined {
    const moments = [this.timers.next];
    for (const { tasks, end } of this.system.processes) {
      if (end === undefined) moments.push(...tasks.all().map(({ blocked }) => blocked?.wait.deadline));
    }
    return moments.reduce((one, other) =>
      one === undefined || other === undefined ? (one ?? other) : minimum(one, other),
    );
  }

  private passTimeUntil(moment: bigint): void {
    this.system.clock.sleepUntil(moment);
    this.timers.fireDue();
  }

  /** The threads of a process take turns at its turns, too. */
  private begin(process: Process): Outcome {
    return process.tasks.leftOfTurn === 0 ? nextTask(process) : deliverPending(process);
  }

  /** The processes, the current one last. */
  private inTurn(): readonly Process[] {
    const all = [...this.system.processes].filter(({ end }) => end === undefined);
    const index = this.system.current === undefined ? -1 : all.indexOf(this.system.current);
    return [...all.slice(index + 1), ...all.slice(0, index + 1)];
  }

  /** Runs another process than the first for at most `length` instructions. */
  private runTurn(process: Process, begin: Outcome, length: number): Outcome {
    let outcome = begin;
    let left = length;
    while (outcome.kind === "continue" && process.canRun && left > 0) {
      if (this.untilTimer === 0) {
        this.timers.fireDue();
        outcome = deliverPending(process);
      } else if (process.tasks.leftOfTurn === 0) {
        outcome = nextTask(process);
      } else {
        const { machine } = process;
        const before = machine.instructionCount;
        const stop = machine.run(Math.min(left, this.untilTimer, process.tasks.leftOfTurn), passingFirstBreakpoint);
        left -= machine.instructionCount - before;
        if (stop.kind === "systemCall") {
          outcome = answerSystemCall(process);
        } else if (stop.kind === "fault") {
          const signal = deliverFault(process, stop.fault);
          outcome = signal === undefined ? goesOn : terminated(process, signal);
        }
      }
    }
    if (outcome.kind === "hostWait") {
      this.leftWhenAsked = left;
      return outcome;
    }
    if (outcome.kind === "ended") process.finish(outcome.end);
    return isWaiting;
  }

  private deadlock(): Outcome {
    const { system, first } = this;
    const waits = [...system.processes].flatMap((process) => {
      if (process.end !== undefined) return [];
      return process.tasks.all().map((task) => {
        const behind = task === process.tasks.current ? process.machine.registers.rip : task.registers?.rip;
        const place = system.describeSystemCall(process, behind ?? process.machine.registers.rip);
        const { number, wait } = task.blocked ?? { number: 0, wait: undefined };
        const who = process === first ? "" : `process ${process.id} `;
        return `${who}for ${wait?.what ?? "nothing"}, in ${systemCallName(number) ?? number} at ${place}`;
      });
    });
    system.noteOnce(
      `The program waits ${waits.join("; and ")}. Nothing can happen any more that would end the wait: a deadlock. ` +
        "The program was ended.",
    );
    return killed(signalNumbers.SIGKILL);
  }
}
