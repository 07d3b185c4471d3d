/** The machine: registers, memory and decoded code, driven by the generated interpreter. */
import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import { InstructionDecoder } from "../x86/decode.js";
import { isStackAccess } from "../x86/stack-access.js";
import { partsOfAccess } from "./access-functions.js";
import { CodeCache } from "./code-cache.js";
import { sharedInterpreter } from "./compiled-interpreter.js";
import { EngineMemory } from "./engine-memory.js";
import { pseudoHandlers } from "./handlers.js";
import { helpers } from "./helpers.js";
import { type InterpreterExports, InterpreterInstance } from "./interpreter-instance.js";
import { exitCodes, record, state } from "./layout.js";
import type { Fault, Machine, MachineCheckpoint, MachineStop, RunOptions } from "./machine.js";
import { isCanonical, PagedMemory } from "./paged-memory.js";
import { type CompilePolicy, impatient } from "./regions/compile-policy.js";
import { RegionCache } from "./regions/region-cache.js";
import { StateRegisters } from "./state-registers.js";
import { siteField } from "./switch-layout.js";
import { SwitchTable } from "./switch-table.js";
import { Tracer } from "./tracer.js";
import { createVectorHelper } from "./vector-helper.js";
import type { WatchedRange, WatchHit } from "./watchpoints.js";

/** The most instructions that the interpreter is asked for at once. */
const longestRound = 2 ** 20;
/** Rounds with fewer instructions say little about what is hot. */
const enoughToLearn = 1000;
const longestInstruction = 15;
/** The end of the addresses that programs may have. */
const firstBeyond = 2n ** 47n;

/**
 * Compiled modules after which the instances are made anew: in V8 up to 12, a table keeps every instance that imports it.
 */
const mostModules = 3000;

export interface MachineOptions {
  /**
   * How code is executed, with the same results: all of it interpreted; compiled where it is hot (the default); or
   * compiled as soon as it is reached, for tests.
   */
  readonly mode?: "interpreter" | "tiered" | "regions";
  /** Of the mode "tiered": when code is hot; by default soon, as in tests. */
  readonly compiling?: CompilePolicy;
}

/** A machine with nothing mapped and all registers zero. */
export function createMachine(options: MachineOptions = {}): EngineMachine {
  return new EngineMachine(options);
}

export class EngineMachine implements Machine {
  readonly registers: StateRegisters;
  readonly memory: PagedMemory;
  readonly switches: SwitchTable;
  instructionCount = 0;
  private readonly engine = new EngineMemory();
  private readonly code: CodeCache;
  private instance: InterpreterInstance;
  /** Absent when everything is interpreted. */
  readonly regions: RegionCache | undefined;
  /** What the last access that could not be made raises. */
  private accessFault: Fault | undefined;
  private wasWrite = false;
  /** Noted while an instruction was executed that also stopped for another reason: told by the next `run`. */
  private pendingWatch: MachineStop | undefined;

  constructor(private readonly options: MachineOptions) {
    const { mode = "tiered", compiling = impatient } = options;
    this.memory = new PagedMemory(this.engine);
    const { watchpoints } = this.memory;
    const interpreter = sharedInterpreter();
    const slowAccess = (low: number, high: number, kind: number): number => {
      const { size, write, alignment } = partsOfAccess(kind);
      this.accessFault = this.memory.access(low, high, size, write, alignment);
      this.wasWrite = write;
      return this.accessFault || watchpoints.stops(low >>> 0, size, write ? "write" : "read") ? 1 : 0;
    };
    const vectorHelper = createVectorHelper(this.engine);
    const imports = { memory: this.engine.wasm, vectorHelper, ...helpers };
    this.instance = new InterpreterInstance(interpreter, imports, slowAccess);
    const loadGroup = (group: number): void => this.instance.loadGroup(group);
    this.code = new CodeCache(this.engine, this.memory, interpreter, loadGroup);
    if (mode !== "interpreter") {
      this.regions = new RegionCache(this.engine, this.memory, this.code, this.instance, mode === "regions", compiling);
    }
    const flagsFrom: InterpreterExports["all flags"] = (kind, a, b, result) =>
      this.instance.exports["all flags"](kind, a, b, result);
    this.registers = new StateRegisters(this.engine, () => this.instance.exports.statusFlags(), flagsFrom);
    this.switches = new SwitchTable(this.engine, this.code, this.registers);
    this.setStackWindow(guestAddress(0), guestAddress(-1));
  }

  private readonly tracer = new Tracer(this, (options) => this.runFreely(1, options));

  another(): Machine {
    return new EngineMachine(this.options);
  }

  get version(): number {
    return this.engine.version;
  }

  get codeVersion(): number {
    return this.code.version;
  }

  setBreakpoints(addresses: Iterable<GuestAddress>): void {
    this.code.setBreakpoints([...addresses].filter((address) => address < 2n ** 32n).map(Number));
  }

