/**
 * The threads whose switches the engine decides itself, as the registry of threads hands them over and takes them back.
 * See `switch-layout.ts` for what is kept, `switch-emitter.ts` for the decision.
 */
import type { CodeCache } from "./code-cache.js";
import type { EngineMemory } from "./engine-memory.js";
import { reservedEnd, state } from "./layout.js";
import type { KeptRegisters } from "./machine.js";
import type { StateRegisters } from "./state-registers.js";
import {
  changes,
  entryField,
  entrySize,
  firstEntry,
  firstRest,
  hashFactor,
  hashShift,
  homeBlock,
  mostHomeBlocks,
  parkedAtBase,
  parkedAtShift,
  places,
  registerFields,
  restParts,
  restSize,
  restStart,
  siteField,
  switching,
  topField,
  topSize,
  withoutBounds,
} from "./switch-layout.js";

/** What the engine must know of a place in the code where stacks are switched. */
export interface SwitchSiteFacts {
  /** Of the instruction that loads rSP. */
  readonly instruction: number;
  /** How far above the new rSP the return address lies. */
  readonly returnDistance: number;
  /** Where the registers begin that the routine has saved, relative to what is in a register; and how many words. */
  readonly holder: number;
  readonly homeOffset: number;
  readonly homeWords: number;
  /** The registers that are among them, by bits. */
  readonly saved: number;
}

/** What the engine must know of a thread. Addresses below 4 GiB. */
export interface SwitchThread {
  /** Where it is parked, or was last; 0 before. */
  readonly place: number;
  /** Number of the site where it is parked; 0: the engine must not let it go on. */
  readonly site: number;
  /** Undefined: only what was seen of its stack is known. */
  readonly hasBounds: boolean;
  readonly window: { readonly low: number; readonly high: number };
  /** Addresses of the words in which the program's runtime keeps its rSP and its state; without one, undefined. */
  readonly model: { readonly pointerAt: number; readonly stateAt: number | undefined } | undefined;
  /** Address of the registers that its routine saved, and how many words. */
  readonly homeAt: number;
  readonly homeWords: number;
  readonly returnSlot: number;
  readonly returnWord: bigint;
  /** The lowest and highest rSP that it was seen with, and the lowest at switches. */
  readonly low: number;
  readonly high: number;
  readonly lowest: number;
  readonly runs: number;
  /** Up to the last switch. */
  readonly instructions: number;
}

/** What has become of a thread since it was handed over. */
export interface ChangedThread {
  readonly entry: number;
  readonly place: number;
  /** Number of the site where it was parked last. */
  readonly site: number;
  /** It has been parked: its registers are new. */
  readonly hasParked: boolean;
  /** The instruction count at which it was; one that has not been parked has run since. */
  readonly parkedAt: number;
  readonly returnSlot: number;
  readonly returnWord: number;
  readonly low: number;
  readonly high: number;
  readonly lowest: number;
  readonly runs: number;
  readonly instructions: number;
}

const highest32 = 0xffff_ffff;

export class SwitchTable {
  /** Most words of saved registers that the engine takes along. */
  static readonly mostHomeWords = (mostHomeBlocks * homeBlock) / 8;
  private end: number = firstEntry;
  private readonly free: number[] = [];

  constructor(
    private readonly memory: EngineMemory,
    private readonly code: CodeCache,
    private readonly registers: StateRegisters,
  ) {
    const { data } = memory;
    data.setBigUint64(switching.alive, 1n, true);
    this.setAnchors([]);
  }

  /** Makes room. False when the host has none: nothing can be decided then. */
  prepare(): boolean {
    return this.memory.ensure(reservedEnd);
  }

  /** The instruction is the site with that number (from 1 on). */
  setSite(number: number, { instruction, returnDistance, ...site }: SwitchSiteFacts): void {
    const { bytes, data } = this.memory;
    this.code.setSite(instruction, number, (check) => {
      bytes[check + siteField.holder] = 8 * site.holder;
      bytes[check + siteField.homeWords] = site.homeWords;
      data.setUint16(check + siteField.saved, site.saved, true);
      data.setUint32(check + siteField.returnDistance, returnDistance, true);
      data.setBigInt64(check + siteField.homeOffset, BigInt(site.homeOffset), true);
    });
  }

  /** The instruction gives rSP a value of the same stack, whatever it is: it is looked at no more. */
  setHarmless(instruction: number): void {
    this.code.setHarmless(instruction);
  }

