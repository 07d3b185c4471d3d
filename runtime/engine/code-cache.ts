/**
 * Decoded code: which record stands for which address. Runs of instructions are decoded together and executed record
 * by record; records die when their bytes change, and all of them when there is no more room.
 */
import { guestAddress } from "../base/guest-address.js";
import { isCutOff } from "../x86/cut-off.js";
import { type DecodedInstruction, InstructionDecoder } from "../x86/decode.js";
import type { CompiledInterpreter } from "./compiled-interpreter.js";
import type { EngineMemory } from "./engine-memory.js";
import { pseudoHandlers } from "./handlers.js";
import {
  jumpCache,
  jumpCacheEntries,
  pageShift,
  pageSize,
  record,
  records,
  recordsEnd,
  scratchRecords,
} from "./layout.js";
import type { Fault } from "./machine.js";
import type { CodeObserver, PagedMemory } from "./paged-memory.js";
import { RecordWriter } from "./record-writer.js";
import { siteField } from "./switch-layout.js";

const longestInstruction = 15;
const instructionsPerRun = 64;
/** Bytes that are looked at for a run. */
const bytesPerRun = 512;
/** Records that a run may need: three for an instruction that moves the stack, and the link behind the run. */
const recordsPerRun = 3 * instructionsPerRun + 1;

/** Who keeps something made of the code and must know when it is no longer right. */
export interface CodeDependent {
  /** The bytes from `start` to `end` (exclusive) change. */
  codeChanges(start: number, end: number): void;
  /** A breakpoint is set or cleared at `address`. */
  breakpointChanges(address: number): void;
  /** All records are dropped. */
  codeDropped(): void;
  /** Jumps reach `record` from now on. */
  jumpsTo(record: number): void;
  /** More is known of the instruction at `address` than when it was compiled. */
  siteChanges(address: number): void;
}

type Found = { readonly record: number } | { readonly fault: Fault };

export class CodeCache implements CodeObserver {
  readonly writer: RecordWriter;
  dependent: CodeDependent | undefined;
  private readonly recordAt = new Map<number, number>();
  /** Records by the pages that their bytes lie in. */
  private readonly pages = new Map<number, number[]>();
  private breakpoints = new Set<number>();
  /** What the records under breakpoints really do. */
  private readonly replaced = new Map<number, number>();
  /** The records of instructions that were executed apart. */
  private readonly apart = new Map<number, Uint8Array>();
  private end: number = records;
  /** Counts how often everything was dropped: records of an earlier generation are gone. */
  generation = 0;
  /** Counts changes of bytes that instructions were decoded from. */
  version = 0;
  /** Check records whose switches the engine decides. */
  private readonly sites = new Set<number>();

  constructor(
    private readonly memory: EngineMemory,
    private readonly guest: PagedMemory,
    interpreter: CompiledInterpreter,
    loadGroup: (group: number) => void,
  ) {
    this.writer = new RecordWriter(memory, interpreter, loadGroup);
    guest.observe(this);
  }

  /** The record for the instruction at `address`, decoded if need be. */
  find(address: number): Found {
    const known = this.recordAt.get(address);
    if (known !== undefined) return { record: known };
    const bytes = this.guest.executableBytes(address, bytesPerRun);
    if (bytes.length === 0) return { fault: this.fetchFault(address) };
    if (this.end + recordsPerRun * record.size > recordsEnd) this.flush();
    const start = this.end;
    const decoder = new InstructionDecoder(bytes, BigInt(address));
    let next = address;
    for (let count = 0; count < instructionsPerRun; count++) {
      const instruction = decoder.next();
      const isKnown = instruction?.name !== undefined;
      const fault = isKnown ? undefined : this.faultAtEnd(next, bytes.subarray(next - address), instruction);
      if (fault && count === 0) return { fault };
      // The instruction goes on where nothing may be executed, or where we did not look.
      if (!instruction || fault) break;
      this.add(instruction);
      next += instruction.length;
      if (instruction.endsRun) return { record: start };
      if (this.recordAt.has(next)) break;
    }
    this.writer.writePseudo(this.end, pseudoHandlers.link, BigInt(next), 0);
    this.end += record.size;
    return { record: start };
  }

