/**
 * The record of one living green thread: what was learned of it, and, while another stack is in `rsp`, its registers.
 * It is written to at every switch: addresses that change are plain numbers, and it is changed in place.
 */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { GuestMemory, KeptRegisters, RegisterSnapshot } from "../engine/machine.js";
import type { Origin } from "./origins.js";
import type { SwitchSite } from "./switch-sites.js";
import type { ThreadId } from "./types.js";

/**
 * What was kept of a thread when another stack took its place in `rsp`. Made at every switch: addresses are numbers
 * (exact below 2⁵³, and no stack lies higher), and nothing is decoded.
 */
export interface Parked {
  readonly site: SwitchSite;
  /** The register file at that moment; `rsp` is its own, `rip` is where it goes on. */
  readonly registers: KeptRegisters;
  readonly pointer: number;
  /** The word with which the switch routine will return, and what it held. */
  readonly returnSlot: number;
  readonly returnWord: number | undefined;
  /** The bytes from `pointer` up, as many as are kept (`keptLength`), to see whether they are still the same stack; where its bounds do not say. */
  readonly top: Uint8Array | undefined;
}

/** Bytes of the parked stack that are kept for comparison. */
const keptBytes = 256;

/** How many bytes are compared for a thread that is parked with `pointer`: none that lie above its stack. */
export function keptLength({ high }: ThreadRecord, pointer: number): number {
  return Math.max(0, Math.min(keptBytes, high - pointer));
}

/** The place to which the parked thread will return is as it was: nobody has made a new stack there. */
export function isIntact(parked: Parked, memory: GuestMemory): boolean {
  return memory.readNumber(parked.returnSlot) === parked.returnWord;
}

/** All that was kept of the top of the parked stack is as it was; true where nothing was kept. */
export function topMatches(parked: Parked | undefined, memory: GuestMemory): boolean {
  const top = parked?.top;
  if (!top) return parked !== undefined;
  const now = memory.read(guestAddress(parked.pointer), top.length);
  return now.length === top.length && now.every((byte, index) => byte === top[index]);
}

/** A stretch of addresses. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** A thread runs on memory that is not its stack: a signal handler on the alternate stack, or a call on a segment. */
export interface Detour {
  readonly kind: "alternateStack" | "segment";
  /** Its bounds, or what was seen of it. */
  low: number;
  high: number;
  /** `rsp` before. */
  readonly from: number;
  readonly outer: Detour | undefined;
}

/** What is known of a thread when it is first heard of. */
export interface Birth {
  /** The thread that the process started with. */
  readonly isBase: boolean;
  /** The thread of the system (clone(2)) that begins with it: it runs on that one's first stack. */
  readonly kernelThread?: number;
  /** Number in the model. */
  readonly slot?: number;
  /** Where it starts. */
  readonly entry?: GuestAddress;
  /** Bounds of its stack for sure: from the loader or the model. `high` is exclusive. */
  readonly bounds?: Span;
  readonly origin?: Origin;
  /** Lowest and highest `rsp` that it was seen with. */
  readonly extent: Span;
  readonly hasRun: boolean;
}

/** A living green thread. All have all fields from the start: what is touched at every switch wants one shape. */
export class ThreadRecord {
  readonly isBase: boolean;
  readonly kernelThread: number | undefined;
  slot: number | undefined;
  readonly entry: GuestAddress | undefined;
  readonly bounds: Span | undefined;
  readonly origin: Origin | undefined;
  /** Lowest and highest `rsp` that it was seen with. */
  low: number;
  high: number;
  hasRun: boolean;
  /** While it does not run, and has run. */
  parked: Parked | undefined = undefined;
  /** Where it was parked last. */
  place: number | undefined = undefined;
  /** The registers that it was parked with; once it runs again, its callee-saved ones are as it got them back. */
  kept: KeptRegisters | undefined = undefined;
  /** Its registers, while its thread of the system has not the processor. */
  preempted: RegisterSnapshot | undefined = undefined;
  /** While it runs elsewhere than on its stack. */
  detour: Detour | undefined = undefined;
  /** It shares its stack with others, whose contents are copied away and back. */
  sharesStack = false;
  /** What was on its stack is somewhere else. */
  isCopiedAway = false;
  /** Turns during which it must be looked at closely, because it runs on a stack that was another thread's. */
  doubts = 0;
  /** Its callee-saved registers when it last got the processor, where `kept` does not say. */
  resumed: readonly (bigint | undefined)[] | undefined = undefined;
  runs = 0;
  /** Its entry in the engine's table of threads; 0: none. */
  entryInEngine = 0;
  /** Executed up to the last switch. */
  instructions = 0;
  /** The lowest `rsp` that it was seen with at switches and stops. */
  lowest: number;
  /** Its neighbours in `RunOrder`: who had the processor last before its last turn, and who after it. */
  ranBefore: ThreadRecord | undefined = undefined;
  ranAfter: ThreadRecord | undefined = undefined;

  constructor(
    readonly id: ThreadId,
    birth: Birth,
  ) {
    this.isBase = birth.isBase;
    this.kernelThread = birth.kernelThread;
    this.slot = birth.slot;
    this.entry = birth.entry;
    this.bounds = birth.bounds;
    this.origin = birth.origin;
    this.low = birth.extent.low;
    this.high = birth.extent.high;
    this.hasRun = birth.hasRun;
    this.lowest = Number.POSITIVE_INFINITY;
  }

  /** With `pointer` in `rsp` it is back where a detour of its began. */
  comesBackTo(pointer: number): boolean {
    for (let { detour } = this; detour; detour = detour.outer) if (detour.from === pointer) return true;
    return false;
  }

  /** It is back on the stack on which `rsp` is `pointer`. */
  leaveDetours(pointer: number): void {
    while (this.detour && (pointer < this.detour.low || pointer > this.detour.high) && pointer >= this.detour.from) {
      this.detour = this.detour.outer;
    }
  }

  /** It runs on the first stack of a thread of the system. */
  get isRoot(): boolean {
    return this.isBase || this.kernelThread !== undefined;
  }

  /** Its stack reaches to `pointer` at least. */
  widen(pointer: number): void {
    const { detour } = this;
    if (detour) {
      if (detour.kind === "alternateStack") return;
      if (pointer < detour.low) detour.low = pointer;
      if (pointer > detour.high) detour.high = pointer;
      return;
    }
    if (pointer < this.low) this.low = pointer;
    if (pointer > this.high) this.high = pointer;
  }
}