  /** Words that must be as they are here, or nothing is decided: at most two. */
  setAnchors(anchors: readonly { readonly address: number; readonly value: number }[]): void {
    const { data } = this.memory;
    for (const index of [0, 1]) {
      const { address, value } = anchors[index] ?? { address: state.zero, value: 0 };
      const isSame =
        data.getUint32(switching.anchors + 4 * index, true) === address &&
        data.getBigUint64(switching.anchorValues + 8 * index, true) === BigInt(value);
      if (isSame) continue;
      data.setUint32(switching.anchors + 4 * index, address, true);
      data.setBigUint64(switching.anchorValues + 8 * index, BigInt(value), true);
      // What is known of all threads was read with the former ones.
      this.countEpoch();
    }
  }

  private countEpoch(): void {
    const { data } = this.memory;
    data.setUint32(switching.epoch, (data.getUint32(switching.epoch, true) + 1) % withoutBounds, true);
  }

  /** A new entry; 0 when there is no room. */
  add(): number {
    const recycled = this.free.pop();
    if (recycled !== undefined) return recycled;
    if (this.end === firstRest) return 0;
    const entry = this.end;
    this.end += entrySize;
    return entry;
  }

  /** The changes must have been taken. */
  remove(entry: number): void {
    const { bytes, data } = this.memory;
    this.unlink(entry);
    if (data.getUint32(switching.current, true) === entry) this.stop();
    bytes.fill(0, entry, entry + entrySize);
    this.free.push(entry);
  }

  /** Hands the thread over as it is. */
  write(entry: number, thread: SwitchThread): void {
    const { data } = this.memory;
    const set = (field: number, value: number) => data.setUint32(entry + field, value, true);
    const setBig = (field: number, value: bigint) => data.setBigUint64(entry + field, BigInt.asUintN(64, value), true);
    if (data.getUint32(entry + entryField.place, true) !== thread.place) {
      this.unlink(entry);
      setBig(entryField.place, BigInt(thread.place));
      this.link(entry);
    }
    set(entryField.site, thread.site);
    const epoch = data.getUint32(switching.epoch, true);
    set(entryField.epoch, thread.hasBounds ? epoch : epoch + withoutBounds);
    set(entryField.version, data.getUint32(switching.version, true));
    set(entryField.pointerAt, thread.model?.pointerAt ?? entry + entryField.place);
    set(entryField.stateAt, thread.model?.stateAt ?? switching.alive);
    set(entryField.homeAt, thread.homeAt);
    set(entryField.homeWords, thread.homeWords);
    set(entryField.returnSlot, thread.returnSlot);
    setBig(entryField.returnWord, thread.returnWord);
    set(entryField.windowLow, thread.window.low);
    set(entryField.windowSize, thread.window.high - thread.window.low);
    set(entryField.low, Math.min(thread.low, highest32));
    set(entryField.high, Math.min(thread.high, highest32));
    set(entryField.lowest, Math.min(thread.lowest, highest32));
    setBig(entryField.runs, BigInt(thread.runs));
    setBig(entryField.instructions, BigInt(thread.instructions));
  }

  /** The registry lets the thread go on, or another thread with the same place is in the way. */
  block(entry: number): void {
    this.memory.data.setUint32(entry + entryField.site, 0, true);
  }

  /** From now on the engine decides, `entry` being the thread that runs since the instruction count `since`. */
  start(entry: number, since: number, version: number, isComplete: boolean): void {
    const { data } = this.memory;
    data.setUint32(switching.current, entry, true);
    data.setBigUint64(switching.since, BigInt(since), true);
    data.setUint32(switching.version, version, true);
    data.setUint32(switching.isComplete, isComplete ? 1 : 0, true);
  }

  /** From now on it decides nothing. */
  stop(): void {
    this.memory.data.setUint32(switching.current, 0, true);
  }

  /** Registers and memory are suddenly others: nothing is decided until the registry has handed over anew. */
  forget(): void {
    const { data } = this.memory;
    this.stop();
    this.takeChanges();
    this.countEpoch();
    data.setUint32(switching.restChanged, 1, true);
    data.setUint32(switching.resumed, 0, true);
  }

  get current(): number {
    return this.memory.data.getUint32(switching.current, true);
  }

  get since(): number {
    return Number(this.memory.data.getBigUint64(switching.since, true));
  }

  /** The version of places that windows hold for. */
  set version(value: number) {
    this.memory.data.setUint32(switching.version, value, true);
  }

