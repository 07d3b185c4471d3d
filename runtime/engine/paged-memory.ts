/** Guest memory with its page permissions, as the debugger and the system call layer see it. */
import { areZeros } from "../base/bytes.js";
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { Permissions } from "../base/program-image.js";
import type { EngineMemory } from "./engine-memory.js";
import {
  engineAreaEnd,
  guestSpaceEnd,
  pageBits,
  pageShift,
  pageSize,
  permissionTable,
  reservedEnd,
  reservedStart,
} from "./layout.js";
import type { Fault, GuestMemory, Mapping } from "./machine.js";
import { type PageCheckpoint, PageJournal } from "./page-journal.js";
import { switching } from "./switch-layout.js";
import { type WatchedRange, Watchpoints } from "./watchpoints.js";

/** Was mapped once: must be cleared before it is mapped again. */
const usedBefore = 64;
/** The last checkpoint has no copy of the page yet: writes go the slow way once. */
const unsaved = 128;
const accessible = pageBits.read | pageBits.write | pageBits.execute;
/** What the program asked for and what was; the other bits follow from the engine's needs. */
const askedBits = pageBits.mapped | accessible | usedBefore;

const guestSpaceLimit = BigInt(guestSpaceEnd);

/** Who must know when code may have changed. */
export interface CodeObserver {
  /** The bytes from `start` to `end` (exclusive) change or lose the permission to execute. */
  codeChanges(start: number, end: number): void;
}

export class PagedMemory implements GuestMemory {
  /** Pages from which instructions have been decoded: writes go the slow way. */
  private readonly codePages = new Set<number>();
  private readonly journal = new PageJournal();
  readonly watchpoints = new Watchpoints((start, length) => this.read(guestAddress(start), length));
  private observer: CodeObserver | undefined;

  constructor(private readonly memory: EngineMemory) {}

  observe(observer: CodeObserver): void {
    this.observer = observer;
  }

  map(address: GuestAddress, length: number, permissions: Permissions): boolean {
    const range = pageRange(address, length);
    if (!range || isReserved(range) || !this.memory.ensure(range.last * pageSize)) return false;
    this.observer?.codeChanges(range.first * pageSize, range.last * pageSize);
    const bits = bitsOf(permissions);
    for (let page = range.first; page < range.last; page++) {
      if (this.bitsOf(page) & usedBefore) {
        this.save(page);
        this.clear(page);
      }
      this.setBits(page, bits | usedBefore);
    }
    return true;
  }

  /** A page that is zero already is not written to: the host may have given it no room yet. */
  private clear(page: number): void {
    const bytes = this.memory.bytes.subarray(page * pageSize, (page + 1) * pageSize);
    if (!areZeros(bytes)) bytes.fill(0);
  }

  unmap(address: GuestAddress, length: number): void {
    const range = pageRange(address, length);
    if (!range) return;
    this.observer?.codeChanges(range.first * pageSize, range.last * pageSize);
    for (let page = range.first; page < range.last; page++) this.setBits(page, this.bitsOf(page) & usedBefore);
    this.memory.data.setUint32(
      switching.epoch,
      (this.memory.data.getUint32(switching.epoch, true) + 1) % 2 ** 31,
      true,
    );
  }

  protect(address: GuestAddress, length: number, permissions: Permissions): boolean {
    const range = pageRange(address, length);
    if (!range) return false;
    for (let page = range.first; page < range.last; page++) if (!(this.bitsOf(page) & pageBits.mapped)) return false;
    if (!permissions.execute) this.observer?.codeChanges(range.first * pageSize, range.last * pageSize);
    const bits = bitsOf(permissions);
    for (let page = range.first; page < range.last; page++) this.setBits(page, bits | usedBefore);
    return true;
  }

  permissionsAt(address: GuestAddress): Permissions | undefined {
    const bits = this.mappedBits(address);
    return bits === undefined ? undefined : permissionsOf(bits);
  }

  mappings(): Mapping[] {
    const asked = pageBits.mapped | accessible;
    const found: Mapping[] = [];
    const { bytes } = this.memory;
    // What does not exist yet is not mapped.
    const last = Math.min(guestSpaceEnd, bytes.length) >>> pageShift;
    for (let page = engineAreaEnd >>> pageShift; page < last; ) {
      const bits = (bytes[permissionTable + page] ?? 0) & asked;
      const first = page++;
      if (!(bits & pageBits.mapped)) continue;
      while (page < last && ((bytes[permissionTable + page] ?? 0) & asked) === bits) page++;
      const [start, end] = [guestAddress(first * pageSize), guestAddress(page * pageSize)];
      found.push({ start, end, permissions: permissionsOf(bits) });
    }
    return found;
  }

