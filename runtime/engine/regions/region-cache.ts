/**
 * The compiled regions of a machine: counts visits to the targets of jumps, compiles what is hot, puts the regions in
 * the way of the interpreter, and drops them when their code or a breakpoint in it changes.
 */
import type { CodeCache, CodeDependent } from "../code-cache.js";
import type { EngineMemory } from "../engine-memory.js";
import { importFlagFunctions } from "../flag-functions.js";
import { pseudoHandlers } from "../handlers.js";
import type { InterpreterInstance } from "../interpreter-instance.js";
import { pageShift, record, records } from "../layout.js";
import { maximumMemoryPages } from "../limits.js";
import type { PagedMemory } from "../paged-memory.js";
import { importHelperFunctions } from "../shared-functions.js";
import { siteField } from "../switch-layout.js";
import { ModuleWriter } from "../wasm-writer.js";
import { addToRegionTable, hostHasTailCalls, prepareRegionTable, removeFromRegionTable } from "./chaining.js";
import { CompileBudget, type CompilePolicy } from "./compile-policy.js";
import { type ControlFlow, discover, type RegionLimits } from "./control-flow.js";
import { ExitSites } from "./exit-sites.js";
import { makeGeneralStub } from "./general-functions.js";
import { InstructionSource } from "./instruction-source.js";
import type { RegionFunctions } from "./region-emitter.js";
import { addRegionFunction, type RegionHost } from "./region-function.js";
import { type Discover, type Held, type Plan, planAnew, planRegions, type RegionIndex } from "./region-plan.js";
import type { SwitchCheck } from "./region-switch.js";
import { SeenTargets } from "./seen-targets.js";

/** The share of the visits until a target is hot that are left when it is compiled along with others. */
const shareLeftWhenWarm = 1 / 3;
/** The share of them until it is tried again what could not be compiled yet. */
const shareWhenPostponed = 1 / 8;
const warmAtOnce = 16;
const limits: RegionLimits = { instructions: 1000, targets: 64, compared: 3 };
/** A region that is left so often for addresses that it does not hold is compiled anew, with what was learned. */
const exitsUntilAnew = 1000;
/** In instructions: so large a region must be left twice as often, as it costs more, here and when the host optimises it. */
const largeToRenew = 100;
/** What has been compiled so often is settled. */
const mostVersions = 6;
/** In instructions: what others do not hold, too. */
const largeRegion = limits.instructions / 2;
/** Rounds between two looks at that, while there is nothing to do. */
const longestPause = 16;
/** Regions and bytes of modules that are kept; beyond, all are dropped, and what is still hot comes again. */
const mostRegions = 2000;
const mostBytes = 32 << 20;
const longestInstruction = 15;

interface Region extends Held {
  /** The addresses where it is entered, and the records that do. */
  readonly entries: ReadonlyMap<number, number>;
  /** Its place in the table. */
  readonly slot: number;
  readonly pages: ReadonlySet<number>;
  readonly marks: RegionMarks;
  /** How often its code has been compiled, this time included. */
  readonly version: number;
  /** Nothing more can be learned of where it leads. */
  isSettled: boolean;
}

/** What a region has outside its function. */
interface RegionMarks {
  readonly exits: Exit[];
  /** Where it is counted that the short ways do not do. */
  unusual?: number;
  /** The place in the table of the function for any MXCSR. */
  general?: number;
}

/** Where a region is left: the instruction before, and where it is noted. */
interface Exit {
  readonly from: number;
  readonly site: number;
}

/** Times in milliseconds, sizes in bytes, since the machine was made. */
export interface RegionStatistics {
  modules: number;
  regions: number;
  instructions: number;
  bytes: number;
  generating: number;
  compiling: number;
}

