/**
 * A green thread as people see it in a debugger: name, state, where its stack lies and how much of it is in use.
 * Made from the thread's record and what the machine and the model say at this moment.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { StackBounds } from "./stack-bounds.js";
import type { ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";
import type { GreenThread, ThreadState } from "./types.js";
import type { FunctionTable } from "./unwind/function-table.js";

/** Describes a living thread. */
export function describeThread(
  record: ThreadRecord,
  machine: Machine,
  registry: ThreadRegistry,
  table: FunctionTable,
  likely: StackBounds,
): GreenThread {
  const isCurrent = record === registry.current;
  const entryName = record.entry === undefined ? undefined : table.containing(record.entry)?.name;
  return {
    id: record.id,
    name: nameOf(record, entryName),
    state: stateOf(record, isCurrent),
    slot: record.slot,
    entry: record.entry,
    entryName,
    stack: describeStack(record, pointerOf(record, machine, registry), likely),
    runs: record.runs,
    instructions: record.instructions + (isCurrent ? machine.instructionCount - registry.since : 0),
  };
}

function describeStack(record: ThreadRecord, pointer: GuestAddress, likely: StackBounds): GreenThread["stack"] {
  const bounds = record.bounds
    ? { low: guestAddress(record.bounds.low), high: guestAddress(record.bounds.high) }
    : likely.of(record);
  const used = bounds?.high !== undefined && pointer <= bounds.high ? Number(bounds.high - pointer) : undefined;
  return {
    low: bounds?.low,
    high: bounds?.high,
    pointer,
    used,
    size: bounds?.high !== undefined && bounds.low !== undefined ? Number(bounds.high - bounds.low) : undefined,
    highWaterMark: used === undefined ? undefined : Math.max(used, Number(bounds?.high ?? 0n) - record.lowest),
  };
}

/** Live for the current thread, kept for a parked one, prepared for one that has not run. */
function pointerOf(record: ThreadRecord, machine: Machine, registry: ThreadRegistry): GuestAddress {
  if (record === registry.current) return guestAddress(machine.registers.general("rsp"));
  return guestAddress(record.parked?.pointer ?? registry.glance(record)?.pointer ?? record.low);
}

function stateOf(record: ThreadRecord, isCurrent: boolean): ThreadState {
  if (isCurrent) return "running";
  return record.hasRun ? "ready" : "new";
}

function nameOf(record: ThreadRecord, entryName: string | undefined): string {
  const what = entryName ?? (record.isBase ? "main" : "green thread");
  if (record.slot !== undefined) return `thread ${record.slot}: ${what}`;
  return record.isBase ? `base thread: ${what}` : what;
}
