import type { GuestAddress } from "../base/guest-address.js";
import type { RegisterSnapshot } from "../engine/machine.js";
import type { ThreadId } from "./types.js";
import type { RegisterNumber } from "./unwind/instruction-facts.js";

/** What was kept of a thread when another stack took its place in `rsp`. */
export interface Parked {
  /** The register file at that moment; `rsp` is its own, `rip` is where it goes on. */
  readonly snapshot: RegisterSnapshot;
  readonly pointer: GuestAddress;
  /** Where the switch routine saved its registers, as far as that is known. */
  readonly homes: ReadonlyMap<RegisterNumber, GuestAddress>;
  /** The word with which the switch routine will return, and what it held. */
  readonly returnSlot: GuestAddress;
  readonly returnWord: bigint | undefined;
  /** The bytes from `pointer` up, to see whether they are still the same stack. */
  readonly top: Uint8Array;
}

/** A living green thread. */
export interface ThreadRecord {
  readonly id: ThreadId;
  /** The thread that the process started with. */
  readonly isBase: boolean;
  /** Number in the model. */
  slot?: number;
  /** Where it starts. */
  entry?: GuestAddress;
  /** Bounds of its stack for sure: from the loader or the model. */
  bounds?: { readonly low: GuestAddress; readonly high: GuestAddress };
  /** Bounds for people, from symbols and mappings. */
  estimate?: { readonly low?: GuestAddress; readonly high?: GuestAddress };
  /** Lowest and highest `rsp` that it was seen with. */
  extent: { low: bigint; high: bigint };
  /** While it does not run, and has run. */
  parked?: Parked;
  /** Its callee-saved registers when it last got the processor. */
  resumed?: readonly (bigint | undefined)[];
  hasRun: boolean;
  runs: number;
  /** Executed up to the last switch. */
  instructions: number;
  highWaterMark: number;
}