export class RegionCache implements CodeDependent {
  readonly statistics: RegionStatistics = {
    modules: 0,
    regions: 0,
    instructions: 0,
    bytes: 0,
    generating: 0,
    compiling: 0,
  };
  private readonly chains = hostHasTailCalls();
  private readonly regions = new Set<Region>();
  private readonly byPage = new Map<number, Set<Region>>();
  private readonly freeSlots: number[] = [];
  private slots = 0;
  private liveBytes = 0;
  /** Records whose visits are being counted. */
  private readonly counted = new Set<number>();
  /** Addresses for which there is nothing to compile. */
  private readonly hopeless = new Set<number>();
  private readonly exitSites: ExitSites;
  private readonly seenTargets = new SeenTargets();
  private readonly byEntry = new Map<number, Region>();
  private readonly index: RegionIndex<Region> = {
    near: (address) => this.byPage.get(address >>> pageShift) ?? [],
    enteredAt: (address) => this.byEntry.get(address),
  };
  private readonly source: InstructionSource;
  /** Entries of regions that are compiled without short ways: these were left too often. */
  private readonly unusual = new Set<number>();
  private readonly byGeneralSlot = new Map<number, Region>();
  private generalStub: (() => number) | undefined;
  readonly budget: CompileBudget;
  private pause = 1;
  private roundsToPause = 1;

  /** Modules that have been instantiated with the current table. */
  linkedModules = 0;
  private table: WebAssembly.Table;
  private imports: WebAssembly.ModuleImports;

  /** `instance`: whose table and functions modules import. `isEager`: everything that is reached is compiled at once. */
  constructor(
    private readonly memory: EngineMemory,
    guest: PagedMemory,
    private readonly code: CodeCache,
    instance: InterpreterInstance,
    readonly isEager: boolean,
    private readonly policy: CompilePolicy,
  ) {
    this.budget = new CompileBudget(policy);
    this.table = instance.regions;
    this.imports = instance.shared;
    code.dependent = this;
    this.exitSites = new ExitSites(memory);
    this.source = new InstructionSource(code, guest);
    prepareRegionTable(memory);
  }

  /** Drops all regions; those that follow are for another instance. */
  link(instance: InterpreterInstance): void {
    this.dropAll();
    this.table = instance.regions;
    this.imports = instance.shared;
    this.generalStub = undefined;
    this.freeSlots.length = 0;
    this.slots = 0;
    this.linkedModules = 0;
  }

  /** Compiles the region at `address`, and others that are nearly hot, if we can afford it. The record there has become hot. */
  compileHot(address: number): void {
    const hot = this.code.recordOf(address);
    if (hot === undefined) return;
    if (this.budget.isSpent) {
      this.postpone(hot);
      return;
    }
    const warm = [hot];
    const visitsLeftWhenWarm = this.policy.visitsUntilHot * shareLeftWhenWarm;
    for (const at of this.counted) {
      if (warm.length === warmAtOnce) break;
      const { data } = this.memory;
      const isGone = this.code.recordOf(data.getUint32(at + record.address, true)) !== at;
      if (isGone) this.counted.delete(at);
      else if (at !== hot && data.getUint32(at + record.region, true) <= visitsLeftWhenWarm) warm.push(at);
    }
    for (const at of warm) this.stopCounting(at);
    this.compileAll(warm.map((at) => this.memory.data.getUint32(at + record.address, true)));
  }

  /** Counts anew until the record, which has become hot, is told to be so again. */
  private postpone(at: number): void {
    const { data } = this.memory;
    // It may have become part of a region in the meantime, and has the region's place there.
    if (data.getUint16(at + record.handler, true) !== pseudoHandlers.count) return;
    data.setUint32(at + record.region, this.policy.visitsUntilHot * shareWhenPostponed, true);
  }

  /** Compiles a region at `address` unless there is one. */
  compileEagerly(address: number): void {
    const at = this.code.recordOf(address);
    if (at === undefined || this.hopeless.has(address)) return;
    if (this.memory.data.getUint16(at + record.handler, true) !== pseudoHandlers.region) this.compileAll([address]);
  }

