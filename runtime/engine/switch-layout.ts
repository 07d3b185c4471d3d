/**
 * What the engine knows of the threads whose switches it decides itself: where it stands in the memory, and the fields.
 * An area of guest space that is kept out of the program's reach (`reservedStart`) has room for it; the host gives it
 * pages when it is used.
 */
import { reservedEnd, reservedStart, state } from "./layout.js";

const base = 0x14000;

/** Of all threads together, beside the processor's state. */
export const switching = {
  /** u32: the entry of the running thread; 0: nothing is decided here. */
  current: base,
  /** u32: counts removals of pages; what an entry says of memory holds only in its own epoch. */
  epoch: base + 4,
  /** u32: not 0 when registers of the rest (`restParts`) may have changed since `generation` was counted up. */
  restChanged: base + 8,
  /** u32: counts states of the rest of the registers. */
  generation: base + 12,
  /** u64: the instruction count at which the running thread got the processor. */
  since: base + 16,
  /** u32: the first of the entries that have changed; they are linked by `changedNext`. */
  changed: base + 24,
  /** u32: the entry of the thread whose saved registers `resumedBlock` holds, as they were when it went on; or 0. */
  resumed: base + 28,
  /** u32: counts changes of where threads are parked; windows of stacks without bounds hold only in their version. */
  version: base + 32,
  /** u32: 1 when all threads have entries, and a thread may be moved to another place. */
  isComplete: base + 36,
  /** u32, u32: addresses of two words that must be as `anchorValues` has them, for entries to be right. */
  anchors: base + 40,
  /** u64, u64. */
  anchorValues: base + 48,
  /** u64: always 1, the state of a thread without a model's. */
  alive: base + 64,
  resumedBlock: base + 0x80,
} as const;

/** The rest of the registers is copied only when it has changed: all but the general ones and the flags. From, to. */
export const restParts = [
  [state.fsBase, state.gsBase + 8],
  [state.mxcsr, state.general + state.registersSize],
] as const;

/** The registers that a routine saved are copied in blocks of so many bytes. */
export const homeBlock = 16;
export const mostHomeBlocks = 8;
/** Bytes of the parked stack that are kept for comparison where its bounds are not known. */
export const topSize = 256;

/**
 * Fields of a thread's entry, which has four lines of the host's cache: what is compared, what is written at every switch
 * (two lines), and what seldom matters.
 */
export const entryField = {
  /** u64: `rsp` where the thread is parked, or was parked last; 0 before. */
  place: 0x00,
  /** u32: number of the site where it is parked, or was last; 0 where only the registry can let it go on. */
  site: 0x08,
  /** u32: see `switching.epoch`; with `withoutBounds`. */
  epoch: 0x0c,
  /** u32: address of the word that must hold the place for the thread to go on. */
  pointerAt: 0x10,
  /** u32: address of the word that must be 1 or 2, before and after. */
  stateAt: 0x14,
  /** u32: address of the registers that the routine saved; and how many words they are. */
  homeAt: 0x18,
  homeWords: 0x1c,
  /** u32, u32 */
  windowLow: 0x20,
  windowSize: 0x24,
  /** u32: the highest `rsp`. */
  high: 0x28,
  /** u32: bits of `changes`. */
  changes: 0x2c,
  /** u32: see `switching.generation`. */
  generation: 0x30,
  /** u32: the next entry whose place has the same hash. */
  chain: 0x34,
  /** u32: the entry that was switched to last. */
  successor: 0x38,
  /** u32: of the window of a stack without bounds. */
  version: 0x3c,

  /** u64 */
  runs: 0x40,
  /** u64: executed up to the last switch. */
  instructions: 0x48,
  /** u64: the word with which the routine returns. */
  returnWord: 0x50,
  /** The flags, as in the state: three of u64, two of u32. */
  flagA: 0xa0,
  flagB: 0xa8,
  flagResult: 0xb0,
  flagKind: 0xb8,
  otherFlags: 0xbc,

  /** u32: the next entry that has changed. */
  changedNext: 0xf0,
  /** u32 each: the lowest `rsp`, at any time and at switches. */
  low: 0xf4,
  lowest: 0xf8,
  /** u32: where `returnWord` was. */
  returnSlot: 0xfc,
} as const;

/** Where an entry has the general registers: u64 each. `rsp` is its place. */
export const registerFields: readonly number[] = [
  // rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15
  ...[0x58, 0x60, 0x68, 0xc0, 0x00, 0xc8, 0x70, 0x78],
  ...[0x80, 0x88, 0x90, 0x98, 0xd0, 0xd8, 0xe0, 0xe8],
];

export const withoutBounds = 0x8000_0000;
export const changes = { resumed: 1, parked: 2 } as const;

/** Entries by the hash of their place: u32 each. */
export const places = reservedStart;
const placesShift = 14;
export const placesCount = 1 << placesShift;
/** The place's hash: its product's upper bits (Knuth, The Art of Computer Programming, vol. 3, 6.4). */
export const hashFactor = 0x9e3779b1;
export const hashShift = 32 - placesShift;

export const entryShift = 8;
export const entrySize = 1 << entryShift;
export const firstEntry = places + 4 * placesCount;
/** For each entry: the rest of the registers, from `restStart` in the state on, and the top of the stack. */
export const restStart = state.fsBase;
export const topField = state.general + state.registersSize - restStart;
export const restSize = Math.ceil((topField + topSize) / 64) * 64;
/** For each entry, u64: the instruction count at which the thread lost the processor last. */
const parkedAtSize = 8;
const mostEntries = Math.floor((reservedEnd - firstEntry) / (entrySize + restSize + parkedAtSize));
export const firstRest = firstEntry + mostEntries * entrySize;
const firstParkedAt = firstRest + mostEntries * restSize;
/** It is at `(entry >> parkedAtShift) + parkedAtBase`. */
export const parkedAtShift = entryShift - 3;
export const parkedAtBase = firstParkedAt - (firstEntry >> parkedAtShift);

/** Fields of the check record behind an instruction that switches stacks, when it has been looked at. */
export const siteField = {
  /** u8: the register that the saved registers are addressed by, eight times its number. */
  holder: 2,
  /** u8 */
  homeWords: 3,
  /** u16: the registers that are saved there, by bits. */
  saved: 4,
  /** u8: 1 when the instruction gives rSP a value from elsewhere, and it is not known to be of the same stack. */
  isLoad: 7,
  /** u32: its number, from 1; 0: only the registry can tell what happens there. */
  number: 8,
  /** u32: how far above rSP the return address lies. */
  returnDistance: 12,
  /** i64: where the saved registers begin, relative to the holder. */
  homeOffset: 24,
} as const;