  setStackWindow(low: GuestAddress | number, high: GuestAddress | number): void {
    const { data } = this.engine;
    if (typeof low === "number" && typeof high === "number" && high <= 0xffff_ffff) {
      // At every switch of stacks: without bigints.
      data.setUint32(state.stackWindowLow, low, true);
      data.setUint32(state.stackWindowLow + 4, 0, true);
      data.setUint32(state.stackWindowSize, high - low, true);
      data.setUint32(state.stackWindowSize + 4, 0, true);
      return;
    }
    const [first, last] = [guestAddress(low), guestAddress(high)];
    data.setBigUint64(state.stackWindowLow, first, true);
    data.setBigUint64(state.stackWindowSize, BigInt.asUintN(64, last - first), true);
  }

  get watchesStackLoads(): boolean {
    return this.engine.data.getUint32(state.watchesLoads, true) === 1;
  }

  set watchesStackLoads(value: boolean) {
    this.engine.data.setUint32(state.watchesLoads, value ? 1 : 0, true);
  }

  setWatchpoints(ranges: readonly WatchedRange[]): void {
    this.memory.setWatchedRanges(ranges);
  }

  notingWrites<Result>(serve: () => Result): { readonly result: Result; readonly hits: readonly WatchHit[] } {
    return this.memory.watchpoints.noting(serve);
  }

  checkpoint(): MachineCheckpoint {
    const { instructionCount } = this;
    return { instructionCount, registers: this.engine.registers.slice(), pages: this.memory.checkpoint() };
  }

  restore(checkpoint: MachineCheckpoint): void {
    this.memory.restore(checkpoint.pages);
    this.engine.registers.set(checkpoint.registers);
    this.instructionCount = checkpoint.instructionCount;
    this.switches.forget();
    this.pendingWatch = undefined;
    this.tracer.forget();
  }

  dropCheckpoint(checkpoint: MachineCheckpoint): void {
    this.memory.drop(checkpoint.pages);
  }

  run(limit: number, options: RunOptions = {}): MachineStop {
    return this.tracer.isOn ? this.tracer.run(options) : this.runFreely(limit, options);
  }

  /** As if the trap flag were clear. */
  private runFreely(limit: number, options: RunOptions = {}): MachineStop {
    this.engine.version++;
    if (this.pendingWatch) {
      const stop = this.pendingWatch;
      this.pendingWatch = undefined;
      return stop;
    }
    let left = limit;
    let stepsOver = options.ignoreFirstBreakpoint === true;
    /** A record that is to be linked to the next one. */
    let linkFrom: { record: number; generation: number } | undefined;
    let wasJump = false;
    while (left > 0) {
      const address = this.instructionPointer();
      if (address === undefined) return { kind: "fault", fault: this.fetchOutsideMemory() };
      const isApart = stepsOver && this.code.hasBreakpoint(address);
      stepsOver = false;
      const found = isApart ? this.code.findApart(address) : this.code.find(address);
      if ("fault" in found) return { kind: "fault", fault: found.fault };
      if (linkFrom && linkFrom.generation === this.code.generation) this.code.link(linkFrom.record, found.record);
      else if (wasJump && !isApart) this.code.remember(address, found.record);
      linkFrom = undefined;
      wasJump = false;
      if (!isApart && this.regions?.isEager) this.regions.compileEagerly(address);

      const round = Math.min(left, longestRound);
      this.engine.data.setBigUint64(state.countAtEnd, BigInt(this.instructionCount + round), true);
      const exit = this.instance.exports.run(found.record, round);
      const executed = round - this.engine.data.getInt32(state.remaining, true);
      left -= executed;
      this.instructionCount += executed;
      this.regions?.budget.execute(executed);
      if (executed > enoughToLearn) this.regions?.adapt();
      if (this.regions !== undefined && this.regions.linkedModules > mostModules) this.renewInstance(this.regions);
      const at = this.engine.data.getUint32(state.record, true);
      switch (exit) {
        case exitCodes.limit: {
          const stop = this.pendingStackSwitch(at);
          if (stop) return stop;
          break;
        }
        case exitCodes.lookup:
          wasJump = true;
          break;
        case exitCodes.link:
          linkFrom = { record: at, generation: this.code.generation };
          break;
        case exitCodes.hot:
          this.regions?.compileHot(this.engine.data.getUint32(at + record.address, true));
          break;
        case exitCodes.breakpoint:
          return { kind: "breakpoint" };
        case exitCodes.systemCall:
          return { kind: "systemCall" };
        case exitCodes.trapFlag:
          return left > 0 ? this.tracer.run(options) : { kind: "limit" };
        case exitCodes.stackSwitch:
          return this.stackSwitch(at);
        case exitCodes.accessFault:
          return this.accessFault ? { kind: "fault", fault: this.withSegment(this.accessFault) } : this.stepWatched();
        default:
          return { kind: "fault", fault: this.faultOf(exit) };
      }
    }
    return { kind: "limit" };
  }