  read(address: GuestAddress, length: number): Uint8Array {
    const start = Number(address);
    return this.memory.bytes.slice(start, start + this.mappedLength(address, length));
  }

  readWord(address: GuestAddress): bigint | undefined {
    if (address >= guestSpaceLimit) return undefined;
    const start = Number(address);
    if (!this.isMapped(start) || !this.isMapped(start + 7)) return undefined;
    return this.memory.data.getBigUint64(start, true);
  }

  readNumber(address: number): number | undefined {
    if (!this.memory.isWordMapped(address)) return undefined;
    const { data } = this.memory;
    return data.getUint32(address, true) + data.getUint32(address + 4, true) * 2 ** 32;
  }

  write(address: GuestAddress, bytes: Uint8Array): number {
    const length = this.mappedLength(address, bytes.length);
    this.memory.version++;
    const start = Number(address);
    if (length > 0) {
      // Only noted, when somebody notes: what writes from outside is not stopped.
      this.watchpoints.stops(start, length, "write");
      this.bytesChange(start, start + length);
      this.memory.bytes.set(bytes.subarray(0, length), start);
    }
    return length;
  }

  writeWord(address: GuestAddress, value: bigint): boolean {
    if (this.mappedLength(address, 8) < 8) return false;
    this.memory.version++;
    const start = Number(address);
    this.bytesChange(start, start + 8);
    this.memory.data.setBigUint64(start, BigInt.asUintN(64, value), true);
    return true;
  }

