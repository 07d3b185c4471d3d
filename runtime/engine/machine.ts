import type { GuestAddress } from "../base/guest-address.js";
import type { Permissions } from "../base/program-image.js";
import type { PageCheckpoint } from "./page-journal.js";
import type { SwitchTable } from "./switch-table.js";
import type { WatchedRange, WatchHit } from "./watchpoints.js";

/** The 16 general-purpose registers in hardware order (Intel SDM vol. 1, 3.7.2.1). */
export const generalRegisterNames = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
] as const;
export type GeneralRegister = (typeof generalRegisterNames)[number];

/** The x87 FPU, and the MMX registers, which are the lower 64 bits of its data registers (Intel SDM vol. 1, 8.1). */
export interface X87State {
  /** R0 to R7 (physical, not relative to the top of the stack): 80 bits each, unsigned. */
  readonly registers: readonly bigint[];
  readonly control: number;
  /** With the top of the stack in bits 11 to 13. */
  readonly status: number;
  /** A bit for each physical register that is not empty: the tag word as FXSAVE stores it. */
  readonly tags: number;
}

/** A copy of the register file at one moment. */
export interface RegisterSnapshot {
  /** 64-bit unsigned values in hardware order. */
  readonly general: readonly bigint[];
  readonly rip: GuestAddress;
  /** RFLAGS as PUSHF shows it (bit 1 and IF set). */
  readonly flags: bigint;
  readonly fsBase: bigint;
  readonly gsBase: bigint;
  /** 128-bit unsigned values. */
  readonly xmm: readonly bigint[];
  /** The upper 128 bits of the YMM registers. */
  readonly ymmUpper: readonly bigint[];
  readonly mxcsr: number;
  readonly x87: X87State;
}

/** A copy of the register file in the engine's own form: quick to make, decoded when somebody looks at it. */
export interface KeptRegisters {
  /** General register by hardware number. */
  general(index: number): bigint;
  /** The same as a number: exact below 2⁵³. */
  generalNumber(index: number): number;
  setGeneral(index: number, value: bigint): void;
  /** Takes the value of a general register from guest memory; false, and nothing changed, where none is mapped. */
  load(index: number, address: number): boolean;
  snapshot(): RegisterSnapshot;
}

/** The live registers of the machine. Only valid to touch while the machine is not inside `run`. */
export interface RegisterFile {
  general(register: GeneralRegister): bigint;
  setGeneral(register: GeneralRegister, value: bigint): void;
  rip: GuestAddress;
  flags: bigint;
  fsBase: bigint;
  gsBase: bigint;
  mxcsr: number;
  /** `index` 0 to 15; 128-bit unsigned. */
  xmm(index: number): bigint;
  /** The upper half of the YMM register stays. */
  setXmm(index: number, value: bigint): void;
  /** The upper 128 bits of a YMM register. */
  ymmUpper(index: number): bigint;
  setYmmUpper(index: number, value: bigint): void;
  x87: X87State;
  /** Puts the x87 FPU, the vector registers and MXCSR into the state in which a program starts. */
  resetFloatingPoint(): void;
  /** The bits of RFLAGS beside the status flags: TF, DF, NT, AC, ID. */
  readonly otherFlags: number;
  /** `rsp` and `rip` as numbers: exact below 2⁵³. */
  readonly stackPointer: number;
  readonly instructionPointer: number;
  snapshot(): RegisterSnapshot;
  /** A copy for those who make very many and look at few; `into`, which this function once returned, is used again. */
  keep(into?: KeptRegisters): KeptRegisters;
  restore(snapshot: RegisterSnapshot): void;
}

/** A run of pages with the same permissions. `end` is exclusive. */
export interface Mapping {
  readonly start: GuestAddress;
  readonly end: GuestAddress;
  readonly permissions: Permissions;
}

/**
 * The guest's memory, as the debugger and the system call layer see it: permissions do not stop them, only the guest.
 * All lengths in bytes. Pages are 4096 bytes.
 */
export interface GuestMemory {
  /** Maps zeroed pages (rounded outwards); what was mapped there before is replaced. False when it lies outside the guest space. */
  map(address: GuestAddress, length: number, permissions: Permissions): boolean;
  unmap(address: GuestAddress, length: number): void;
  /** False, and nothing changed, when a page of the range is not mapped. */
  protect(address: GuestAddress, length: number, permissions: Permissions): boolean;
  /** Undefined where nothing is mapped. */
  permissionsAt(address: GuestAddress): Permissions | undefined;
  /** All mapped runs in address order; neighbours with equal permissions are one run. */
  mappings(): Mapping[];
  /** A copy of the mapped bytes from `address` on, up to the first unmapped page: perhaps shorter than `length`, perhaps empty. */
  read(address: GuestAddress, length: number): Uint8Array;
  /** Little-endian 64-bit word; undefined unless all eight bytes are mapped. */
  readWord(address: GuestAddress): bigint | undefined;
  /** The same in numbers: exact for words below 2⁵³. For those who ask very often. */
  readNumber(address: number): number | undefined;
  /** Writes up to the first unmapped page and drops what was decoded from those bytes. Returns the number of bytes written. */
  write(address: GuestAddress, bytes: Uint8Array): number;
  writeWord(address: GuestAddress, value: bigint): boolean;
}

