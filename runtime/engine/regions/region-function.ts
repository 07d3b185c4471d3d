/** Generates the WebAssembly function of a region: its blocks in structured order, entry and exits. */

import { regionSignature } from "../handlers.js";
import { state } from "../layout.js";
import { switching } from "../switch-layout.js";
import { FunctionWriter, type ModuleWriter, op } from "../wasm-writer.js";
import { emitChain } from "./chaining.js";
import { constantOf } from "./constants.js";
import { type Block, type ControlFlow, lastOf } from "./control-flow.js";
import { emitDispatch } from "./dispatcher.js";
import { emitExitNote } from "./exit-sites.js";
import { knownOrder } from "./float-flags.js";
import { emitGeneralEntry } from "./general-functions.js";
import { flagsAfter, type KnownFlags } from "./known-flags.js";
import { MemoryFacts } from "./memory-facts.js";
import { RegionEmitter, type RegionFunctions } from "./region-emitter.js";
import { localsOf, outcomes, pushIsOrdinary, regionLocals } from "./region-locals.js";
import type { SwitchCheck } from "./region-switch.js";
import { arrange, type Element, findSideEntries, headOf, isLoop, type SideEntries } from "./structure.js";
import { chooseHomes } from "./vector-forms.js";
import type { ScalarForm } from "./vector-registers.js";

const flagLocals = [
  [state.flagKind, regionLocals.kind],
  [state.flagA, regionLocals.a],
  [state.flagB, regionLocals.b],
  [state.flagResult, regionLocals.result],
] as const;

/** What a region's function asks its surroundings. */
export interface RegionHost {
  /** What is known of an instruction that may switch stacks. */
  switchCheckOf(address: number): SwitchCheck;
  /** Where it is noted that the region is left behind the instruction at `from`, which has no fixed target. */
  exitSite(from: number): number;
  /** The same for the fixed target `to`; undefined when there is nothing to be learned. */
  directExitSite(from: number, to: number): number | undefined;
  /** Where it is counted that the region is left for a case that its short ways do not have. */
  unusualSite(): number;
  /** The place in the table of the region's general function: see `general-functions.ts`. */
  generalSlot(): number;
}

/**
 * Adds the function to the module, which imports the table of regions. `chains`: it goes on to other regions by itself.
 * `isShort`: it takes the short ways of `FloatOperations`, and is left in the cases that they do not have.
 */
export function addRegionFunction(
  module: ModuleWriter,
  functions: RegionFunctions,
  flow: ControlFlow,
  host: RegionHost,
  exportName: string,
  chains: boolean,
  isShort: boolean,
): void {
  const writer = new RegionWriter(flow, functions, host, isShort);
  const code = writer.write(module.typeOf(regionSignature), chains);
  const { locals } = writer;
  module.addFunction({ signature: regionSignature, locals, code, exportName });
}

const noneIsPlain: ReadonlyMap<number, ScalarForm> = new Map();

class RegionWriter {
  private readonly code = new FunctionWriter();
  private readonly emitter: RegionEmitter;
  private readonly elements: readonly Element[];
  /** Labels of the blocks that control may go to: forward, and back to the headers of the loops around. */
  private readonly forward = new Map<Block, number>();
  private readonly back = new Map<Block, number>();
  /** Blocks at whose beginning the count is looked at, with the instructions that must be left there. */
  private readonly checkpoints: ReadonlyMap<Block, number>;
  private readonly facts: MemoryFacts;
  private readonly knownAtStart: ReadonlyMap<Block, KnownFlags>;
  private readonly sideEntries: SideEntries;
  private readonly touchesRest: boolean;
  private exit = 0;
  /** Leaves for the address in the local `target` and notes it. */
  private noted = 0;
  private current: Block;

