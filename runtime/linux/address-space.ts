import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { Permissions, ProgramImage } from "../base/program-image.js";
import { reservedEnd, reservedStart } from "../engine/layout.js";
import type { GuestMemory } from "../engine/machine.js";
import { MappedRanges } from "./mapped-ranges.js";

export const pageSize = 4096;

/** Where the parts of a process lie. Fixed, so that two runs are the same. */
export const layout = {
  /** The lowest address that a program can use: below, null pointers and wild small numbers fault. */
  lowest: guestAddress(0x400000),
  /** The end of the main stack, exclusive; arguments and environment lie at its top. */
  stackHigh: guestAddress(0x7fff000),
  stackSize: 0x100000,
  /** `mmap` hands out addresses from here upward … */
  mmapStart: guestAddress(0x10000000),
  /** … to here, exclusive. */
  mmapEnd: guestAddress(0xc0000000),
} as const;

export const stackLow: GuestAddress = addressPlus(layout.stackHigh, -layout.stackSize);

/** `address` rounded down to the start of its page. */
export function pageStart(address: bigint): GuestAddress {
  return guestAddress(address & -BigInt(pageSize));
}

/** `address` rounded up to a page boundary. */
export function pageEnd(address: bigint): GuestAddress {
  return pageStart(address + BigInt(pageSize - 1));
}

/** The parts of the guest's memory that the kernel hands out: the heap behind the image, and the `mmap` area. */
export class AddressSpace {
  /** Told before a range is unmapped, or mapped anew. */
  beforeChange: (start: number, end: number) => void = () => {};
  /** Told when the program wants more than it may have. */
  atLimit: () => void = () => {};
  private break: GuestAddress;
  private readonly ranges: MappedRanges;

  private constructor(
    private readonly memory: GuestMemory,
    /** First address of the heap. */
    readonly heapStart: GuestAddress,
    heapEnd: GuestAddress,
    /** How many bytes can be mapped (RLIMIT_AS). */
    readonly limit: number,
  ) {
    this.break = heapEnd;
    const mapped = memory.mappings();
    this.ranges = new MappedRanges(mapped.map(({ start, end }) => ({ start: Number(start), end: Number(end) })));
    this.ranges.add(reservedStart, reservedEnd);
  }

  /** Of a new process: `image` and the stack are mapped. */
  static of(memory: GuestMemory, image: ProgramImage, limit = Number.POSITIVE_INFINITY): AddressSpace {
    let imageEnd: bigint = layout.lowest;
    for (const { address, size } of image.segments) {
      if (address + BigInt(size) > imageEnd) imageEnd = address + BigInt(size);
    }
    const heapStart = pageEnd(imageEnd);
    return new AddressSpace(memory, heapStart, heapStart, limit);
  }

  /** The same in another memory, which has the same mappings. */
  copy(memory: GuestMemory): AddressSpace {
    return new AddressSpace(memory, this.heapStart, this.break, this.limit);
  }

  /** First address behind the heap. */
  get heapEnd(): GuestAddress {
    return this.break;
  }

  /** `brk`: moves the end of the heap where that is possible, and returns where it is then. */
  setHeapEnd(wanted: GuestAddress): GuestAddress {
    // One page stays free below the stack, as its guard.
    const limit = this.heapStart < stackLow ? stackLow - BigInt(pageSize) : layout.mmapStart;
    if (wanted < this.heapStart || wanted > limit) return this.break;
    const oldEnd = pageEnd(this.break);
    const newEnd = pageEnd(wanted);
    if (newEnd > oldEnd) {
      const isFree = this.isFree(oldEnd, newEnd - oldEnd);
      const grown = isFree && this.map(oldEnd, newEnd - oldEnd, { read: true, write: true, execute: false });
      if (!grown) return this.break;
    } else if (newEnd < oldEnd) {
      this.unmap(newEnd, oldEnd - newEnd);
    }
    this.break = wanted;
    return this.break;
  }

  /** Bytes that are mapped. */
  get size(): number {
    return this.ranges.usedWithin(0, Number(layout.mmapEnd)) - (reservedEnd - reservedStart);
  }

  /** The limit allows the range to be mapped. */
  private mayHave(start: number, end: number): boolean {
    if (this.limit === Number.POSITIVE_INFINITY) return true;
    return this.size + end - start - this.ranges.usedWithin(start, end) <= this.limit;
  }

  /** Nothing is mapped in the range. */
  isFree(start: bigint, length: bigint): boolean {
    return this.ranges.isFree(Number(start), Number(start + length));
  }

  /** Maps zeroed pages there, in place of what was mapped. `start` and `length` are whole pages. False: no room. */
  map(start: bigint, length: bigint, permissions: Permissions): boolean {
    if (!this.mayHave(Number(start), Number(start + length))) {
      this.atLimit();
      return false;
    }
    this.beforeChange(Number(start), Number(start + length));
    if (!this.memory.map(guestAddress(start), Number(length), permissions)) return false;
    this.ranges.add(Number(start), Number(start + length));
    return true;
  }

  unmap(start: bigint, length: bigint): void {
    this.beforeChange(Number(start), Number(start + length));
    this.memory.unmap(guestAddress(start), Number(length));
    this.ranges.remove(Number(start), Number(start + length));
    // It is never the program's, whatever it asks for.
    if (start < reservedEnd && start + length > reservedStart) this.ranges.add(reservedStart, reservedEnd);
  }

  /** Maps zeroed pages at the first free place of the `mmap` area (or at `hint`, when free). Undefined: no room. */
  mapAnywhere(hint: GuestAddress, length: bigint, permissions: Permissions): GuestAddress | undefined {
    const start =
      hint >= layout.lowest && hint + length <= layout.mmapEnd && this.isFree(hint, length)
        ? hint
        : this.firstFree(length);
    if (start === undefined) return undefined;
    return this.map(start, length, permissions) ? start : undefined;
  }

  private firstFree(length: bigint): GuestAddress | undefined {
    const found = this.ranges.firstFree(Number(layout.mmapStart), Number(layout.mmapEnd), Number(length));
    return found === undefined ? undefined : guestAddress(found);
  }
}
