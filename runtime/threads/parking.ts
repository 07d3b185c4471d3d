/**
 * Parking and resuming: what is kept of a thread when another stack takes its place in `rsp`, and what it has when it
 * gets the processor back. Runs at every switch, so it makes no more objects than it must.
 */
import type { GuestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { StackPlaces } from "./stack-places.js";
import type { SwitchSite } from "./switch-sites.js";
import { keptLength, type Parked, type ThreadRecord } from "./thread-record.js";
import type { ThreadStacks } from "./thread-stacks.js";
import type { RegisterNumber } from "./unwind/instruction-facts.js";

const stackPointer: RegisterNumber = 4;

export class Parking {
  /** Used again at every switch: a routine saves at most each register. */
  readonly #homeAddresses = new Float64Array(16);

  constructor(
    readonly machine: Machine,
    readonly stacks: ThreadStacks,
    readonly places: StackPlaces,
  ) {}

  /** Keeps the registers of a thread that has just lost the processor at `site`; `from` is its own `rsp`. */
  park(record: ThreadRecord, site: SwitchSite, from: GuestAddress): void {
    const { registers, memory } = this.machine;
    const pointer = Number(from);
    const kept = registers.keep(record.kept);
    kept.setGeneral(stackPointer, from);
    const returnSlot = pointer + site.returnDistance;
    record.kept = kept;
    record.parked = {
      site,
      registers: kept,
      pointer,
      returnSlot,
      returnWord: memory.readNumber(returnSlot),
      top: record.bounds && !record.isRoot ? undefined : memory.read(from, keptLength(record, pointer)),
    };
    this.places.put(record, pointer + site.resumeOffset);
    record.widen(pointer);
    if (!record.detour && pointer < record.lowest) record.lowest = pointer;
  }

  /** A thread that goes on above the place where it was parked will be looked for there. */
  noteResumption(record: ThreadRecord): void {
    const { parked } = record;
    if (parked) parked.site.resumeOffset = this.machine.registers.stackPointer - parked.pointer;
  }

  /** The thread goes on, or begins, with the stack pointer that the instruction at `site` has just loaded. */
  resume(record: ThreadRecord, site: SwitchSite): void {
    const { parked } = record;
    if (parked && parked.site.homes.length > 0) {
      this.#takeBack(parked);
      record.resumed = undefined;
    } else {
      record.resumed = this.stacks.startOf(record, false).general;
    }
    record.parked = undefined;
    const pointer = this.machine.registers.stackPointer;
    record.widen(pointer);
    // What the switch routine will have popped when it is done.
    record.widen(pointer + site.returnDistance + 8);
  }

  /** Registers as the switch routine gives them back. Where they are is known from some that are overwritten then. */
  #takeBack({ site, registers }: Parked): void {
    const { homes } = site;
    const addresses = this.#homeAddresses;
    for (let index = 0; index < homes.length; index++) {
      const home = homes[index];
      if (home) addresses[index] = registers.generalNumber(home.holder) + home.offset;
    }
    for (let index = 0; index < homes.length; index++) {
      const register = homes[index]?.register ?? stackPointer;
      if (register !== stackPointer) registers.load(register, addresses[index] ?? 0);
    }
  }

  /**
   * Has the machine report when `rsp` leaves the stack of the thread that runs. Where its bounds are not known, only
   * what was seen of it: a wider window could hide a switch to a neighbour.
   */
  setWindow(record: ThreadRecord): void {
    if (record.detour) {
      this.machine.setStackWindow(record.detour.low, record.detour.high);
      return;
    }
    if (record.bounds) {
      this.machine.setStackWindow(record.bounds.low, record.bounds.high);
      return;
    }
    const free = this.places.freeAround(this.machine.registers.stackPointer, record);
    this.machine.setStackWindow(free.low, free.high);
  }
}
