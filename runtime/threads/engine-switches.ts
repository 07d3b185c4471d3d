/**
 * Switches that the engine decides without stopping: between threads that have been parked before, where nobody wants
 * to be told. What the registry knows of a thread is handed to the engine after every switch that was decided here, and
 * taken back before anybody looks.
 */
import type { Machine } from "../engine/machine.js";
import { type ChangedThread, SwitchTable } from "../engine/switch-table.js";
import type { ThreadModel } from "./models/thread-model.js";
import type { SwitchSite } from "./switch-sites.js";
import { keptLength, type Parked, type ThreadRecord } from "./thread-record.js";
import type { ThreadRegistry } from "./thread-registry.js";

const stackPointer = 4;
const wordSize = 8;
const addressLimit = 2 ** 32;

/** The saved registers as one piece of memory. */
interface HomePiece {
  readonly holder: number;
  readonly offset: number;
  readonly words: number;
}

export class EngineSwitches {
  /** Threads by their entries in the engine's table. */
  readonly #records = new Map<number, ThreadRecord>();
  /** Sites by number; the first has none. */
  readonly #sites: (SwitchSite | undefined)[] = [undefined];
  readonly #numbers = new Map<string, number>();
  readonly #knownSites = new WeakMap<SwitchSite, number>();
  /** Changed here since they were handed over. */
  readonly #stale = new Set<ThreadRecord>();
  /** For which the engine's table had no room. */
  readonly #withoutRoom = new Set<ThreadRecord>();
  #isFull = false;
  #isAllowed = false;
  #hasRoom: boolean | undefined;

  constructor(
    readonly machine: Machine,
    readonly registry: ThreadRegistry,
    readonly model: ThreadModel | undefined,
  ) {
    registry.onRemoval = (record) => this.#remove(record);
  }