  private renewInstance(regions: RegionCache): void {
    this.instance = this.instance.renewed();
    regions.link(this.instance);
  }

  /** Executes the instruction that was stopped because it accesses a watched range. */
  private stepWatched(): MachineStop {
    const instruction = this.registers.rip;
    const { result, hits } = this.notingWrites(() => this.runFreely(1, { ignoreFirstBreakpoint: true }));
    const stop = { kind: "watchpoint", instruction, hits } as const;
    if (result.kind === "limit") return stop;
    // A fault undoes the instruction; a switch of stacks is told first.
    if (result.kind !== "fault") this.pendingWatch = stop;
    return result;
  }

  /** rIP, if it is below 4 GiB. */
  private instructionPointer(): number | undefined {
    const { data } = this.engine;
    if (data.getUint32(state.instructionPointer + 4, true) !== 0) return undefined;
    return data.getUint32(state.instructionPointer, true);
  }

  private fetchOutsideMemory(): Fault {
    const address = this.registers.rip;
    if (!isCanonical(address)) {
      return { kind: "generalProtection", reason: "nonCanonicalAddress", address };
    }
    return { kind: "pageFault", address, access: "execute", mapped: false };
  }

  /** The limit may fall between an instruction that moves the stack and the check behind it. */
  private pendingStackSwitch(at: number): MachineStop | undefined {
    const { data } = this.engine;
    if (data.getUint16(at + record.handler, true) !== pseudoHandlers.checkStack) return undefined;
    const low = data.getBigUint64(state.stackWindowLow, true);
    const offset = BigInt.asUintN(64, this.registers.general("rsp") - low);
    const isWatchedLoad =
      this.engine.bytes[at + siteField.isLoad] === 1 && data.getUint32(state.watchesLoads, true) === 1;
    return isWatchedLoad || offset > data.getBigUint64(state.stackWindowSize, true) ? this.stackSwitch(at) : undefined;
  }

  private stackSwitch(check: number): MachineStop {
    const { data } = this.engine;
    return {
      kind: "stackSwitch",
      instruction: guestAddress(data.getBigUint64(check + record.immediate, true)),
      from: guestAddress(data.getBigUint64(state.switchedFrom, true)),
    };
  }

  private faultOf(exit: number): Fault {
    switch (exit) {
      case exitCodes.divideError:
        return { kind: "divideError" };
      case exitCodes.breakpointTrap:
        return { kind: "breakpointTrap" };
      case exitCodes.debugTrap:
        return { kind: "debugTrap", isSingleStep: false };
      case exitCodes.invalidOpcode:
        return this.invalidOpcode();
      case exitCodes.privilegedInstruction:
        return { kind: "generalProtection", reason: "privilegedInstruction" };
      case exitCodes.nonCanonicalAddress:
        return { kind: "generalProtection", reason: "nonCanonicalAddress" };
      case exitCodes.reservedBits:
        return { kind: "generalProtection", reason: "reservedBits" };
      case exitCodes.simdException:
        return { kind: "simdException" };
      case exitCodes.x87Exception:
        return { kind: "x87Exception" };
      default:
        throw new Error(`the interpreter returned ${exit}, which means nothing`);
    }
  }

  /** The fault with the segment that the instruction at rIP used. */
  private withSegment(fault: Fault): Fault {
    const isBeyond = fault.kind === "pageFault" && fault.address >= firstBeyond;
    if (!isBeyond && (fault.kind !== "generalProtection" || fault.reason !== "nonCanonicalAddress")) return fault;
    const address = this.registers.rip;
    const decoder = new InstructionDecoder(this.memory.read(address, longestInstruction), address);
    const instruction = decoder.next();
    if (isBeyond) {
      // The offset in the segment must be canonical as well.
      const segment = instruction?.segment;
      const offset = segment ? BigInt.asUintN(64, fault.address - this.registers[`${segment}Base`]) : 0n;
      if (isCanonical(offset)) return fault;
      return { kind: "generalProtection", reason: "nonCanonicalAddress", address: fault.address };
    }
    const isStack = instruction !== undefined && isStackAccess(instruction, this.wasWrite);
    return isStack && fault.kind === "generalProtection" ? { ...fault, isStack } : fault;
  }

  private invalidOpcode(): Fault {
    const address = this.registers.rip;
    const available = this.memory.read(address, longestInstruction);
    const decoder = new InstructionDecoder(available, address);
    const instruction = decoder.next();
    const bytes = available.slice(0, instruction?.length ?? 1);
    const { mnemonic } = decoder;
    return { kind: "invalidOpcode", bytes, ...(mnemonic && mnemonic !== "invalid" ? { mnemonic } : {}) };
  }
}
