/**
 * The compiled regions of a machine: counts visits to the targets of jumps, compiles what is hot, puts the regions in
 * the way of the interpreter, and drops them when their code or a breakpoint in it changes.
 */
import { InstructionDecoder } from "../../x86/decode.js";
import type { CodeCache, CodeDependent } from "../code-cache.js";
import type { EngineMemory } from "../engine-memory.js";
import { importFlagFunctions } from "../flag-functions.js";
import { pseudoHandlers } from "../handlers.js";
import { pageShift, record, records } from "../layout.js";
import { maximumMemoryPages } from "../limits.js";
import type { PagedMemory } from "../paged-memory.js";
import { importHelperFunctions } from "../shared-functions.js";
import { siteField } from "../switch-layout.js";
import { ModuleWriter } from "../wasm-writer.js";
import { addToRegionTable, hostHasTailCalls, prepareRegionTable, removeFromRegionTable } from "./chaining.js";
import { type ControlFlow, discover, type RegionLimits } from "./control-flow.js";
import { ExitSites } from "./exit-sites.js";
import { makeGeneralStub } from "./general-functions.js";
import type { RegionFunctions } from "./region-emitter.js";
import { addRegionFunction, type RegionHost } from "./region-function.js";
import { type RegionInstruction, regionInstruction } from "./region-instruction.js";
import type { SwitchCheck } from "./region-switch.js";
import { SeenTargets } from "./seen-targets.js";

/** Visits to a jump's target before a region is compiled for it. */
const visitsUntilHot = 600;
/** Targets with so many visits left are compiled along. */
const visitsLeftWhenWarm = 200;
const regionsPerModule = 16;
const limits: RegionLimits = { instructions: 400, targets: 64, compared: 3 };
/** A region that is left so often for addresses that it does not hold is compiled anew, with what was learned, */
const exitsUntilAnew = 1000;
/** but not more often than this. */
const mostVersions = 6;
/** Rounds between two looks at that, while there is nothing to do. */
const longestPause = 16;
/** Regions and bytes of modules that are kept; beyond, all are dropped, and what is still hot comes again. */
const mostRegions = 2000;
const mostBytes = 32 << 20;
const longestInstruction = 15;
/** In bytes. */
const decodedAtOnce = 512;

interface Region {
  readonly entry: number;
  /** The record that enters it, and its place in the table. */
  readonly record: number;
  readonly slot: number;
  /** Addresses of its instructions, and of what is behind them. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly pages: ReadonlySet<number>;
  readonly marks: RegionMarks;
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
  /** How often regions have been compiled, by entry. */
  private readonly versions = new Map<number, number>();
  /** Entries of regions that are compiled without short ways: these were left too often. */
  private readonly unusual = new Set<number>();
  private readonly byGeneralSlot = new Map<number, Region>();
  private generalStub: (() => number) | undefined;
  private pause = 1;
  private roundsToPause = 1;

  /** `imports`: what modules import besides the memory. `isEager`: everything that is reached is compiled at once. */
  constructor(
    private readonly memory: EngineMemory,
    private readonly guest: PagedMemory,
    private readonly code: CodeCache,
    private readonly table: WebAssembly.Table,
    private readonly imports: WebAssembly.ModuleImports,
    readonly isEager: boolean,
  ) {
    code.dependent = this;
    this.exitSites = new ExitSites(memory);
    prepareRegionTable(memory);
  }

  /** Compiles the region at `address`, and others that are nearly hot. The record there has become hot. */
  compileHot(address: number): void {
    const hot = this.code.recordOf(address);
    if (hot === undefined) return;
    const warm = [hot];
    for (const at of this.counted) {
      if (warm.length === regionsPerModule) break;
      const { data } = this.memory;
      const isGone = this.code.recordOf(data.getUint32(at + record.address, true)) !== at;
      if (isGone) this.counted.delete(at);
      else if (at !== hot && data.getUint32(at + record.region, true) <= visitsLeftWhenWarm) warm.push(at);
    }
    for (const at of warm) this.stopCounting(at);
    this.compile(warm.map((at) => this.memory.data.getUint32(at + record.address, true)));
  }

