/**
 * The likely bounds of stacks that nobody told of: those of the symbol that reserves the memory, or of the mapping, cut
 * off where other stacks are known. For people only: no decision rests on them.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage, ProgramSegment } from "../base/program-image.js";
import type { Machine } from "../engine/machine.js";
import type { StackPlaces } from "./stack-places.js";
import type { Span, ThreadRecord } from "./thread-record.js";

/** How near to the end of a symbol or mapping a thread's highest `rsp` lies, when that end is the end of its stack. */
const nearTheEnd = 512;
const pageSize = 4096;
/** Stacks that are larger are not measured. */
const mostPages = 4096;

export interface LikelyBounds {
  readonly low?: GuestAddress;
  readonly high?: GuestAddress;
}

export class StackBounds {
  /** Where symbols begin and end in each writable segment, sorted. */
  readonly #borders = new Map<ProgramSegment, readonly number[]>();

  constructor(
    readonly machine: Machine,
    readonly image: ProgramImage,
    readonly places: StackPlaces,
  ) {}

  of(record: ThreadRecord): LikelyBounds {
    const top = record.high;
    const pointer = record.low;
    let floor = 0;
    for (const other of this.places.downFrom(pointer - 1)) {
      if (other === record) continue;
      if (!other.isRoot) floor = Math.min(aligned(other.high), pointer);
      break;
    }
    const room = this.#symbolBelow(top) ?? this.#mappingBelow(top, floor);
    let high = room.high - top <= nearTheEnd ? room.high : top;
    for (const other of this.places.between(top + 1, high)) {
      if (other !== record && !other.isRoot && other.low < high) high = Math.max(other.low, top);
      break;
    }
    if (room.low === undefined && floor === 0) return { high: guestAddress(high) };
    return { low: guestAddress(Math.max(room.low ?? 0, floor)), high: guestAddress(high) };
  }

  /** The part between symbols in which a stack ends with `top`. */
  #symbolBelow(top: number): Span | undefined {
    const segment = this.image.segments.find(
      ({ permissions, address, size }) => permissions.write && top > address && top <= Number(address) + size,
    );
    if (!segment) return undefined;
    const borders = this.#bordersOf(segment);
    const index = firstFrom(borders, top, (border) => border);
    const low = borders[index - 1];
    const high = borders[index];
    return low === undefined || high === undefined ? undefined : { low, high };
  }

  #bordersOf(segment: ProgramSegment): readonly number[] {
    const known = this.#borders.get(segment);
    if (known) return known;
    const start = Number(segment.address);
    const end = start + segment.size;
    const borders = new Set([start, end]);
    for (const { kind, address, size } of this.image.symbols) {
      if (kind === "absolute" || kind === "function") continue;
      for (const border of [Number(address), Number(address) + size]) {
        if (border > start && border < end) borders.add(border);
      }
    }
    const sorted = [...borders].sort((one, two) => one - two);
    this.#borders.set(segment, sorted);
    return sorted;
  }

  /** The writable pages below `top`, down to `floor`; `low` is undefined where they go on for long. */
  #mappingBelow(top: number, floor: number): { readonly low?: number; readonly high: number } {
    const first = Math.floor((top - 1) / pageSize) * pageSize;
    if (!this.#isWritable(first)) return { high: top };
    const end = first + pageSize;
    const high = this.#isWritable(end) ? Number.POSITIVE_INFINITY : end;
    let low = first;
    for (let pages = 0; low > floor && this.#isWritable(low - pageSize); pages++) {
      if (pages === mostPages) return { high };
      low -= pageSize;
    }
    return { low, high };
  }

  #isWritable(page: number): boolean {
    return page >= 0 && this.machine.memory.permissionsAt(guestAddress(page))?.write === true;
  }
}

/** Stacks end at multiples of 16 (System V ABI, 3.2.2), or a few words are left free there. */
function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}

/** Index of the first element whose key is at least `key`. */
function firstFrom<Element>(sorted: readonly Element[], key: number, keyOf: (element: Element) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && keyOf(element) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