  constructor(
    private readonly flow: ControlFlow,
    functions: RegionFunctions,
    private readonly host: RegionHost,
    isShort: boolean,
  ) {
    const { start, dispatcher } = flow;
    this.current = start;
    this.elements = arrange([start, ...flow.blocks.values(), ...(dispatcher ? [dispatcher] : [])], start);
    this.sideEntries = findSideEntries(this.elements);
    this.checkpoints = findCheckpoints(this.elements, [start, ...this.sideEntries.numbers.keys()]);
    this.knownAtStart = followFlags(flow, isShort);
    this.facts = new MemoryFacts(start, isShort);
    this.touchesRest = [...flow.blocks.values()].some(({ instructions }) => instructions.some((at) => at.touchesRest));
    this.emitter = new RegionEmitter(
      this.code,
      functions,
      !this.touchesRest,
      {
        goTo: (address) => this.goTo(address),
        goToTarget: () => this.goToTarget(),
        leave: () => this.code.branch(this.exit),
        unusualSite: () => this.host.unusualSite(),
      },
      isShort ? chooseHomes(this.elements) : [],
      isShort,
    );
    this.exit = this.code.open(op.block);
    this.noted = this.code.open(op.block);
    this.component(this.elements, new Map());
    this.code.end();
    emitExitNote(this.code);
    this.code.get(regionLocals.target);
    this.code.set(regionLocals.instructionPointer);
    this.code.end();
  }

  get locals(): ReturnType<typeof localsOf> {
    return localsOf(this.emitter);
  }

  /** The whole function. `type`: of regions. `chains`: it goes on to others. */
  write(type: number, chains: boolean): FunctionWriter {
    const { code, emitter } = this;
    const whole = new FunctionWriter(code.length + 512);
    if (this.touchesRest) {
      whole.i32(0);
      whole.i32(1);
      whole.memory(op.i32Store, switching.restChanged);
    }
    if (emitter.floats.readsMxcsr) {
      pushIsOrdinary(whole);
      whole.opcode(op.i32EqualToZero);
      whole.open(op.if);
      emitGeneralEntry(whole, this.host.generalSlot(), type, chains);
      whole.end();
    }
    emitter.vectors.emitLoads(whole);
    for (const index of emitter.registersUsed) {
      whole.i32(0);
      whole.memory(op.i64Load, state.general + 8 * index);
      whole.set(regionLocals.general + index);
    }
    if (emitter.flags.areUsed || emitter.flags.areSet) {
      for (const [address, local] of flagLocals) {
        whole.i32(0);
        whole.memory(local === regionLocals.kind ? op.i32Load : op.i64Load, address);
        whole.set(local);
      }
    }
    whole.append(code);
    emitter.vectors.emitStores(whole);
    for (const index of emitter.registersWritten) {
      whole.i32(0);
      whole.get(regionLocals.general + index);
      whole.memory(op.i64Store, state.general + 8 * index);
    }
    if (emitter.flags.areSet) {
      for (const [address, local] of flagLocals) {
        whole.i32(0);
        whole.get(local);
        whole.memory(local === regionLocals.kind ? op.i32Store : op.i64Store, address);
      }
    }
    whole.i32(0);
    whole.get(regionLocals.instructionPointer);
    whole.memory(op.i64Store, state.instructionPointer);
    if (chains) {
      whole.get(regionLocals.outcome);
      whole.opcode(op.i32EqualToZero);
      whole.open(op.if);
      emitChain(whole, type);
      whole.end();
    }
    whole.get(regionLocals.remaining);
    whole.get(regionLocals.outcome);
    whole.i32(31);
    whole.opcode(op.i32ShiftRightSigned);
    whole.opcode(op.i32Xor);
    return whole;
  }

