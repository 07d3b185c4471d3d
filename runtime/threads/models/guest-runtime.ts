import { addressPlus, type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { Machine } from "../../engine/machine.js";
import type { FunctionTable } from "../unwind/function-table.js";
import type { InstructionReader, RegisterNumber } from "../unwind/instruction-facts.js";
import type { ModelField, ModelHook, ModelThread, SlotGlance, ThreadControl, ThreadModel } from "./thread-model.js";

/** Offsets in `gt_runtime` and in a thread's slot: the layout of runtime/guest/green_threads.s. */
const runtimeFields = [
  { offset: 0x00, name: "threads" },
  { offset: 0x08, name: "count" },
  { offset: 0x10, name: "current" },
  { offset: 0x18, name: "stack_size" },
] as const;

const slotOffset = { id: 0x00, stack: 0x08, stackSize: 0x10, pointer: 0x18, state: 0x50, entry: 0x58 } as const;
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
const [available, ready] = [0n, 2n];
/** None of the runtime's own: it neither chooses a thread in this state nor takes its place for another. */
const held = 3;

/** Functions that change the table of threads, and must not be disturbed while they do. */
const changingFunctions = ["gt_switch", "gt_yield", "gt_spawn", "gt_spawn_arg", "gt_prepare", "gt_return", "gt_init"];

/** More slots than that are taken for nonsense. */
const maximumCount = 65_536;

/** The model of the runtime in `runtime/guest`, found by the symbol `gt_runtime`. */
export class GuestRuntimeModel implements ThreadModel {
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  readonly subtleFunctions: ReadonlySet<number>;
  readonly rootFunctions: ReadonlySet<number>;
  readonly trampolines: ReadonlySet<number>;
  readonly control: ThreadControl;
  readonly #place: number;
  /** Slots that wait for their turn, and are kept from being chosen. */
  readonly #held = new Set<number>();

  private constructor(
    readonly machine: Machine,
    readonly runtime: GuestAddress,
    table: FunctionTable,
    reader: InstructionReader,
  ) {
    this.#place = Number(runtime);
    this.hooks = hooksOf(table, reader);
    const starts = (...names: string[]) =>
      new Set(names.flatMap((name) => table.symbol(name) ?? []).map((symbol) => Number(symbol.address)));
    this.subtleFunctions = starts("guard", "skip", "gt_trampoline");
    this.rootFunctions = starts("guard");
    this.trampolines = starts("gt_trampoline");
    this.control = this.#controlOf(table);
  }

  /** Undefined when the program is not linked with the guest runtime. */
  static find(machine: Machine, table: FunctionTable, reader: InstructionReader): GuestRuntimeModel | undefined {
    const symbol = table.symbol("gt_runtime");
    return symbol && new GuestRuntimeModel(machine, symbol.address, table, reader);
  }

  #controlOf(table: FunctionTable): ThreadControl {
    const places = (...names: string[]) => names.flatMap((name) => table.symbol(name)?.address ?? []);
    const changing = places(...changingFunctions).flatMap((address) => table.startingAt(address) ?? []);
    return {
      isBusy: (rip) => changing.some(({ start, end }) => rip > BigInt(start) && rip < BigInt(end)),
      finish: (slot) => this.#replaceState(slot, ready, available),
      hold: (slot) => {
        for (let other = 0; other < this.count(); other++) {
          if (other !== slot && this.#replaceState(other, ready, BigInt(held))) this.#held.add(other);
        }
      },
      release: () => {
        for (const slot of this.#held) this.#replaceState(slot, BigInt(held), ready);
        this.#held.clear();
      },
      lastMoments: new Set(places("gt_return", "gt_run")),
    };
  }

  #replaceState(slot: number, from: bigint, to: bigint): boolean {
    const at = this.#slotAt(slot);
    if (at === undefined) return false;
    const address = guestAddress(at + slotOffset.state);
    return this.machine.memory.readWord(address) === from && this.machine.memory.writeWord(address, to);
  }

  #stateName(slot: number, state: number): (typeof stateNames)[number] | undefined {
    return state === held && this.#held.has(slot) ? "ready" : stateNames[state];
  }

  count(): number {
    return this.#table() === 0 ? 0 : (this.#word(this.#place + 8) ?? 0);
  }

  glance(slot: number): SlotGlance | undefined {
    const at = this.#slotAt(slot);
    if (at === undefined) return undefined;
    const state = this.#stateName(slot, this.#word(at + slotOffset.state) ?? -1);
    const pointer = this.#word(at + slotOffset.pointer);
    const entry = this.#word(at + slotOffset.entry);
    return state === undefined || pointer === undefined || entry === undefined ? undefined : { state, pointer, entry };
  }

  thread(slot: number): ModelThread | undefined {
    const at = this.#slotAt(slot);
    if (at === undefined) return undefined;
    const address = guestAddress(at);
    const bytes = this.machine.memory.read(address, slotSize);
    if (bytes.length < slotSize) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const state = this.#stateName(slot, Number(view.getBigUint64(slotOffset.state, true)));
    return state && slotFrom(slot, address, view, state);
  }

  anchors(): readonly { readonly address: number; readonly value: number }[] {
    return [this.#place, this.#place + 8].map((address) => ({ address, value: this.#word(address) ?? 0 }));
  }

  wordsOf(slot: number): { readonly pointerAt: number; readonly stateAt: number } | undefined {
    const at = this.#slotAt(slot);
    return at === undefined ? undefined : { pointerAt: at + slotOffset.pointer, stateAt: at + slotOffset.state };
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
    if (table === 0) return fields;
    const first = Math.max(0, Math.floor((Number(address) - table) / slotSize));
    const last = Math.min(this.count() - 1, Math.floor((Number(end) - 1 - table) / slotSize));
    for (let slot = first; slot <= last; slot++) {
      for (const { offset, name } of slotFields) {
        add(guestAddress(table + slot * slotSize + offset), `thread ${slot} ${name}`, slot);
      }
    }
    return fields;
  }

  /** Address of the table of slots; 0 while there is none, or nonsense. */
  #table(): number {
    const address = this.#word(this.#place) ?? 0;
    const count = this.#word(this.#place + 8) ?? 0;
    return address > 0xffff_ffff || count === 0 || count > maximumCount ? 0 : address;
  }

  #slotAt(slot: number): number | undefined {
    const table = this.#table();
    return table === 0 || slot >= (this.#word(this.#place + 8) ?? 0) ? undefined : table + slot * slotSize;
  }

  #word(address: number): number | undefined {
    return this.machine.memory.readNumber(address);
  }
}

/** Undefined for a slot that holds nonsense: a table that is being set up, or is none. */
function slotFrom(
  slot: number,
  address: GuestAddress,
  view: DataView,
  state: ModelThread["state"],
): ModelThread | undefined {
  const word = (offset: number) => view.getBigUint64(offset, true);
  const low = word(slotOffset.stack);
  const high = low + word(slotOffset.stackSize);
  if (high > 0xffff_ffffn) return undefined;
  const entry = word(slotOffset.entry);
  return {
    slot,
    state,
    ...(low !== 0n && high > low ? { stack: { low: guestAddress(low), high: guestAddress(high) } } : {}),
    pointer: guestAddress(word(slotOffset.pointer)),
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