  /** Whether the engine may decide. */
  set isAllowed(value: boolean) {
    if (value === this.#isAllowed) return;
    this.absorb();
    this.#isAllowed = value;
    if (value) this.#handOver();
    else this.machine.switches.stop();
  }

  /** The threads were changed here: by a switch, or by a move on their own stack. */
  changed(...records: readonly ThreadRecord[]): void {
    for (const record of records) this.#stale.add(record);
    if (this.#isAllowed) this.#handOver();
  }

  /** Takes back what has become of the threads. To be called before anything is asked of the registry. */
  absorb(): void {
    const { switches } = this.machine;
    if (!switches.hasChanges) return;
    const running = this.#records.get(switches.current);
    const all = switches.takeChanges().sort((one, two) => one.parkedAt - two.parkedAt);
    for (const changed of all) {
      const record = this.#records.get(changed.entry);
      if (!record) continue;
      this.#take(record, changed, record === running);
      this.registry.order.ran(record);
    }
    if (running) this.registry.current = running;
    this.registry.since = switches.since;
  }

  #take(record: ThreadRecord, changed: ChangedThread, isRunning: boolean): void {
    const { switches } = this.machine;
    const { place, entry, returnSlot, returnWord } = changed;
    const site = this.#sites[changed.site];
    record.runs = changed.runs;
    record.instructions = changed.instructions;
    record.low = Math.min(record.low, changed.low);
    record.high = Math.max(record.high, changed.high);
    record.lowest = Math.min(record.lowest, changed.lowest);
    if (!site) throw new Error("a thread was parked at a place that nobody knows");
    if (changed.hasParked) {
      record.kept = switches.registersOf(entry, site.next, record.kept);
      for (const { register, holder, offset } of site.homes) {
        if (register !== stackPointer) record.kept.load(register, record.kept.generalNumber(holder) + offset);
      }
      this.registry.places.put(record, place);
    }
    if (isRunning) {
      const word = switches.takeResumed(entry);
      if (word) takeBack(record, site, word);
      record.resumed = undefined;
      record.parked = undefined;
    } else if (record.kept) {
      const top = record.bounds ? undefined : switches.topOf(entry).subarray(0, keptLength(record, place));
      record.parked = { site, registers: record.kept, pointer: place, returnSlot, returnWord, top };
    }
  }

  #handOver(): void {
    // One thread alone needs no table.
    if (this.registry.records.size < 2) return;
    const { switches } = this.machine;
    this.#hasRoom ??= switches.prepare();
    if (!this.#hasRoom) return;
    const { registry, model } = this;
    switches.setAnchors(model?.anchors() ?? []);
    switches.version = registry.places.version;
    for (const record of this.#stale) this.#write(record);
    this.#stale.clear();
    const { current } = registry;
    if (current.entryInEngine === 0) this.#write(current);
    switches.start(current.entryInEngine, registry.since, registry.places.version, this.#withoutRoom.size === 0);
  }

  #write(record: ThreadRecord): void {
    const { switches } = this.machine;
    if (this.registry.records.get(record.id) !== record) return;
    if (record.entryInEngine === 0) {
      record.entryInEngine = this.#isFull ? 0 : switches.add();
      if (record.entryInEngine === 0) {
        this.#isFull = true;
        this.#withoutRoom.add(record);
        return;
      }
      this.#withoutRoom.delete(record);
      this.#records.set(record.entryInEngine, record);
    }
    const place = record.place !== undefined && record.place < addressLimit ? record.place : 0;
    const isRunning = record === this.registry.current;
    const parked = isRunning ? undefined : record.parked;
    const piece = parked && homePiece(parked.site);
    const homeAt = parked && piece ? parked.registers.generalNumber(piece.holder) + piece.offset : 0;
    const words = record.isBase || record.slot === undefined ? undefined : this.model?.wordsOf(record.slot);
    const others = this.registry.places.othersAt(record);
    for (const other of others) if (other.entryInEngine !== 0) switches.block(other.entryInEngine);
    const isPlain = !record.sharesStack && record.doubts === 0 && !record.detour && parked?.site.resumeOffset === 0;
    const mayGoOn =
      isPlain &&
      parked &&
      piece &&
      others.length === 0 &&
      place !== 0 &&
      this.#isPlain(record, parked, piece, homeAt, words);
    const returnWord = parked?.returnWord ?? 0;
    switches.write(record.entryInEngine, {
      place,
      site: mayGoOn ? this.#numberOf(parked.site) : 0,
      hasBounds: record.bounds !== undefined,
      window: record.bounds ?? this.registry.places.freeAround(place, record),
      model: words,
      homeAt: mayGoOn ? homeAt : 0,
      homeWords: mayGoOn ? piece.words : 0,
      returnSlot: mayGoOn ? parked.returnSlot : 0,
      returnWord: Number.isSafeInteger(returnWord) ? BigInt(returnWord) : 0n,
      low: record.low,
      high: record.high,
      lowest: record.lowest,
      runs: record.runs,
      instructions: record.instructions,
    });
  }

  /** All that the engine looks at is in memory, and all that it needs to know fits. */
  #isPlain(
    record: ThreadRecord,
    parked: Parked,
    piece: HomePiece,
    homeAt: number,
    words: { readonly pointerAt: number; readonly stateAt: number | undefined } | undefined,
  ): boolean {
    const { memory } = this.machine;
    const isMapped = (address: number) => memory.readNumber(address) !== undefined;
    if (record.slot !== undefined && piece.words === 0) return false;
    if (record.slot !== undefined && !record.isBase && !words) return false;
    if (words && !(isMapped(words.pointerAt) && (words.stateAt === undefined || isMapped(words.stateAt)))) return false;
    if (piece.words > 0 && !(isMapped(homeAt) && isMapped(homeAt + wordSize * (piece.words - 1)))) return false;
    return isMapped(parked.returnSlot) && parked.returnWord !== undefined && Number.isSafeInteger(parked.returnWord);
  }

  /** The number of a site, which the engine is told of; the same for what is the same. 0: not for the engine. */
  #numberOf(site: SwitchSite): number {
    const piece = homePiece(site);
    if (!piece || site.relation !== "load") return 0;
    const { instruction, next, returnDistance } = site;
    let number = this.#knownSites.get(site);
    if (number === undefined) {
      const key = [instruction, next, returnDistance, ...site.homes.flatMap((home) => Object.values(home))].join();
      number = this.#numbers.get(key) ?? this.#sites.length;
      this.#numbers.set(key, number);
      this.#knownSites.set(site, number);
      this.#sites[number] = site;
    }
    this.machine.switches.setSite(number, {
      instruction,
      returnDistance,
      holder: piece.holder,
      homeOffset: piece.offset,
      homeWords: piece.words,
      saved: site.homes.reduce((bits, { register }) => bits | (1 << register), 0),
    });
    return number;
  }

  #remove(record: ThreadRecord): void {
    this.#stale.delete(record);
    this.#withoutRoom.delete(record);
    if (record.entryInEngine === 0) return;
    this.machine.switches.remove(record.entryInEngine);
    this.#isFull = false;
    this.#records.delete(record.entryInEngine);
    record.entryInEngine = 0;
  }
}

/** Undefined where the routine saves registers in several places. */
function homePiece({ homes }: SwitchSite): HomePiece | undefined {
  const [first] = homes;
  if (!first) return { holder: 0, offset: 0, words: 0 };
  if (homes.some(({ holder }) => holder !== first.holder)) return undefined;
  const offsets = homes.map(({ offset }) => offset);
  const offset = Math.min(...offsets);
  const words = (Math.max(...offsets) - offset) / wordSize + 1;
  const isWhole = offsets.every((each) => (each - offset) % wordSize === 0);
  return isWhole && words <= SwitchTable.mostHomeWords ? { holder: first.holder, offset, words } : undefined;
}

/** Registers as the switch routine gave them back: see `Parking.resume`. */
function takeBack(record: ThreadRecord, site: SwitchSite, word: (index: number) => bigint): void {
  const offset = homePiece(site)?.offset ?? 0;
  for (const home of site.homes) {
    if (home.register !== stackPointer) record.kept?.setGeneral(home.register, word((home.offset - offset) / wordSize));
  }
}