  /** Between rounds: compiles the region anew that has been left most often for addresses that it does not hold. */
  adapt(): void {
    if (!this.isEager && --this.roundsToPause > 0) return;
    this.giveUpShortWays();
    let worst: Region | undefined;
    let most = this.isEager ? 4 : exitsUntilAnew;
    for (const region of this.regions) {
      let count = 0;
      for (const { site } of region.marks.exits) count += this.exitSites.count(site);
      count /= 1 + region.ranges.length / largeToRenew;
      if (count <= most || region.isSettled) continue;
      [worst, most] = [region, count];
    }
    if (this.budget.isSpent) worst = undefined;
    this.pause = worst ? 1 : Math.min(2 * this.pause, longestPause);
    this.roundsToPause = this.pause;
    if (!worst) return;
    let learned = 0;
    // What others have seen is learned, too: this one may take them in. They may not be entered any more, then.
    for (const region of this.regions) {
      for (const { from, site } of region.marks.exits) {
        const known = this.seenTargets.add(from, this.exitSites.addresses(site));
        if (region === worst) learned += known;
        this.exitSites.clear(site);
      }
    }
    if (learned > 0) this.renew(worst);
    else worst.isSettled = true;
  }

  private renew(region: Region): void {
    this.compile((discover) => planAnew(region, this.index, discover));
  }

  /** Compiles regions anew that are often left because their short ways do not have the case: NaNs, denormal numbers. */
  private giveUpShortWays(): void {
    const most = this.isEager ? 4 : exitsUntilAnew * this.pause;
    const given: Region[] = [];
    for (const region of this.regions) {
      const { unusual } = region.marks;
      if (unusual === undefined) continue;
      if (this.exitSites.count(unusual) > most) given.push(region);
      else this.exitSites.clear(unusual);
    }
    for (const region of given) {
      for (const address of region.entries.keys()) this.unusual.add(address);
      if (this.regions.has(region)) this.renew(region);
    }
  }

  jumpsTo(at: number): void {
    if (this.isEager) return;
    const { data } = this.memory;
    const handler = data.getUint16(at + record.handler, true);
    const address = data.getUint32(at + record.address, true);
    if (this.counted.has(at) || handler <= pseudoHandlers.breakpoint || this.hopeless.has(address)) return;
    data.setUint32(at + record.region, this.policy.visitsUntilHot, true);
    data.setUint16(at + record.handler, pseudoHandlers.count, true);
    this.counted.add(at);
  }

  codeChanges(start: number, end: number): void {
    for (const address of this.hopeless) {
      if (address > start - longestInstruction && address < end) this.hopeless.delete(address);
    }
    this.source.forget(start, end);
    if (this.byPage.size === 0) return;
    const [first, last] = [start >>> pageShift, (end - 1) >>> pageShift];
    const pages = last - first < this.byPage.size ? range(first, last) : [...this.byPage.keys()];
    for (const page of pages) {
      if (page < first || page > last) continue;
      for (const region of this.byPage.get(page) ?? []) if (overlaps(region, start, end)) this.drop(region);
    }
  }

  breakpointChanges(address: number): void {
    this.hopeless.clear();
    this.siteChanges(address);
  }

  siteChanges(address: number): void {
    for (const region of this.byPage.get(address >>> pageShift) ?? []) {
      if (overlaps(region, address, address + 1)) this.drop(region);
    }
  }

  codeDropped(): void {
    this.dropAll();
    this.counted.clear();
    this.hopeless.clear();
    this.seenTargets.clear();
    this.source.forgetAll();
    this.unusual.clear();
  }

  private dropAll(): void {
    for (const region of this.regions) this.drop(region);
    this.liveBytes = 0;
  }

  private compileAll(addresses: readonly number[]): void {
    this.compile((discover) => planRegions(addresses, this.index, discover, (address) => this.hopeless.add(address)));
  }

