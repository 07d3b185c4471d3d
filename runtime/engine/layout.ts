/**
 * Where things are in the engine's own area of the memory, 0 to 0x3fffff: the processor's state, the permission byte of
 * every page, the cache of jump targets and the decoded records. The guest's memory begins above.
 */

/** End of the engine's area: the guest maps nothing below. */
export const engineAreaEnd = 0x400000;
/** End of guest space, exclusive: 3 GiB. */
export const guestSpaceEnd = 0xc0000000;
/** A part of guest space that is the engine's own (`switch-layout.ts`): nothing can be mapped there. */
export const reservedStart = 0x0f000000;
export const reservedEnd = 0x10000000;
export const pageSize = 4096;
export const pageShift = 12;

const stateBase = 0x10000;

/** Addresses of the processor's state. */
export const state = {
  /** 16 registers of 8 bytes, then 8 bytes that are always zero: the base or index of an address without one. */
  general: stateBase,
  zero: stateBase + 0x80,
  instructionPointer: stateBase + 0x88,
  /** The status flags, as `FlagSource` describes them: its kind, and three values. */
  flagKind: stateBase + 0x90,
  otherFlags: stateBase + 0x94,
  flagA: stateBase + 0x98,
  flagB: stateBase + 0xa0,
  flagResult: stateBase + 0xa8,
  fsBase: stateBase + 0xb0,
  gsBase: stateBase + 0xb8,
  stackWindowLow: stateBase + 0xc0,
  /** Length of the window. */
  stackWindowSize: stateBase + 0xc8,
  /** rSP before an instruction that may switch stacks. */
  switchedFrom: stateBase + 0xd0,
  /** u32: 1 when somebody wants to know of every load of rSP. */
  watchesLoads: stateBase + 0xd8,
  /** Instructions that `run` has left. */
  remaining: stateBase + 0xe0,
  /** The record at which `run` stopped. */
  record: stateBase + 0xe4,
  /** The instruction count that `remaining` = 0 stands for. */
  countAtEnd: stateBase + 0xe8,
  mxcsr: stateBase + 0xf0,
  /** YMM0 to YMM15, 32 bytes each; their lower halves are XMM0 to XMM15. */
  vectors: stateBase + 0x100,
  /**
   * The x87 data registers R0 to R7 (physical, not relative to the top of the stack), 16 bytes each, of which 10 are
   * used; the first 8 are MM0 to MM7.
   */
  x87: stateBase + 0x300,
  x87Control: stateBase + 0x380,
  x87Status: stateBase + 0x384,
  /** A bit for each physical register that is not empty: the tag word as FXSAVE stores it. */
  x87Tags: stateBase + 0x388,
  /** Bytes from `general` to behind the last register. */
  registersSize: 0x390,
  /** What vector helpers take and give, 16 bytes each. */
  helperFirst: stateBase + 0x390,
  helperSecond: stateBase + 0x3a0,
  helperResult: stateBase + 0x3b0,
  helperThird: stateBase + 0x3c0,
  /** Where the region that is being entered has its general function in the table: see `regions/general-functions.ts`. */
  generalSlot: stateBase + 0x3d0,
} as const;

/** Addresses that have a region, and its place in the table of functions, 32 bits each: see `regions/chaining.ts`. */
export const regionTable = 0x18000;
export const regionTableEntries = 0x1000;

/** Where a vector register is; the upper half of YMM follows the lower. */
export function vectorAddress(index: number): number {
  return state.vectors + 32 * index;
}

/** One byte for each page of the 4 GiB that 32 bits address. */
export const permissionTable = 0x20000;

/** Bits of a permission byte. The first two are what the fast path looks at; the rest say what was asked for. */
export const pageBits = {
  fastRead: 1,
  fastWrite: 2,
  mapped: 4,
  read: 8,
  write: 16,
  execute: 32,
} as const;

/** Recently jumped-to addresses: pairs of address and record, 32 bits each; indexed by the address's low bits. */
export const jumpCache = 0x120000;
export const jumpCacheEntries = 0x4000;

/** A decoded instruction, 48 bytes. */
export const record = {
  size: 48,
  /** u16: which piece of the interpreter executes it. */
  handler: 0,
  /** u8 each, relative to `state.general`. */
  base: 2,
  index: 3,
  /** u8: log2 of the scale. */
  scale: 4,
  /** u8: the segment base, relative to `state.general`. */
  segment: 5,
  /** u8: length of the instruction in bytes. */
  length: 6,
  /** u8: 1 under an address-size prefix. */
  addressSize32: 7,
  /**
   * u32 each: where the operand is (register, immediate), or 0 for memory. The third also: the record jumped to; the
   * fourth, if it is a register, takes the place of the immediate.
   */
  operands: [8, 12, 36, 16],
  link: 36,
  /** i64: immediate, or branch target. */
  immediate: 16,
  /** i64: displacement of the memory operand, or a second immediate. */
  displacement: 24,
  /** u32: address of the instruction. */
  address: 32,
  /** u16: the handler that the record was written with; `handler` may count visits, enter a region or stop instead. */
  original: 40,
  /** u8: 1 when the instruction may change registers other than the general ones and the flags. */
  touchesRest: 42,
  /** u32: visits that are left before a region is compiled; or the region's place in the table. */
  region: 44,
} as const;

/** What regions note when they are left: see `regions/exit-sites.ts`. */
export const exitSites = 0x140000;
export const exitSitesEnd = 0x160000;

/** Room for a single instruction that is executed apart (over a breakpoint). */
export const scratchRecords = exitSitesEnd;
export const records = scratchRecords + 0x200;
export const recordsEnd = engineAreaEnd;

/** Why the interpreter returned. The order is that of the module's code. */
export const exitCodes = {
  /** Not exits: a rare instruction is done, and the next one follows, or the one that the instruction pointer names. */
  next: 0,
  jump: 1,
  limit: 2,
  /** Nothing decoded is known at the instruction pointer. */
  lookup: 3,
  /** The same; and the record is to be linked to it. */
  link: 4,
  breakpoint: 5,
  systemCall: 6,
  stackSwitch: 7,
  /** The record has been visited often enough to be compiled. */
  hot: 8,
  /** The instruction has set the trap flag; it has been executed, and rIP is behind it. */
  trapFlag: 9,
  /** From here on, the instruction was not executed. */
  accessFault: 10,
  divideError: 11,
  breakpointTrap: 12,
  debugTrap: 13,
  invalidOpcode: 14,
  privilegedInstruction: 15,
  nonCanonicalAddress: 16,
  simdException: 17,
  x87Exception: 18,
  reservedBits: 19,
} as const;
export const firstFaultCode = exitCodes.accessFault;

/** Kinds of `FlagSource` as `state.flagKind` holds them. */
export const flagKinds = {
  explicit: 0,
  result: 1,
  add: 2,
  subtract: 3,
  subtractWithBorrow: 4,
  /** From here on, of one operand. */
  increment: 8,
  decrement: 9,
} as const;
