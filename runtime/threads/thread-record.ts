/**
 * The record of one living green thread: what was learned of it, and, while another stack is in `rsp`, its registers.
 * It is written to at every switch: addresses that change are plain numbers, and it is changed in place.
 */
import type { GuestAddress } from "../base/guest-address.js";
import type { KeptRegisters } from "../engine/machine.js";
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
  /** The bytes from `pointer` up, to see whether they are still the same stack; where its bounds do not say. */
  readonly top: Uint8Array | undefined;
}

/** A stretch of addresses. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** What is known of a thread when it is first heard of. */
export interface Birth {
  /** The thread that the process started with. */
  readonly isBase: boolean;
  /** Number in the model. */
  readonly slot?: number;
  /** Where it starts. */
  readonly entry?: GuestAddress;
  /** Bounds of its stack for sure: from the loader or the model. `high` is exclusive. */
  readonly bounds?: Span;
  /** Bounds for people, from symbols and mappings. */
  readonly estimate?: { readonly low?: GuestAddress; readonly high?: GuestAddress };
  /** Lowest and highest `rsp` that it was seen with. */
  readonly extent: Span;
  readonly hasRun: boolean;
}

/** A living green thread. All have all fields from the start: what is touched at every switch wants one shape. */
export class ThreadRecord {
  readonly isBase: boolean;
  slot: number | undefined;
  readonly entry: GuestAddress | undefined;
  readonly bounds: Span | undefined;
  readonly estimate: Birth["estimate"];
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
  /** Its callee-saved registers when it last got the processor, where `kept` does not say. */
  resumed: readonly (bigint | undefined)[] | undefined = undefined;
  runs = 0;
  /** Its entry in the engine's table of threads; 0: none. */
  entryInEngine = 0;
  /** Executed up to the last switch. */
  instructions = 0;
  /** The lowest `rsp` that it was seen with at switches and stops. */
  lowest: number;

  constructor(
    readonly id: ThreadId,
    birth: Birth,
  ) {
    this.isBase = birth.isBase;
    this.slot = birth.slot;
    this.entry = birth.entry;
    this.bounds = birth.bounds;
    this.estimate = birth.estimate;
    this.low = birth.extent.low;
    this.high = birth.extent.high;
    this.hasRun = birth.hasRun;
    this.lowest = Number.POSITIVE_INFINITY;
  }
  /** Its stack reaches to `pointer` at least. */
  widen(pointer: number): void {
    if (pointer < this.low) this.low = pointer;
    if (pointer > this.high) this.high = pointer;
  }
}