  /** Elements one behind the other; control comes in at the first, and is sent on from there on its way to a side entry. */
  private component(elements: readonly Element[], sideEntries: ReadonlyMap<Block, Block>): void {
    const { code } = this;
    for (const element of elements.slice(1).reverse()) this.forward.set(headOf(element), code.open(op.block));
    if (sideEntries.size > 0) {
      code.get(regionLocals.selector);
      code.open(op.if);
      for (const [entry, head] of sideEntries) {
        code.get(regionLocals.selector);
        code.i32(this.sideEntries.numbers.get(entry) ?? 0);
        code.opcode(op.i32Equal);
        code.branch(this.forward.get(head) ?? this.exit, op.brIf);
      }
      code.end();
    }
    for (const [index, element] of elements.entries()) {
      const head = headOf(element);
      if (index > 0) {
        code.end();
        this.forward.delete(head);
      }
      if (isLoop(element)) {
        this.back.set(head, code.open(op.loop));
        this.component(element.body, this.sideEntries.ofLoop.get(element.header) ?? new Map());
        code.end();
        this.back.delete(head);
      } else {
        this.block(element);
      }
    }
  }

  private block(block: Block): void {
    const { code, emitter } = this;
    const { instructions } = block;
    this.current = block;
    emitter.startBlock(this.knownAtStart.get(block), noneIsPlain, this.facts.planFor(block));
    if (this.sideEntries.numbers.has(block)) {
      code.i32(0);
      code.set(regionLocals.selector);
    }
    if (block === this.flow.start) {
      this.begin(block);
      return;
    }
    const isDispatcher = block === this.flow.dispatcher;
    this.checkCount(block, isDispatcher ? undefined : block.address);
    if (isDispatcher) {
      this.dispatch(block.successors, (target) => this.goToBlock(target));
      emitter.flags.completeOnWayOut();
      code.branch(this.noted);
      return;
    }
    code.get(regionLocals.remaining);
    code.i32(-instructions.length);
    code.opcode(op.i32Add);
    code.set(regionLocals.remaining);
    for (const [index, instruction] of instructions.entries()) {
      const check = instruction.movesStack ? this.host.switchCheckOf(instruction.address) : undefined;
      emitter.emit(instruction, instructions.length - index, check);
    }
    const last = lastOf(block);
    if (last.flow.kind === "none") emitter.vectors.endBlock();
    if (last.flow.kind === "none" || (last.flow.kind === "jump" && last.flow.falls)) this.goTo(BigInt(last.next));
  }

  private goTo(address: bigint): void {
    const block = address < 2n ** 32n ? this.flow.blocks.get(Number(address)) : undefined;
    if (block) {
      this.goToBlock(block);
      return;
    }
    const { code } = this;
    this.emitter.flags.completeOnWayOut();
    const site = this.host.directExitSite(lastOf(this.current).address, Number(address));
    code.i64(address);
    if (site !== undefined) {
      code.set(regionLocals.target);
      this.leaveNoted(site);
      return;
    }
    code.set(regionLocals.instructionPointer);
    code.branch(this.exit);
  }

  private goToBlock(block: Block): void {
    const { code } = this;
    this.emitter.flags.completeFor(this.knownAtStart.get(block));
    const label = this.back.get(block) ?? this.forward.get(block);
    if (label !== undefined) {
      code.branch(label);
      return;
    }
    // In the middle of a loop, perhaps of several: the headers of those that are to be entered send it on.
    const within = this.sideEntries.around.get(this.current) ?? [];
    const outermost = this.sideEntries.around.get(block)?.find((header) => !within.includes(header));
    const entry = outermost && this.forward.get(outermost);
    if (entry === undefined) throw new Error("a block of a region is not to be reached");
    code.i32(this.sideEntries.numbers.get(block) ?? 0);
    code.set(regionLocals.selector);
    code.branch(entry);
  }

  private goToTarget(): void {
    const { code, current } = this;
    const site = this.host.exitSite(lastOf(current).address);
    if (current.dispatcher) {
      code.i32(site);
      code.set(regionLocals.site);
      this.goToBlock(current.dispatcher);
      return;
    }
    for (const block of current.targets) {
      code.get(regionLocals.target);
      code.i64(BigInt(block.address));
      code.opcode(op.i64Equal);
      code.open(op.if);
      this.goToBlock(block);
      code.end();
    }
    this.leaveNoted(site);
  }