  private compile(planAll: (discover: Discover) => Plan<Region>[]): void {
    if (this.regions.size + warmAtOnce > mostRegions || this.liveBytes > mostBytes) this.dropAll();
    const start = performance.now();
    const { generation } = this.code;
    const plans = planAll((entries, ends) => {
      const own = new Set(entries);
      const mayHold = (address: number) => own.has(address) || !ends(address);
      return this.discover(entries, mayHold, this.isEager);
    });
    // When there was no more room for records, everything has begun anew.
    if (this.code.generation !== generation || plans.length === 0) return;
    const { module, functions } = this.newModule();
    const marks = plans.map((): RegionMarks => ({ exits: [] }));
    for (const [index, { flow }] of plans.entries()) {
      const host = this.hostFor(marks[index] ?? { exits: [] });
      const isShort = !flow.entries.some(({ address }) => this.unusual.has(address));
      addRegionFunction(module, functions, flow, host, `r${index}`, this.chains, isShort);
    }
    const bytes = module.finish(maximumMemoryPages);
    const middle = performance.now();
    const compiled = this.instantiate(bytes);
    this.statistics.generating += middle - start;
    this.statistics.compiling += performance.now() - middle;
    if (!compiled) {
      for (const { flow } of plans) for (const { address } of flow.entries) this.hopeless.add(address);
      for (const each of marks) this.releaseMarks(each);
      return;
    }
    this.statistics.modules++;
    this.statistics.bytes += bytes.length;
    this.liveBytes += bytes.length;
    for (const [index, plan] of plans.entries()) {
      this.install(plan, compiled.exports[`r${index}`] as () => number, marks[index] ?? { exits: [] });
    }
  }

  private newModule(): { module: ModuleWriter; functions: RegionFunctions } {
    const module = new ModuleWriter();
    module.importTable("regions", 0);
    return { module, functions: { flags: importFlagFunctions(module), ...importHelperFunctions(module) } };
  }

  /** Compiles the general function of the region whose place for it is `slot`: 0 if that was not possible. */
  private prepareGeneral(slot: number): number {
    const region = this.byGeneralSlot.get(slot);
    if (!region) return 0;
    // Only of what the region holds are we told when it changes. And code is running: nothing may be decoded now that
    // would make room by forgetting what is.
    const held = new Set(region.ranges.map(([address]) => address));
    const flow = this.discover([...region.entries.keys()], (address) => held.has(address), false);
    if (!flow) return 0;
    const { module, functions } = this.newModule();
    addRegionFunction(module, functions, flow, this.hostFor(region.marks), "general", this.chains, false);
    const bytes = module.finish(maximumMemoryPages);
    const compiled = this.instantiate(bytes);
    if (!compiled) return 0;
    this.statistics.modules++;
    this.statistics.bytes += bytes.length;
    this.liveBytes += bytes.length;
    this.table.set(slot, compiled.exports.general as () => number);
    return 1;
  }

  private newGeneralSlot(): number {
    const prepare = (slot: number) => this.prepareGeneral(slot);
    this.generalStub ??= makeGeneralStub(this.memory, this.table, this.chains, prepare);
    const slot = this.freeSlots.pop() ?? this.newSlot();
    this.table.set(slot, this.generalStub);
    return slot;
  }

  private releaseMarks({ exits, unusual, general }: RegionMarks): void {
    for (const { site } of exits) this.exitSites.release(site);
    if (unusual !== undefined) this.exitSites.release(unusual);
    if (general === undefined) return;
    this.byGeneralSlot.delete(general);
    this.table.set(general, null);
    this.freeSlots.push(general);
  }

  /** `marks` takes what the region has outside its function. */
  private hostFor(marks: RegionMarks): RegionHost {
    const exitSite = (from: number) => {
      const site = this.exitSites.allocate();
      marks.exits.push({ from, site });
      return site;
    };
    return {
      exitSite,
      unusualSite: () => {
        marks.unusual ??= this.exitSites.allocate();
        return marks.unusual;
      },
      generalSlot: () => {
        marks.general ??= this.newGeneralSlot();
        return marks.general;
      },
      // What has not been seen yet may turn out to be hot; what has been is not to be compiled, or there was no more room.
      directExitSite: (from, to) => (this.code.recordOf(to) === undefined ? exitSite(from) : undefined),
      switchCheckOf: (address) => this.switchCheckOf(address),
    };
  }

  private switchCheckOf(address: number): SwitchCheck {
    const at = (this.code.recordOf(address) ?? records) + 2 * record.size;
    const { data, bytes } = this.memory;
    return {
      record: at,
      isLoad: bytes[at + siteField.isLoad] === 1,
      number: data.getUint32(at + siteField.number, true),
      returnDistance: data.getUint32(at + siteField.returnDistance, true),
      holder: (bytes[at + siteField.holder] ?? 0) / 8,
      homeOffset: data.getBigInt64(at + siteField.homeOffset, true),
      homeWords: bytes[at + siteField.homeWords] ?? 0,
      saved: data.getUint16(at + siteField.saved, true),
    };
  }