  /** Lets jumps to `address` find `found` without leaving the interpreter. */
  remember(address: number, found: number): void {
    this.dependent?.jumpsTo(found);
    const entry = jumpCache + 8 * (address & (jumpCacheEntries - 1));
    this.memory.data.setUint32(entry, address, true);
    this.memory.data.setUint32(entry + 4, found, true);
  }

  /** Records that execute the one instruction at `address`, whether a breakpoint is on it or not. */
  findApart(address: number): Found {
    const known = this.apart.get(address);
    // Nobody will tell when the bytes of what is not recorded change.
    if (!this.recordAt.has(address)) this.changed();
    if (known) {
      this.memory.bytes.set(known, scratchRecords);
      return { record: scratchRecords };
    }
    const bytes = this.guest.executableBytes(address, longestInstruction);
    if (bytes.length === 0) return { fault: this.fetchFault(address) };
    const decoder = new InstructionDecoder(bytes, BigInt(address));
    const instruction = decoder.next();
    const fault = this.faultAtEnd(address, bytes, instruction);
    if (!instruction || fault) return { fault: fault ?? this.fetchFault(address + bytes.length) };
    const last = this.writer.writeInstruction(scratchRecords, instruction);
    this.writer.writePseudo(last, pseudoHandlers.lookup, BigInt(address + instruction.length), 0);
    // Only what is also recorded as code is told of changes.
    if (this.recordAt.has(address)) {
      this.apart.set(address, this.memory.bytes.slice(scratchRecords, last + record.size));
    }
    return { record: scratchRecords };
  }

  /** Links `from` to `to`, unless it is one of those that are written anew each time. */
  link(from: number, to: number): void {
    if (from >= records) this.memory.data.setUint32(from + record.link, to, true);
    if (to >= records) this.dependent?.jumpsTo(to);
  }

  /** The record of the instruction at `address`, if it has been decoded. */
  recordOf(address: number): number | undefined {
    return this.recordAt.get(address);
  }

  hasBreakpoint(address: number): boolean {
    return this.breakpoints.has(address);
  }

  setBreakpoints(addresses: Iterable<number>): void {
    this.apart.clear();
    for (const [at, handler] of this.replaced) this.memory.data.setUint16(at + record.handler, handler, true);
    this.replaced.clear();
    const before = this.breakpoints;
    this.breakpoints = new Set(addresses);
    if (this.dependent) {
      for (const address of before) if (!this.breakpoints.has(address)) this.dependent.breakpointChanges(address);
      for (const address of this.breakpoints) if (!before.has(address)) this.dependent.breakpointChanges(address);
    }
    for (const address of this.breakpoints) {
      const at = this.recordAt.get(address);
      if (at !== undefined) this.putBreakpoint(at);
    }
  }

  codeChanges(start: number, end: number): void {
    for (const address of this.apart.keys()) {
      if (address < end && address + longestInstruction > start) this.apart.delete(address);
    }
    if (this.pages.size === 0) return;
    this.dependent?.codeChanges(start, end);
    const [firstPage, lastPage] = [start >>> pageShift, Math.floor((end - 1) / pageSize)];
    if (lastPage - firstPage < this.pages.size) {
      for (let page = firstPage; page <= lastPage; page++) this.dropFrom(page, start, end);
    } else {
      for (const page of [...this.pages.keys()])
        if (page >= firstPage && page <= lastPage) this.dropFrom(page, start, end);
    }
  }

  /** Drops everything. */
  flush(): void {
    this.dependent?.codeDropped();
    for (const page of this.pages.keys()) this.guest.setHasCode(page, false);
    this.pages.clear();
    this.recordAt.clear();
    this.replaced.clear();
    this.apart.clear();
    this.memory.clearJumpCache();
    this.end = records;
    this.changed();
    this.generation++;
  }