/** Why an instruction could not be executed. The registers are those before it (`rep` keeps its progress). */
export type Fault =
  | { readonly kind: "divideError" }
  | { readonly kind: "breakpointTrap" }
  /** INT1; or, behind an instruction that has been executed, what the trap flag asks for (rIP is there). */
  | { readonly kind: "debugTrap"; readonly isSingleStep: boolean }
  /** A floating-point exception that MXCSR does not mask; MXCSR's status bits say which. */
  | { readonly kind: "simdException" }
  /** An x87 instruction while an exception is pending that the control word does not mask; the status word says which. */
  | { readonly kind: "x87Exception" }
  | { readonly kind: "invalidOpcode"; readonly bytes: Uint8Array; readonly mnemonic?: string }
  | {
      readonly kind: "generalProtection";
      readonly reason: GeneralProtectionReason;
      readonly address?: GuestAddress;
      /** The access was to the stack segment: the processor calls that a stack fault, #SS. */
      readonly isStack?: true;
    }
  | {
      readonly kind: "pageFault";
      readonly address: GuestAddress;
      readonly access: "read" | "write" | "execute";
      /** A page is there, and its permissions forbid the access. */
      readonly mapped: boolean;
    };
export type GeneralProtectionReason =
  | "nonCanonicalAddress"
  | "misalignedOperand"
  | "privilegedInstruction"
  /** A bit that must be clear was to be set in a control register (MXCSR). */
  | "reservedBits";

/** Interrupt vector of a fault (Intel SDM vol. 3, table 6-1). */
export function faultVector(fault: Fault): number {
  switch (fault.kind) {
    case "divideError":
      return 0;
    case "debugTrap":
      return 1;
    case "breakpointTrap":
      return 3;
    case "invalidOpcode":
      return 6;
    case "generalProtection":
      return fault.isStack ? 12 : 13;
    case "pageFault":
      return 14;
    case "x87Exception":
      return 16;
    case "simdException":
      return 19;
  }
}

/** Why `Machine.run` returned. */
export type MachineStop =
  /** The limit was reached. */
  | { readonly kind: "limit" }
  /** `rip` is at a breakpoint; its instruction has not been executed. */
  | { readonly kind: "breakpoint" }
  /** A `syscall` was executed: `rip` is behind it, rcx and r11 are as the processor leaves them. */
  | { readonly kind: "systemCall" }
  /**
   * An instruction other than push, pop, call, ret and adjustments by a constant was executed and left `rsp` outside
   * the stack window. `rip` is behind it.
   */
  | {
      readonly kind: "stackSwitch";
      /** The instruction that moved `rsp`. */
      readonly instruction: GuestAddress;
      /** `rsp` before it. */
      readonly from: GuestAddress;
    }
  /** An instruction was executed that accessed watched ranges. `rip` is behind it; a repeated one has run to its end. */
  | { readonly kind: "watchpoint"; readonly instruction: GuestAddress; readonly hits: readonly WatchHit[] }
  | { readonly kind: "fault"; readonly fault: Fault };

/** Registers and memory at one moment, kept by copy on write. */
export interface MachineCheckpoint {
  readonly instructionCount: number;
  /** The register file in the engine's own form. */
  readonly registers: Uint32Array;
  readonly pages: PageCheckpoint;
}

export interface RunOptions {
  /** Execute the first instruction even when a breakpoint is on it. */
  readonly ignoreFirstBreakpoint?: boolean;
}

/** An x86-64 processor in 64-bit user mode with its memory. Deterministic: nothing it does depends on the host. */
export interface Machine {
  readonly registers: RegisterFile;
  readonly memory: GuestMemory;
  /** Instructions executed since the machine was made (a `rep` instruction counts once, a faulting one not at all). */
  readonly instructionCount: number;
  /** Another number whenever registers or memory may have changed: by `run`, or by a write from outside. */
  readonly version: number;
  /** Another number whenever bytes may have changed that instructions were decoded from. */
  readonly codeVersion: number;
  /** Executes at most `limit` instructions (a positive integer) and says why it stopped. Synchronous. */
  run(limit: number, options?: RunOptions): MachineStop;
  /** Replaces the set of breakpoints. They cost nothing where they are not. */
  setBreakpoints(addresses: Iterable<GuestAddress>): void;
  /** Replaces the watched ranges. Accesses to other pages cost nothing. */
  setWatchpoints(ranges: readonly WatchedRange[]): void;
  /** Calls `serve`, which does something for the guest, and tells what it wrote to watched ranges with `memory.write`. */
  notingWrites<Result>(serve: () => Result): { readonly result: Result; readonly hits: readonly WatchHit[] };
  /** Notes registers and memory; the first write to a page after it costs a copy of the page. */
  checkpoint(): MachineCheckpoint;
  /**
   * Makes registers, memory and the instruction count what they were. Later checkpoints are gone; this one can be used
   * again. Throws for one that is gone.
   */
  restore(checkpoint: MachineCheckpoint): void;
  /** Forgets a checkpoint and frees what only it needed; others stay. */
  dropCheckpoint(checkpoint: MachineCheckpoint): void;
  /** A new machine that executes code in the same way, with nothing mapped and all registers zero. */
  another(): Machine;
  /** The stack of the running thread, `low` inclusive to `high` inclusive: see `stackSwitch`. Initially everything. */
  setStackWindow(low: GuestAddress | number, high: GuestAddress | number): void;
  /** Whether every instruction that loads rSP from elsewhere is reported, wherever it leads. Initially none is. */
  watchesStackLoads: boolean;
  /** Switches of stacks that the machine decides without stopping: none at first. */
  readonly switches: SwitchTable;
}
