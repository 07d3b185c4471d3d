import { addressPlus, type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { Machine } from "../../engine/machine.js";
import type { FunctionTable } from "../unwind/function-table.js";
import type { InstructionReader, RegisterNumber } from "../unwind/instruction-facts.js";
import type { ModelField, ModelHook, ModelThread, ThreadModel } from "./thread-model.js";

/** Offsets in `gt_runtime` and in a thread's slot: the layout of runtime/guest/green_threads.s. */
const runtimeFields = [
  { offset: 0x00, name: "threads" },
  { offset: 0x08, name: "count" },
  { offset: 0x10, name: "current" },
  { offset: 0x18, name: "stack_size" },
] as const;
const runtimeSize = 0x20;

const slotOffset = { id: 0x00, stack: 0x08, stackSize: 0x10, state: 0x50, entry: 0x58 } as const;
/** The saved registers, by hardware number. */
const contextOffsets: readonly { readonly register: RegisterNumber; readonly name: string; readonly offset: number }[] =
  [
    { register: 4, name: "rsp", offset: 0x18 },
    { register: 15, name: "r15", offset: 0x20 },
    { register: 14, name: "r14", offset: 0x28 },
    { register: 13, name: "r13", offset: 0x30 },
    { register: 12, name: "r12", offset: 0x38 },
    { register: 3, name: "rbx", offset: 0x40 },
    { register: 5, name: "rbp", offset: 0x48 },
  ];
const slotSize = 0x60;
const slotFields = [
  { offset: slotOffset.id, name: "id" },
  { offset: slotOffset.stack, name: "stack" },
  { offset: slotOffset.stackSize, name: "stack size" },
  ...contextOffsets.map(({ name, offset }) => ({ offset, name: `saved ${name}` })),
  { offset: slotOffset.state, name: "state" },
  { offset: slotOffset.entry, name: "entry" },
];

const stateNames = ["available", "running", "ready"] as const;

/** More slots than that are taken for nonsense. */
const maximumCount = 65_536;

/** The model of the runtime in `runtime/guest`, found by the symbol `gt_runtime`. */
export class GuestRuntimeModel implements ThreadModel {
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  readonly subtleFunctions: ReadonlySet<number>;
  readonly rootFunctions: ReadonlySet<number>;
  readonly trampolines: ReadonlySet<number>;
  /** The table as last read, and what was made of it: unchanged bytes need no new look. */
  #last:
    | { readonly address: GuestAddress; readonly bytes: Uint8Array; readonly threads: readonly ModelThread[] }
    | undefined;

  private constructor(
    readonly machine: Machine,
    readonly runtime: GuestAddress,
    table: FunctionTable,
    reader: InstructionReader,
  ) {
    this.hooks = hooksOf(table, reader);
    const starts = (...names: string[]) =>
      new Set(names.flatMap((name) => table.symbol(name) ?? []).map((symbol) => Number(symbol.address)));
    this.subtleFunctions = starts("guard", "skip", "gt_trampoline");
    this.rootFunctions = starts("guard");
    this.trampolines = starts("gt_trampoline");
  }

  /** Undefined when the program is not linked with the guest runtime. */
  static find(machine: Machine, table: FunctionTable, reader: InstructionReader): GuestRuntimeModel | undefined {
    const symbol = table.symbol("gt_runtime");
    return symbol && new GuestRuntimeModel(machine, symbol.address, table, reader);
  }

  threads(): readonly ModelThread[] | undefined {
    const table = this.#table();
    if (!table) return undefined;
    const bytes = this.machine.memory.read(table.address, table.count * slotSize);
    if (bytes.length < table.count * slotSize) return undefined;
    if (this.#last?.address === table.address && equalBytes(this.#last.bytes, bytes)) return this.#last.threads;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const threads: ModelThread[] = [];
    for (let slot = 0; slot < table.count; slot++) {
      const thread = slotFrom(slot, addressPlus(table.address, slot * slotSize), view, slot * slotSize);
      if (!thread) return undefined;
      threads.push(thread);
    }
    this.#last = { address: table.address, bytes, threads };
    return threads;
  }

  thread(slot: number): ModelThread | undefined {
    const table = this.#table();
    if (!table || slot >= table.count) return undefined;
    const address = addressPlus(table.address, slot * slotSize);
    const bytes = this.machine.memory.read(address, slotSize);
    if (bytes.length < slotSize) return undefined;
    return slotFrom(slot, address, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  }

  spawnedSlot(): number {
    return Number(this.machine.registers.general("rax"));
  }

  fields(address: GuestAddress, length: number): ModelField[] {
    const fields: ModelField[] = [];
    const end = address + BigInt(length);
    const add = (at: GuestAddress, text: string, slot?: number) => {
      if (at + 8n > address && at < end) fields.push({ address: at, length: 8, text, slot });
    };
    for (const { offset, name } of runtimeFields) add(addressPlus(this.runtime, offset), `gt_runtime ${name}`);
    const table = this.#table();
    if (!table) return fields;
    const first = Math.max(0, Math.floor(Number(address - table.address) / slotSize));
    const last = Math.min(table.count - 1, Math.floor(Number(end - 1n - table.address) / slotSize));
    for (let slot = first; slot <= last; slot++) {
      for (const { offset, name } of slotFields) {
        add(addressPlus(table.address, slot * slotSize + offset), `thread ${slot} ${name}`, slot);
      }
    }
    return fields;
  }

  #table(): { readonly address: GuestAddress; readonly count: number } | undefined {
    const bytes = this.machine.memory.read(this.runtime, runtimeSize);
    if (bytes.length < runtimeSize) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const address = view.getBigUint64(0, true);
    const count = view.getBigUint64(8, true);
    if (address === 0n || address > 0xffff_ffffn || count === 0n || count > maximumCount) return undefined;
    return { address: guestAddress(address), count: Number(count) };
  }
}

/** Undefined for a slot that holds nonsense: a table that is being set up, or is none. */
function slotFrom(slot: number, address: GuestAddress, view: DataView, at: number): ModelThread | undefined {
  const word = (offset: number) => view.getBigUint64(at + offset, true);
  const state = stateNames[Number(word(slotOffset.state))];
  if (!state) return undefined;
  const low = word(slotOffset.stack);
  const high = low + word(slotOffset.stackSize);
  if (high > 0xffff_ffffn) return undefined;
  const entry = word(slotOffset.entry);
  return {
    slot,
    state,
    ...(low !== 0n && high > low ? { stack: { low: guestAddress(low), high: guestAddress(high) } } : {}),
    pointer: guestAddress(word(0x18)),
    context: new Map(contextOffsets.map(({ register, offset }) => [register, addressPlus(address, offset)])),
    ...(entry !== 0n ? { entry: guestAddress(entry) } : {}),
  };
}

function hooksOf(table: FunctionTable, reader: InstructionReader): Map<GuestAddress, ModelHook> {
  const hooks = new Map<GuestAddress, ModelHook>();
  const yieldSymbol = table.symbol("gt_yield");
  if (yieldSymbol) hooks.set(yieldSymbol.address, "yield");
  const returnSymbol = table.symbol("gt_return");
  if (returnSymbol) hooks.set(returnSymbol.address, "finished");
  for (const name of ["gt_spawn", "gt_spawn_arg"]) {
    const symbol = table.symbol(name);
    const known = symbol && table.startingAt(symbol.address);
    if (!known) continue;
    // The thread is complete when the function returns, its number in rax.
    for (const facts of reader.read(imageBytes(table, known.start, known.end), known.start)) {
      if (facts.flow.kind === "return") hooks.set(guestAddress(facts.address), "spawned");
    }
  }
  return hooks;
}

function imageBytes(table: FunctionTable, start: number, end: number): Uint8Array {
  for (const segment of table.image.segments) {
    const offset = start - Number(segment.address);
    if (offset >= 0 && offset < segment.bytes.length)
      return segment.bytes.subarray(offset, end - Number(segment.address));
  }
  return new Uint8Array();
}

function equalBytes(one: Uint8Array, two: Uint8Array): boolean {
  if (one.length !== two.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== two[i]) return false;
  return true;
}
