/**
 * Memory that processes share with each other, or with a file (mmap(2), MAP_SHARED). Each process has a machine with
 * memory of its own; what one of them has written there is brought to the file behind the mapping when its turn is over,
 * and from there to the others when theirs begin. Between a process and the file, it is brought at each read and write.
 */
import { equalBytes } from "../base/bytes.js";
import { guestAddress } from "../base/guest-address.js";
import type { GuestMemory } from "../engine/machine.js";
import type { RegularFile } from "./files/nodes.js";

/** Who has the mapping, and whether it is its turn. */
export interface Sharer {
  readonly machine: { readonly memory: GuestMemory };
  readonly isCurrent: boolean;
}

/** A range of memory that shows a part of a file. */
class SharedMapping {
  /** What the file was when it was last looked at. */
  private seen: number;

  constructor(
    private readonly sharer: Sharer,
    readonly start: number,
    readonly end: number,
    readonly file: RegularFile,
    readonly offset: number,
  ) {
    this.seen = file.version;
    file.mappings.add(this);
  }

  /** The part that the file has: behind its end, a mapping shows zeros that are nobody's. */
  private get length(): number {
    return Math.max(0, Math.min(this.end - this.start, this.file.size - this.offset));
  }

  /** What the program has written goes to the file. */
  store(): void {
    if (!this.sharer.isCurrent) return;
    // The process has written to the same part of the file elsewhere.
    if (this.seen !== this.file.version) {
      this.load();
      return;
    }
    const written = this.sharer.machine.memory.read(guestAddress(this.start), this.length);
    if (equalBytes(written, this.file.peek(this.offset, written.length))) return;
    this.file.poke(this.offset, written);
    this.seen = this.file.version;
  }

  /** What others have written comes from the file. */
  load(): void {
    if (!this.sharer.isCurrent || this.seen === this.file.version) return;
    this.seen = this.file.version;
    this.sharer.machine.memory.write(guestAddress(this.start), this.file.peek(this.offset, this.length));
  }

  /** The same for another process, or a part of it. */
  copy(sharer: Sharer, start = this.start, end = this.end): SharedMapping {
    const copy = new SharedMapping(sharer, start, end, this.file, this.offset + start - this.start);
    copy.seen = this.seen;
    return copy;
  }

  forget(): void {
    this.file.mappings.delete(this);
  }
}

/** A word in shared memory, wherever a process has mapped it. */
export interface SharedPlace {
  readonly file: RegularFile;
  readonly offset: number;
}

/** The shared mappings of a process. */
export class SharedMemory {
  private mappings: SharedMapping[] = [];

  constructor(private readonly sharer: Sharer) {}

  /** Several ranges show the same part of a file: what is written to one is brought to the others at system calls. */
  hasAliases = false;

  /** The range shows the file from `offset` on, and has its content already. */
  add(start: number, length: number, file: RegularFile, offset: number): void {
    this.hasAliases ||= this.mappings.some((other) => {
      return other.file === file && other.offset < offset + length && other.offset + other.end - other.start > offset;
    });
    this.mappings.push(new SharedMapping(this.sharer, start, start + length, file, offset));
  }

  store(): void {
    for (const mapping of this.mappings) mapping.store();
    if (this.hasAliases) this.load();
  }

  load(): void {
    for (const mapping of this.mappings) mapping.load();
  }

  /** The range is about to be unmapped, or mapped anew. */
  remove(start: number, end: number): void {
    if (!this.mappings.some((mapping) => mapping.start < end && mapping.end > start)) return;
    this.store();
    this.mappings = this.mappings.flatMap((mapping) => {
      if (mapping.start >= end || mapping.end <= start) return [mapping];
      mapping.forget();
      const parts: SharedMapping[] = [];
      if (mapping.start < start) parts.push(mapping.copy(this.sharer, mapping.start, start));
      if (mapping.end > end) parts.push(mapping.copy(this.sharer, end, mapping.end));
      return parts;
    });
  }

  clear(): void {
    this.store();
    for (const mapping of this.mappings) mapping.forget();
    this.mappings = [];
  }

  /** A new process has the same mappings. */
  copyTo(other: SharedMemory): void {
    this.store();
    other.hasAliases = this.hasAliases;
    other.mappings = this.mappings.map((mapping) => mapping.copy(other.sharer));
  }

  /** Undefined: the address is no shared one. */
  placeOf(address: number): SharedPlace | undefined {
    const mapping = this.mappings.find(({ start, end }) => address >= start && address < end);
    return mapping && { file: mapping.file, offset: mapping.offset + address - mapping.start };
  }

  /** Where the process has that place. */
  addressesOf({ file, offset }: SharedPlace): bigint[] {
    return this.mappings.flatMap((mapping) => {
      const at = mapping.start + offset - mapping.offset;
      return mapping.file === file && at >= mapping.start && at < mapping.end ? [BigInt(at)] : [];
    });
  }
}
