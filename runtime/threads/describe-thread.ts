/**
 * A green thread as people see it in a debugger: name, state, where its stack lies and how much of it is in use.
 * Made from the thread's record and what the machine and the model say at this moment.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { Origins } from "./origins.js";
import type { LikelyBounds, StackBounds } from "./stack-bounds.js";
import type { Parked, ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";
import type { CallSite, GreenThread, ThreadState } from "./types.js";

/** What was said of a thread that has not run since. */
interface Described {
  readonly parked: Parked;
  readonly thread: GreenThread;
}

export class Descriptions {
  readonly #described = new WeakMap<ThreadRecord, Described>();

  constructor(
    readonly machine: Machine,
    readonly registry: ThreadRegistry,
    readonly bounds: StackBounds,
    readonly origins: Origins,
  ) {}

  /** Describes a living thread. */
  of(record: ThreadRecord): GreenThread {
    const { parked } = record;
    const known = this.#described.get(record);
    // What a model says may have changed without a turn of the thread.
    if (known && known.parked === parked && record.slot === undefined) return known.thread;
    const thread = this.#describe(record);
    if (parked) this.#described.set(record, { parked, thread });
    return thread;
  }

  nameOf(record: ThreadRecord): string {
    const { slot } = record;
    const ownName = slot === undefined ? undefined : this.registry.nameIn(slot);
    return fullName(record, ownName ?? this.entryNameOf(record));
  }

  entryNameOf({ entry }: ThreadRecord): string | undefined {
    return entry === undefined ? undefined : this.origins.callAt(entry, false).functionName;
  }

  stateOf(record: ThreadRecord): ThreadState {
    if (record === this.registry.current) return "running";
    return record.hasRun ? "ready" : "new";
  }

  /** The call with which the thread gave the processor away; undefined while it has it, and before its first turn. */
  switchedOutAt({ parked }: ThreadRecord): CallSite | undefined {
    return parked?.returnWord ? this.origins.callAt(guestAddress(parked.returnWord), true) : undefined;
  }

  /** The bounds of the thread's stack, as far as they are known. */
  boundsOf(record: ThreadRecord): LikelyBounds {
    const { bounds } = record;
    return bounds ? { low: guestAddress(bounds.low), high: guestAddress(bounds.high) } : this.bounds.of(record);
  }

  #describe(record: ThreadRecord): GreenThread {
    const { registry, machine, origins } = this;
    const isCurrent = record === registry.current;
    const { origin } = record;
    const entryName = this.entryNameOf(record);
    const switchedOutAt = this.switchedOutAt(record);
    return {
      id: record.id,
      name: this.nameOf(record),
      state: this.stateOf(record),
      slot: record.slot,
      entry: record.entry,
      entryName,
      stack: describeStack(record, pointerOf(record, machine, registry), this.boundsOf(record)),
      ...(origin ? { creator: { thread: origin.thread, calls: origins.callsOf(origin) } } : {}),
      ...(switchedOutAt ? { switchedOutAt } : {}),
      ...(record.kernelThread === undefined ? {} : { kernelThread: record.kernelThread }),
      runs: record.runs,
      instructions: record.instructions + (isCurrent ? machine.instructionCount - registry.since : 0),
    };
  }
}

function describeStack(record: ThreadRecord, pointer: GuestAddress, bounds: LikelyBounds): GreenThread["stack"] {
  const used = bounds.high !== undefined && pointer <= bounds.high ? Number(bounds.high - pointer) : undefined;
  return {
    low: bounds.low,
    high: bounds.high,
    pointer,
    used,
    size: bounds.high !== undefined && bounds.low !== undefined ? Number(bounds.high - bounds.low) : undefined,
    highWaterMark: used === undefined ? undefined : Math.max(used, Number(bounds.high ?? 0n) - record.lowest),
  };
}

/** Live for the current thread, kept for a parked one, prepared for one that has not run. */
function pointerOf(record: ThreadRecord, machine: Machine, registry: ThreadRegistry): GuestAddress {
  if (record === registry.current) return guestAddress(machine.registers.general("rsp"));
  const { preempted } = record;
  if (preempted) return guestAddress(preempted.general[4] ?? 0n);
  return guestAddress(record.parked?.pointer ?? registry.glance(record)?.pointer ?? record.low);
}

function fullName(record: ThreadRecord, ownName: string | undefined): string {
  const what = ownName ?? (record.isBase ? "main" : "green thread");
  if (record.slot !== undefined) return `thread ${record.slot}: ${what}`;
  return record.isBase ? `base thread: ${what}` : what;
}