  get hasChanges(): boolean {
    return this.memory.data.getUint32(switching.changed, true) !== 0;
  }

  /** The threads that were switched from or to since this was asked last. */
  takeChanges(): ChangedThread[] {
    const { data } = this.memory;
    const taken: ChangedThread[] = [];
    for (let entry = data.getUint32(switching.changed, true); entry !== 0; ) {
      const at = entry;
      const get = (field: number) => data.getUint32(at + field, true);
      const wide = (field: number) => get(field) + get(field + 4) * 2 ** 32;
      const lowest = get(entryField.lowest);
      const hasParked = (get(entryField.changes) & changes.parked) !== 0;
      taken.push({
        entry,
        place: get(entryField.place),
        site: get(entryField.site),
        hasParked,
        parkedAt: hasParked
          ? Number(data.getBigUint64((at >>> parkedAtShift) + parkedAtBase, true))
          : Number.POSITIVE_INFINITY,
        returnSlot: get(entryField.returnSlot),
        returnWord: wide(entryField.returnWord),
        low: get(entryField.low),
        high: get(entryField.high),
        lowest: lowest === highest32 ? Number.POSITIVE_INFINITY : lowest,
        runs: wide(entryField.runs),
        instructions: wide(entryField.instructions),
      });
      data.setUint32(at + entryField.changes, 0, true);
      entry = get(entryField.changedNext);
    }
    data.setUint32(switching.changed, 0, true);
    return taken;
  }

  /** The registers with which the thread was parked, but for those that the routine saved. `rip` is where it goes on. */
  registersOf(entry: number, rip: number, into: KeptRegisters | undefined): KeptRegisters {
    const { data, wasm } = this.memory;
    return this.registers.keepFrom((halves) => {
      const rest = restOf(entry);
      for (const [start, end] of restParts) {
        const kept = new Uint32Array(wasm.buffer, rest + start - restStart, (end - start) / 4);
        halves.set(kept, (start - state.general) / 4);
      }
      const copy = (field: number, address: number, words: number) => {
        for (let word = 0; word < words; word++) {
          halves[(address - state.general) / 4 + word] = data.getUint32(entry + field + 4 * word, true);
        }
      };
      for (const [index, field] of registerFields.entries()) copy(field, state.general + 8 * index, 2);
      copy(entryField.flagA, state.flagA, 2);
      copy(entryField.flagB, state.flagB, 2);
      copy(entryField.flagResult, state.flagResult, 2);
      copy(entryField.flagKind, state.flagKind, 1);
      copy(entryField.otherFlags, state.otherFlags, 1);
      halves[(state.instructionPointer - state.general) / 4] = rip;
      halves[(state.instructionPointer - state.general) / 4 + 1] = rip / 2 ** 32;
    }, into);
  }

  /** The bytes that lay at the top of its stack then. */
  topOf(entry: number): Uint8Array {
    const top = restOf(entry) + topField;
    return this.memory.bytes.slice(top, top + topSize);
  }

  /** The n-th of the words that a routine saved for the thread, as it was when the engine let it go on; if it did. */
  takeResumed(entry: number): ((word: number) => bigint) | undefined {
    const { data } = this.memory;
    if (data.getUint32(switching.resumed, true) !== entry) return undefined;
    data.setUint32(switching.resumed, 0, true);
    return (word) => data.getBigUint64(switching.resumedBlock + 8 * word, true);
  }

  private link(entry: number): void {
    const { data } = this.memory;
    const place = data.getUint32(entry + entryField.place, true);
    if (place === 0) return;
    const head = headOf(place);
    data.setUint32(entry + entryField.chain, data.getUint32(head, true), true);
    data.setUint32(head, entry, true);
  }

  private unlink(entry: number): void {
    const { data } = this.memory;
    const place = data.getUint32(entry + entryField.place, true);
    if (place === 0) return;
    for (let at = headOf(place); ; ) {
      const next = data.getUint32(at, true);
      if (next === 0) return;
      if (next === entry) {
        data.setUint32(at, data.getUint32(entry + entryField.chain, true), true);
        return;
      }
      at = next + entryField.chain;
    }
  }
}

/** Where the chain of a place begins. */
function headOf(place: number): number {
  return places + 4 * (Math.imul(place, hashFactor) >>> hashShift);
}

/** Where the rest of an entry's registers is. */
function restOf(entry: number): number {
  return firstRest + ((entry - firstEntry) / entrySize) * restSize;
}