  /**
   * What the interpreter asks when an access is not simple: undefined when it may go on. `high` is the upper half of
   * the address.
   */
  access(low: number, high: number, size: number, write: boolean, alignment: number): Fault | undefined {
    const address = guestAddress((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
    if (high !== 0 && !(isCanonical(address) && isCanonical(BigInt.asUintN(64, address + BigInt(size - 1))))) {
      return { kind: "generalProtection", reason: "nonCanonicalAddress", address };
    }
    if (low & (alignment - 1)) return { kind: "generalProtection", reason: "misalignedOperand", address };
    const access = write ? "write" : "read";
    if (high !== 0) return { kind: "pageFault", address, access, mapped: false };
    const start = low >>> 0;
    const end = start + size;
    const needed = write ? pageBits.write : accessible;
    for (const byte of [start, end - 1]) {
      const page = Math.floor(byte / pageSize);
      const bits = byte < guestSpaceEnd ? this.bitsOf(page) : 0;
      if ((bits & needed) === 0) {
        const first = guestAddress(Math.max(start, page * pageSize));
        return { kind: "pageFault", address: first, access, mapped: (bits & pageBits.mapped) !== 0 };
      }
    }
    if (write) this.bytesChange(start, end);
    return undefined;
  }

  /** Notes the state of memory: nothing is copied until a page changes. */
  checkpoint(): PageCheckpoint {
    const { checkpoint, changed } = this.journal.begin();
    for (const page of changed ?? this.mappedPages()) {
      const bits = this.bitsOf(page);
      if (bits & pageBits.mapped) this.putBits(page, bits | unsaved);
    }
    return checkpoint;
  }

  /** Makes memory and its permissions what they were at the checkpoint. Later checkpoints are gone. */
  restore(checkpoint: PageCheckpoint): void {
    const { bits, contents } = this.journal.rewind(checkpoint);
    this.memory.version++;
    const pages = new Set([...bits.keys(), ...contents.keys()]);
    for (const page of pages) this.observer?.codeChanges(page * pageSize, (page + 1) * pageSize);
    for (const [page, content] of contents) this.memory.bytes.set(content, page * pageSize);
    for (const page of pages) {
      const current = this.bitsOf(page);
      // An earlier checkpoint may need what an unmapped page still holds.
      this.putBits(page, (bits.get(page) ?? current) | (current & usedBefore) | unsaved);
    }
  }

  /** Forgets a checkpoint and frees what only it needed. */
  drop(checkpoint: PageCheckpoint): void {
    this.journal.drop(checkpoint);
  }

  /** Replaces the ranges whose accesses are noted; costs nothing on other pages. */
  setWatchedRanges(ranges: readonly WatchedRange[]): void {
    for (const page of this.watchpoints.replace(ranges)) this.setBits(page, this.bitsOf(page));
  }

  /** The executable bytes from `address` on, at most `length`; empty where nothing may be executed. */
  executableBytes(address: number, length: number): Uint8Array {
    let end = address;
    while (end < address + length && this.isExecutable(end)) end = (Math.floor(end / pageSize) + 1) * pageSize;
    return this.memory.bytes.slice(address, Math.min(end, address + length));
  }

  isExecutable(address: number): boolean {
    return address < guestSpaceEnd && (this.bitsOf(Math.floor(address / pageSize)) & pageBits.execute) !== 0;
  }

  isMapped(address: number): boolean {
    return address < guestSpaceEnd && (this.bitsOf(Math.floor(address / pageSize)) & pageBits.mapped) !== 0;
  }

  /** Notes whether instructions have been decoded from the page. */
  setHasCode(page: number, hasCode: boolean): void {
    if (hasCode === this.codePages.has(page)) return;
    if (hasCode) this.codePages.add(page);
    else this.codePages.delete(page);
    this.setBits(page, this.bitsOf(page));
  }

  private bitsOf(page: number): number {
    return this.memory.bytes[permissionTable + page] ?? 0;
  }

  /** Sets what was asked for; the bits of the fast path follow from it. */
  private setBits(page: number, bits: number): void {
    const current = this.bitsOf(page);
    const asked = bits & askedBits;
    if (asked !== (current & askedBits)) this.journal.noteBits(page, current & askedBits);
    this.putBits(page, asked | (current & unsaved));
  }

  private putBits(page: number, bits: number): void {
    this.memory.version++;
    const isWatched = this.watchpoints.isWatched(page);
    const canRead = (bits & accessible) !== 0 && !isWatched;
    const canWrite = (bits & pageBits.write) !== 0 && !isWatched && !(bits & unsaved) && !this.codePages.has(page);
    this.memory.bytes[permissionTable + page] =
      (bits & (askedBits | unsaved)) | (canRead ? pageBits.fastRead : 0) | (canWrite ? pageBits.fastWrite : 0);
  }

  /** Keeps what the page holds for the last checkpoint, if that has not been done. */
  private save(page: number): void {
    const bits = this.bitsOf(page);
    if (!(bits & unsaved)) return;
    this.journal.noteContent(page, this.memory.bytes.slice(page * pageSize, (page + 1) * pageSize));
    this.putBits(page, bits & ~unsaved);
  }

  /** The bytes from `start` to `end` (exclusive) are about to change. */
  private bytesChange(start: number, end: number): void {
    this.observer?.codeChanges(start, end);
    if (this.journal.isEmpty) return;
    const last = Math.floor((end - 1) / pageSize);
    for (let page = Math.floor(start / pageSize); page <= last; page++) this.save(page);
  }

  private *mappedPages(): Iterable<number> {
    for (let page = engineAreaEnd >>> pageShift; page < guestSpaceEnd >>> pageShift; page++) {
      if (this.bitsOf(page) & pageBits.mapped) yield page;
    }
  }

  private mappedBits(address: bigint): number | undefined {
    if (address >= guestSpaceLimit) return undefined;
    const bits = this.bitsOf(Number(address) >>> pageShift);
    return bits & pageBits.mapped ? bits : undefined;
  }

  /** How many bytes are mapped from `address` on, at most `length`. */
  private mappedLength(address: GuestAddress, length: number): number {
    if (this.mappedBits(address) === undefined) return 0;
    const start = Number(address);
    let end = (Math.floor(start / pageSize) + 1) * pageSize;
    while (end < start + length && this.isMapped(end)) end += pageSize;
    return Math.max(0, Math.min(length, end - start));
  }
}

/** The upper 17 bits are equal (Intel SDM vol. 1, 3.3.7.1). */
export function isCanonical(address: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
}

function bitsOf(permissions: Permissions): number {
  return (
    pageBits.mapped |
    (permissions.read ? pageBits.read : 0) |
    (permissions.write ? pageBits.write : 0) |
    (permissions.execute ? pageBits.execute : 0)
  );
}

function permissionsOf(bits: number): Permissions {
  return {
    read: (bits & pageBits.read) !== 0,
    write: (bits & pageBits.write) !== 0,
    execute: (bits & pageBits.execute) !== 0,
  };
}

/** The pages that the range touches, `last` exclusive; undefined outside guest space. */
function pageRange(address: bigint, length: number): { first: number; last: number } | undefined {
  if (address < BigInt(engineAreaEnd) || address >= BigInt(guestSpaceEnd) || length <= 0) return undefined;
  const end = Number(address) + length;
  if (end > guestSpaceEnd) return undefined;
  return { first: Math.floor(Number(address) / pageSize), last: Math.ceil(end / pageSize) };
}

function isReserved({ first, last }: { readonly first: number; readonly last: number }): boolean {
  return first * pageSize < reservedEnd && last * pageSize > reservedStart;
}
