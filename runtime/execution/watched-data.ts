/** Data breakpoints while the program runs: the memory that the machine watches, and the frames that some belong to. */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type {
  BreakpointContext,
  BreakpointId,
  DataBreakpointHit,
  DataBreakpointRequest,
  WatchedFrame,
} from "../debuggee.js";
import type { Machine } from "../engine/machine.js";
import type { WatchHit } from "../engine/watchpoints.js";
import type { ThreadId } from "../threads/types.js";
import { DataBreakpointTable } from "./data-breakpoint-table.js";

export interface WatchedDataContext {
  readonly machine: Machine;
  readonly conditions: BreakpointContext;
  currentThread(): ThreadId;
  /** `frameEnds` is another. */
  frameEndsChanged(): void;
  /** The frame of a data breakpoint is over, and the breakpoint with it. */
  ended(breakpoint: BreakpointId): void;
}

export class WatchedData {
  /** Where frames end that data breakpoints belong to: the machine must stop there, and `returnedTo` be called. */
  frameEnds: ReadonlySet<GuestAddress> = new Set();
  private readonly table: DataBreakpointTable;
  /** Accesses since the last stop of the machine that are to end the run. */
  private hits: readonly DataBreakpointHit[] = [];

  constructor(private readonly context: WatchedDataContext) {
    const { memory } = context.machine;
    this.table = new DataBreakpointTable((start, length) => memory.read(guestAddress(start), length));
  }

  get isEmpty(): boolean {
    return this.table.isEmpty;
  }

  replace(requests: readonly DataBreakpointRequest[]): readonly BreakpointId[] {
    const ids = this.table.replace(requests);
    this.changed();
    return ids;
  }

  /** The instruction has made accesses. */
  accessed(hits: readonly WatchHit[], instruction: GuestAddress): void {
    // What left its frame by a jump (longjmp, an exception) has not returned.
    if (this.frameEnds.size > 0) this.removeEnded();
    this.hits = this.table.accessed(hits, instruction, this.context.conditions);
  }

  /** `write` is done by the system for the instruction, in memory that may be watched. */
  noting<Outcome>(instruction: GuestAddress, write: () => Outcome): Outcome {
    const { result, hits } = this.context.machine.notingWrites(write);
    this.hits = this.table.accessed(hits, instruction, this.context.conditions);
    return result;
  }

  /** Execution has come to where a frame may end. */
  returnedTo(address: GuestAddress): void {
    if (this.frameEnds.has(address)) this.removeEnded();
  }

  /** The accesses that are to end the run; they are told once. */
  takeHits(): readonly DataBreakpointHit[] {
    const { hits } = this;
    if (hits.length > 0) this.hits = [];
    return hits;
  }

  private changed(): void {
    this.context.machine.setWatchpoints(this.table.ranges());
    this.frameEnds = new Set(this.table.frames().map(({ returnAddress }) => returnAddress));
    this.context.frameEndsChanged();
  }

  private removeEnded(): void {
    const ended = this.table.removeEnded((frame) => this.hasEnded(frame));
    if (ended.length === 0) return;
    this.changed();
    for (const breakpoint of ended) this.context.ended(breakpoint);
  }

  /** Its thread has the processor, and its stack has shrunk to what it was before the call. */
  private hasEnded({ thread, canonicalFrameAddress }: WatchedFrame): boolean {
    const { machine } = this.context;
    return this.context.currentThread() === thread && machine.registers.general("rsp") >= canonicalFrameAddress;
  }
}
