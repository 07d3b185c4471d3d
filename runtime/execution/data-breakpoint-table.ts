import type { GuestAddress } from "../base/guest-address.js";
import type {
  BreakpointContext,
  BreakpointId,
  DataBreakpointHit,
  DataBreakpointRequest,
  WatchedFrame,
} from "../debuggee.js";
import type { WatchedRange, WatchHit } from "../engine/watchpoints.js";

interface DataBreakpoint {
  readonly id: BreakpointId;
  readonly request: DataBreakpointRequest;
  hits: number;
}

/** The user's data breakpoints, each with its own conditions and hit count. */
export class DataBreakpointTable {
  private breakpoints: readonly DataBreakpoint[] = [];
  private nextId = 1;

  get isEmpty(): boolean {
    return this.breakpoints.length === 0;
  }

  /** `read` gives the bytes of a range as they are now. */
  constructor(private readonly read: (start: number, length: number) => Uint8Array) {}

  /** The frames that data breakpoints belong to. */
  frames(): WatchedFrame[] {
    return this.breakpoints.flatMap(({ request }) => request.frame ?? []);
  }

  /** Removes those whose frames have ended, and returns them. */
  removeEnded(hasEnded: (frame: WatchedFrame) => boolean): BreakpointId[] {
    const ended = this.breakpoints.filter(({ request }) => request.frame !== undefined && hasEnded(request.frame));
    if (ended.length > 0) this.breakpoints = this.breakpoints.filter((breakpoint) => !ended.includes(breakpoint));
    return ended.map(({ id }) => id);
  }

  /** Replaces all; a request whose range and access are those of one that was there keeps its id and hit count. */
  replace(requests: readonly DataBreakpointRequest[]): BreakpointId[] {
    const old = new Map(this.breakpoints.map((breakpoint) => [keyOf(breakpoint.request.range), breakpoint]));
    this.breakpoints = requests.map((request) => {
      const kept = old.get(keyOf(request.range));
      old.delete(keyOf(request.range));
      return { id: kept?.id ?? (this.nextId++ as BreakpointId), request, hits: kept?.hits ?? 0 };
    });
    return this.breakpoints.map(({ id }) => id);
  }

  /** The ranges that the machine is to watch. */
  ranges(): WatchedRange[] {
    return this.breakpoints.map(({ request }) => request.range);
  }

  /** Accesses have been made: counts them, and returns those that stop. A condition that does not hold is no hit. */
  accessed(hits: readonly WatchHit[], instruction: GuestAddress, context: BreakpointContext): DataBreakpointHit[] {
    const stopping: DataBreakpointHit[] = [];
    for (const breakpoint of this.breakpoints) {
      // An instruction that reads and writes a range has accessed it once; the write says more.
      const mine = hits.filter(({ range }) => range === breakpoint.request.range);
      const hit = mine.find(({ access }) => access === "write") ?? mine[0];
      if (hit === undefined) continue;
      const { condition, hitCondition, onlyChanges } = breakpoint.request;
      if (onlyChanges === true && hit.access === "write" && this.isUnchanged(hit)) continue;
      if (condition !== undefined && !condition(context)) continue;
      breakpoint.hits++;
      if (hitCondition !== undefined && !hitCondition(breakpoint.hits)) continue;
      stopping.push({ ...hit, breakpoint: breakpoint.id, instruction });
    }
    return stopping;
  }

  private isUnchanged({ range, before }: WatchHit): boolean {
    return sameBytes(before, this.read(range.start, range.length));
  }
}

function sameBytes(some: Uint8Array, others: Uint8Array): boolean {
  return some.length === others.length && some.every((byte, index) => byte === others[index]);
}

function keyOf({ start, length, access }: WatchedRange): string {
  return `${start} ${length} ${access}`;
}