  /** Compiles a region at `address` unless there is one. */
  compileEagerly(address: number): void {
    const at = this.code.recordOf(address);
    if (at === undefined || this.hopeless.has(address)) return;
    if (this.memory.data.getUint16(at + record.handler, true) !== pseudoHandlers.region) this.compile([address]);
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
      if (count <= most || (this.versions.get(region.entry) ?? 0) >= mostVersions) continue;
      [worst, most] = [region, count];
    }
    this.pause = worst ? 1 : Math.min(2 * this.pause, longestPause);
    this.roundsToPause = this.pause;
    if (!worst) return;
    for (const { from, site } of worst.marks.exits) this.seenTargets.add(from, this.exitSites.addresses(site));
    // The others may not be entered any more, once this one holds what it lacked.
    for (const region of this.regions) for (const { site } of region.marks.exits) this.exitSites.clear(site);
    this.renew(worst);
  }

  private renew(region: Region): void {
    this.drop(region);
    this.stopCounting(region.record);
    this.compile([region.entry]);
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
      this.unusual.add(region.entry);
      if (this.regions.has(region)) this.renew(region);
    }
  }

  jumpsTo(at: number): void {
    if (this.isEager) return;
    const { data } = this.memory;
    const handler = data.getUint16(at + record.handler, true);
    const address = data.getUint32(at + record.address, true);
    if (this.counted.has(at) || handler <= pseudoHandlers.breakpoint || this.hopeless.has(address)) return;
    data.setUint32(at + record.region, visitsUntilHot, true);
    data.setUint16(at + record.handler, pseudoHandlers.count, true);
    this.counted.add(at);
  }

  codeChanges(start: number, end: number): void {
    for (const address of this.hopeless) {
      if (address > start - longestInstruction && address < end) this.hopeless.delete(address);
    }
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
    this.versions.clear();
    this.unusual.clear();
  }

  private dropAll(): void {
    for (const region of this.regions) this.drop(region);
    this.liveBytes = 0;
  }

  private compile(addresses: readonly number[]): void {
    if (this.regions.size + addresses.length > mostRegions || this.liveBytes > mostBytes) this.dropAll();
    const start = performance.now();
    const { generation } = this.code;
    const flows: ControlFlow[] = [];
    for (const address of addresses) {
      const flow = this.discover(address);
      // There was no more room for records: everything has begun anew.
      if (this.code.generation !== generation) return;
      if (flow) flows.push(flow);
      else this.hopeless.add(address);
    }
    if (flows.length === 0) return;
    const { module, functions } = this.newModule();
    const marks = flows.map((): RegionMarks => ({ exits: [] }));
    for (const [index, flow] of flows.entries()) {
      const host = this.hostFor(marks[index] ?? { exits: [] });
      const isShort = !this.unusual.has(flow.entry.address);
      addRegionFunction(module, functions, flow, host, `r${index}`, this.chains, isShort);
    }
    const bytes = module.finish(maximumMemoryPages);
    const middle = performance.now();
    const compiled = this.instantiate(bytes);
    this.statistics.generating += middle - start;
    this.statistics.compiling += performance.now() - middle;
    if (!compiled) {
      for (const flow of flows) this.hopeless.add(flow.entry.address);
      for (const each of marks) this.releaseMarks(each);
      return;
    }
    this.statistics.modules++;
    this.statistics.bytes += bytes.length;
    this.liveBytes += bytes.length;
    for (const [index, flow] of flows.entries()) {
      this.install(flow, compiled.exports[`r${index}`] as () => number, marks[index] ?? { exits: [] });
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
    // Code is running: nothing may be decoded now that would make room by forgetting what is.
    const flow = region && this.discover(region.entry, false);
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
    try {
      return new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        engine: { ...this.imports, memory: this.memory.wasm, regions: this.table },
      });
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** `decodes`: what the interpreter has not seen yet may be included, where everything is compiled at once. */
  private discover(entry: number, decodes = this.isEager): ControlFlow | undefined {
    let decoder: InstructionDecoder | undefined;
    let next = -1;
    const fetch = (address: number): RegionInstruction | undefined => {
      if (this.code.hasBreakpoint(address)) return undefined;
      // What the interpreter has not seen is likely to be cold; and only what has a record is told of changes.
      if (this.code.recordOf(address) === undefined && !(decodes && "record" in this.code.find(address))) {
        return undefined;
      }
      let decoded = address === next ? decoder?.next() : undefined;
      if (!decoded) {
        decoder = new InstructionDecoder(this.guest.executableBytes(address, decodedAtOnce), BigInt(address));
        decoded = decoder.next();
      }
      next = decoded ? address + decoded.length : -1;
      return decoded && regionInstruction(decoded, this.code.writer.formOf(decoded));
    };
    return discover(entry, fetch, (address) => this.seenTargets.of(address), limits);
  }

  private install(flow: ControlFlow, enter: () => number, marks: RegionMarks): void {
    const { data } = this.memory;
    const entry = flow.entry.address;
    const at = this.code.recordOf(entry);
    if (at === undefined) {
      this.releaseMarks(marks);
      return;
    }
    this.versions.set(entry, (this.versions.get(entry) ?? 0) + 1);
    const slot = this.freeSlots.pop() ?? this.newSlot();
    this.table.set(slot, enter);
    const instructions = [...flow.blocks.values()].flatMap((block) => block.instructions);
    const pages = new Set(
      instructions.flatMap(({ address, next }) => [address >>> pageShift, (next - 1) >>> pageShift]),
    );
    const ranges = instructions.map(({ address, next }) => [address, next] as const);
    const region: Region = { entry, record: at, slot, ranges, pages, marks };
    this.regions.add(region);
    if (marks.general !== undefined) this.byGeneralSlot.set(marks.general, region);
    this.statistics.regions++;
    this.statistics.instructions += instructions.length;
    for (const page of pages) {
      const list = this.byPage.get(page) ?? new Set();
      this.byPage.set(page, list.add(region));
    }
    addToRegionTable(this.memory, entry, slot);
    data.setUint32(at + record.region, slot, true);
    data.setUint16(at + record.handler, pseudoHandlers.region, true);
  }

  private drop(region: Region): void {
    const { data } = this.memory;
    const at = region.record;
    if (
      data.getUint16(at + record.handler, true) === pseudoHandlers.region &&
      data.getUint32(at + record.region, true) === region.slot
    ) {
      data.setUint16(at + record.handler, data.getUint16(at + record.original, true), true);
    }
    removeFromRegionTable(this.memory, region.entry);
    this.table.set(region.slot, null);
    this.freeSlots.push(region.slot);
    this.releaseMarks(region.marks);
    this.regions.delete(region);
    for (const page of region.pages) {
      const list = this.byPage.get(page);
      list?.delete(region);
      if (list?.size === 0) this.byPage.delete(page);
    }
    if (!this.isEager) this.jumpsTo(at);
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