  /**
   * The record behind the instruction at `address`, which may switch stacks, is the site `number` now, as `describe`
   * writes it. False when nothing is recorded there.
   */
  setSite(address: number, number: number, describe: (at: number) => void): boolean {
    const check = this.checkOf(address);
    if (check === undefined) return false;
    const { data } = this.memory;
    const before = data.getUint32(check + siteField.number, true);
    if (before === number) return true;
    describe(check);
    data.setUint32(check + siteField.number, number, true);
    this.sites.add(check);
    this.dependent?.siteChanges(address);
    return true;
  }

  /** The load of rSP at `address` is none that switches stacks. */
  setHarmless(address: number): void {
    const check = this.checkOf(address);
    if (check === undefined || this.memory.bytes[check + siteField.isLoad] === 0) return;
    this.memory.bytes[check + siteField.isLoad] = 0;
    this.dependent?.siteChanges(address);
  }

  /** The check record behind the instruction at `address`, if that may switch stacks and is recorded. */
  private checkOf(address: number): number | undefined {
    const at = this.recordAt.get(address);
    if (at === undefined) return undefined;
    const check = at + 2 * record.size;
    const { data } = this.memory;
    const isCheck = data.getUint16(check + record.original, true) === pseudoHandlers.checkStack;
    return isCheck && data.getUint32(check + record.immediate, true) === address ? check : undefined;
  }

  /** Nothing that was found out about code holds any more. */
  private changed(): void {
    this.version++;
    for (const check of this.sites) this.memory.data.setUint32(check + siteField.number, 0, true);
    this.sites.clear();
  }

  private add(instruction: DecodedInstruction): void {
    const at = this.end;
    const address = Number(instruction.address);
    this.end = this.writer.writeInstruction(at, instruction);
    const last = address + instruction.length - 1;
    for (let page = address >>> pageShift; page <= last >>> pageShift; page++) {
      let list = this.pages.get(page);
      if (!list) {
        list = [];
        this.pages.set(page, list);
        this.guest.setHasCode(page, true);
      }
      list.push(at);
    }
    this.recordAt.set(address, at);
    if (this.breakpoints.has(address)) this.putBreakpoint(at);
  }

  private putBreakpoint(at: number): void {
    const { data } = this.memory;
    this.replaced.set(at, data.getUint16(at + record.handler, true));
    data.setUint16(at + record.handler, pseudoHandlers.breakpoint, true);
  }

  /** Drops the records of the page whose bytes overlap the range. */
  private dropFrom(page: number, start: number, end: number): void {
    const list = this.pages.get(page);
    if (!list) return;
    this.changed();
    const { data, bytes } = this.memory;
    const kept = list.filter((at) => {
      const address = data.getUint32(at + record.address, true);
      if (address >= end || address + (bytes[at + record.length] ?? 0) <= start) return true;
      data.setUint16(at + record.handler, pseudoHandlers.lookup, true);
      this.replaced.delete(at);
      if (this.recordAt.get(address) === at) this.recordAt.delete(address);
      const entry = jumpCache + 8 * (address & (jumpCacheEntries - 1));
      if (data.getUint32(entry, true) === address) data.setUint32(entry, ~address, true);
      return false;
    });
    if (kept.length > 0) {
      this.pages.set(page, kept);
    } else {
      this.pages.delete(page);
      this.guest.setHasCode(page, false);
    }
  }

  /** The fault of what is no instruction, or not all of one, where bytes end that may be executed; if that is why. */
  private faultAtEnd(
    address: number,
    bytes: Uint8Array,
    instruction: DecodedInstruction | undefined,
  ): Fault | undefined {
    if (bytes.length >= longestInstruction) return undefined;
    const isCut = isCutOff(bytes, instruction !== undefined, (whole) => {
      const found = new InstructionDecoder(whole, BigInt(address)).next();
      return found && (this.writer.formOf(found) ? "valid" : "invalid");
    });
    if (isCut) return this.fetchFault(address + bytes.length);
    return instruction ? undefined : { kind: "invalidOpcode", bytes };
  }

  private fetchFault(address: number): Fault {
    const mapped = this.guest.isMapped(address);
    return { kind: "pageFault", address: guestAddress(address), access: "execute", mapped };
  }
}