  /** Undefined when the host refuses: the interpreter goes on alone. */
  private instantiate(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Instance | undefined {
    this.linkedModules++;
    try {
      return new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        engine: { ...this.imports, memory: this.memory.wasm, regions: this.table },
      });
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** `decodes`: what the interpreter has not seen yet may be included, too. */
  private discover(
    entries: readonly number[],
    mayHold: (address: number) => boolean,
    decodes: boolean,
  ): ControlFlow | undefined {
    const fetch = (address: number) => (mayHold(address) ? this.source.at(address, decodes) : undefined);
    const flow = discover(entries, fetch, (address) => this.seenTargets.of(address), limits);
    this.source.rest();
    return flow;
  }

  private install({ flow, replaced }: Plan<Region>, enter: () => number, marks: RegionMarks): void {
    const { data } = this.memory;
    const largest = [...replaced].sort((a, b) => b.ranges.length - a.ranges.length)[0];
    const version = 1 + (largest?.version ?? 0);
    for (const region of replaced) this.drop(region);
    const slot = this.freeSlots.pop() ?? this.newSlot();
    this.table.set(slot, enter);
    const instructions = [...flow.blocks.values()].flatMap((block) => block.instructions);
    const pages = new Set(
      instructions.flatMap(({ address, next }) => [address >>> pageShift, (next - 1) >>> pageShift]),
    );
    const ranges = instructions.map(({ address, next }) => [address, next] as const);
    const entries = new Map<number, number>();
    for (const { address } of flow.entries) {
      const at = this.code.recordOf(address);
      if (at !== undefined && !this.byEntry.has(address)) entries.set(address, at);
    }
    const isLarge = instructions.length > largeRegion;
    const region = { entries, slot, ranges, pages, marks, version, isSettled: version >= mostVersions, isLarge };
    this.regions.add(region);
    if (marks.general !== undefined) this.byGeneralSlot.set(marks.general, region);
    this.statistics.regions++;
    this.statistics.instructions += instructions.length;
    if (!this.isEager) this.budget.compile(instructions.length);
    for (const page of pages) {
      const list = this.byPage.get(page) ?? new Set();
      this.byPage.set(page, list.add(region));
    }
    for (const [address, at] of entries) {
      this.byEntry.set(address, region);
      this.stopCounting(at);
      addToRegionTable(this.memory, address, slot);
      data.setUint32(at + record.region, slot, true);
      data.setUint16(at + record.handler, pseudoHandlers.region, true);
    }
  }

  private drop(region: Region): void {
    if (!this.regions.delete(region)) return;
    const { data } = this.memory;
    for (const [address, at] of region.entries) {
      if (
        data.getUint16(at + record.handler, true) === pseudoHandlers.region &&
        data.getUint32(at + record.region, true) === region.slot
      ) {
        data.setUint16(at + record.handler, data.getUint16(at + record.original, true), true);
      }
      removeFromRegionTable(this.memory, address);
      this.byEntry.delete(address);
    }
    this.table.set(region.slot, null);
    this.freeSlots.push(region.slot);
    this.releaseMarks(region.marks);
    for (const page of region.pages) {
      const list = this.byPage.get(page);
      list?.delete(region);
      if (list?.size === 0) this.byPage.delete(page);
    }
    if (!this.isEager) for (const at of region.entries.values()) this.jumpsTo(at);
  }

  private stopCounting(at: number): void {
    const { data } = this.memory;
    this.counted.delete(at);
    if (data.getUint16(at + record.handler, true) !== pseudoHandlers.count) return;
    data.setUint16(at + record.handler, data.getUint16(at + record.original, true), true);
  }

  private newSlot(): number {
    if (this.slots === this.table.length) this.table.grow(256);
    return this.slots++;
  }
}

function overlaps(region: Region, start: number, end: number): boolean {
  return region.ranges.some(([address, next]) => address < end && next > start);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