  /** The way in: to the entry that rIP names. */
  private begin({ successors }: Block): void {
    const { code } = this;
    const [only, ...more] = successors;
    const enter = (block: Block) => {
      this.emitter.guard(this.facts.guardsFor(block), () => this.leaveToInterpreter(block.address));
      this.goToBlock(block);
    };
    if (only && more.length === 0) {
      this.checkCount(this.flow.start, only.address);
      enter(only);
      return;
    }
    code.i32(0);
    code.memory(op.i64Load, state.instructionPointer);
    code.set(regionLocals.target);
    this.checkCount(this.flow.start, undefined);
    this.dispatch(successors, enter);
    this.leaveToInterpreter(undefined);
  }

  /** Leaves the region at the address, or the one in the local `target`, when too little is left of the budget. */
  private checkCount(block: Block, address: number | undefined): void {
    const { code } = this;
    const needed = this.checkpoints.get(block) ?? 0;
    if (needed === 0) return;
    code.get(regionLocals.remaining);
    code.i32(needed);
    code.opcode(op.i32LessSigned);
    code.open(op.if);
    this.leaveToInterpreter(address);
    code.end();
  }

  /** Goes on at the block whose address is in the local `target`; falls through when it is not among them. */
  private dispatch(targets: readonly Block[], goTo: (block: Block) => void): void {
    const addresses = targets.map((block) => block.address);
    emitDispatch(this.code, addresses, (index) => {
      const block = targets[index];
      if (block) goTo(block);
    });
  }

  /** At the address, or the one in the local `target`. */
  private leaveToInterpreter(address: number | undefined): void {
    const { code } = this;
    this.emitter.flags.completeOnWayOut();
    code.i32(outcomes.interpret);
    code.set(regionLocals.outcome);
    if (address === undefined) code.get(regionLocals.target);
    else code.i64(BigInt(address));
    code.set(regionLocals.instructionPointer);
    code.branch(this.exit);
  }

  private leaveNoted(site: number): void {
    const { code } = this;
    this.emitter.flags.completeOnWayOut();
    code.i32(site);
    code.set(regionLocals.site);
    code.branch(this.noted);
  }
}

/**
 * The count is looked at where control enters, and at the head of every loop: enough must be left for the longest way to
 * the next such place.
 */
function findCheckpoints(elements: readonly Element[], entries: Iterable<Block>): Map<Block, number> {
  const order: Block[] = [];
  const checkpoints = new Set(entries);
  const visit = (list: readonly Element[]) => {
    for (const element of list) {
      if (!isLoop(element)) {
        order.push(element);
      } else {
        checkpoints.add(element.header);
        visit(element.body);
      }
    }
  };
  visit(elements);
  const position = new Map(order.map((block, index) => [block, index]));
  const longest = new Map<Block, number>();
  for (const [index, block] of [...order.entries()].reverse()) {
    let rest = 0;
    for (const other of block.successors) {
      const isForward = (position.get(other) ?? 0) > index;
      if (isForward && !checkpoints.has(other)) rest = Math.max(rest, longest.get(other) ?? 0);
    }
    longest.set(block, block.instructions.length + rest);
  }
  return new Map([...checkpoints].map((block) => [block, longest.get(block) ?? 0]));
}

/** What is known of the flags at the start of every block, whichever way control gets there. */
function followFlags({ start }: ControlFlow, isShort: boolean): Map<Block, KnownFlags> {
  const known = new Map<Block, KnownFlags>([[start, undefined]]);
  const work = new Set([start]);
  for (const block of work) {
    work.delete(block);
    let at = known.get(block);
    for (const { statements, decoded, vector } of block.instructions) {
      if (isShort && vector?.kind === "compare") {
        at = knownOrder(vector.form);
        continue;
      }
      at = flagsAfter(statements, at, decoded, (condition) => {
        const value = constantOf(condition, decoded, isShort);
        return value === undefined ? undefined : value !== 0n;
      });
    }
    for (const other of block.successors) {
      if (!known.has(other)) known.set(other, at);
      else if (known.get(other) === at || known.get(other) === undefined) continue;
      else known.set(other, undefined);
      work.add(other);
    }
  }
  return known;
}
