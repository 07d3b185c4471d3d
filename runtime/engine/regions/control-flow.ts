/**
 * What belongs to a region: the basic blocks that are reached from its entries by jumps, calls and returns to the calls
 * among them. Where jumps and calls through registers and memory lead is known from earlier runs, if at all.
 */
import type { RegionInstruction } from "./region-instruction.js";

export interface Block {
  readonly address: number;
  readonly instructions: readonly RegionInstruction[];
  /** Blocks that control may reach from this one without leaving the region. */
  successors: Block[];
  /** For a block whose end has no fixed target: where it is known to lead. */
  targets: Block[];
  /** Such a block that leads to many places: all these share one piece of code that finds the target. */
  dispatcher?: Block;
}

export interface RegionLimits {
  readonly instructions: number;
  /** Of one block. */
  readonly targets: number;
  /** As many targets are compared one by one; more are found by the dispatcher. */
  readonly compared: number;
}

export interface ControlFlow {
  /** Where control begins: a block without instructions that leads to the entries. */
  readonly start: Block;
  readonly entries: readonly Block[];
  /** All of the program's blocks by address: neither start nor dispatcher. */
  readonly blocks: ReadonlyMap<number, Block>;
  /** No block of the program: goes on at one of its successors. */
  readonly dispatcher: Block | undefined;
  /** There was more than the limit allows. */
  readonly isFull: boolean;
}

/** Where the instruction at an address has been seen to lead. */
export type KnownTargets = (address: number) => Iterable<number>;

/**
 * Undefined when there is nothing to compile at the first of the entries. `fetch` answers undefined for what the region
 * must not hold. Besides those asked for, entries are the places where control is likely to come back after the region was
 * left: the heads of loops, and what is behind calls of others.
 */
export function discover(
  asked: readonly number[],
  fetch: (address: number) => RegionInstruction | undefined,
  targetsOf: KnownTargets,
  limits: RegionLimits,
): ControlFlow | undefined {
  const { instructions, leaders } = explore(asked, fetch, targetsOf, limits.instructions);
  const blocks = new Map<number, Block>();
  for (const address of leaders) {
    const list: RegionInstruction[] = [];
    for (let at = instructions.get(address); at; at = instructions.get(at.next)) {
      list.push(at);
      if (at.flow.kind !== "none" || leaders.has(at.next)) break;
    }
    if (list.length > 0) blocks.set(address, block(address, list));
  }
  if (asked[0] === undefined || !blocks.has(asked[0])) return undefined;
  linkTargets(blocks, targetsOf, limits.targets);
  const dispatcher = block(pseudoAddresses.dispatcher, []);
  for (const block of blocks.values()) {
    const { flow, next } = lastOf(block);
    const reached = [flow.target, flow.falls && flow.kind !== "call" ? next : undefined];
    const direct = reached.flatMap((address) => (address === undefined ? [] : (blocks.get(address) ?? [])));
    if (block.targets.length > limits.compared) block.dispatcher = dispatcher;
    block.successors = [...direct, ...(block.dispatcher ? [dispatcher] : block.targets)];
  }
  const entries = chooseEntries(blocks, asked);
  const start = block(pseudoAddresses.start, []);
  start.successors = [...entries];
  const found = reachable(start, dispatcher);
  found.delete(pseudoAddresses.start);
  const hasDispatcher = found.delete(pseudoAddresses.dispatcher);
  const isFull = instructions.size >= limits.instructions;
  return { start, entries, blocks: found, dispatcher: hasDispatcher ? dispatcher : undefined, isFull };
}

/** Of blocks that are none of the program's. */
const pseudoAddresses = { dispatcher: -1, start: -2 } as const;

function block(address: number, instructions: readonly RegionInstruction[]): Block {
  return { address, instructions, successors: [], targets: [] };
}

/** The one that is most likely the head of an outer loop comes last: from there the blocks are put in order. */
function chooseEntries(blocks: ReadonlyMap<number, Block>, asked: readonly number[]): Block[] {
  const heads = new Set<number>();
  const others = new Set(asked);
  for (const block of blocks.values()) {
    const { address, flow, next } = lastOf(block);
    const isOfOthers = flow.target === undefined ? block.targets.length === 0 : !blocks.has(flow.target);
    if (flow.kind === "call" && isOfOthers) others.add(next);
    if (flow.kind === "jump" && flow.target !== undefined && flow.target <= address) heads.add(flow.target);
  }
  const [last, ...rest] = [...heads].sort((a, b) => a - b);
  const order = [
    ...rest,
    ...[...others].filter((address) => !heads.has(address)),
    ...(last === undefined ? [] : [last]),
  ];
  return order.flatMap((address) => blocks.get(address) ?? []);
}

export function lastOf(block: Block): RegionInstruction {
  const last = block.instructions.at(-1);
  if (!last) throw new Error("a block of a region is empty");
  return last;
}

function explore(
  entries: Iterable<number>,
  fetch: (address: number) => RegionInstruction | undefined,
  targetsOf: KnownTargets,
  limit: number,
): { instructions: Map<number, RegionInstruction>; leaders: Set<number> } {
  const instructions = new Map<number, RegionInstruction>();
  const leaders = new Set(entries);
  for (const leader of leaders) {
    for (let address = leader; instructions.size < limit; ) {
      if (instructions.has(address)) {
        leaders.add(address);
        break;
      }
      const instruction = fetch(address);
      if (!instruction) break;
      instructions.set(address, instruction);
      address = instruction.next;
      const { kind, target, falls } = instruction.flow;
      if (kind === "none") continue;
      const targets = target === undefined ? [...targetsOf(instruction.address)] : [target];
      for (const each of targets) leaders.add(each);
      if (falls) leaders.add(address);
      break;
    }
  }
  return { instructions, leaders };
}

/** Finds the targets of blocks that have no fixed one; for returns, also the calls in the region that may have led there. */
function linkTargets(blocks: ReadonlyMap<number, Block>, targetsOf: KnownTargets, limit: number): void {
  const add = (block: Block, target: Block | undefined) => {
    if (target && block.targets.length < limit && !block.targets.includes(target)) block.targets.push(target);
  };
  const sites = new Map<number, Block[]>();
  for (const block of blocks.values()) {
    const { address, flow, next } = lastOf(block);
    if (flow.kind === "none" || flow.kind === "return") continue;
    if (flow.target === undefined) for (const target of targetsOf(address)) add(block, blocks.get(target));
    if (flow.kind !== "call") continue;
    const site = blocks.get(next);
    for (const callee of flow.target === undefined ? block.targets.map((target) => target.address) : [flow.target]) {
      const list = sites.get(callee) ?? [];
      sites.set(callee, list);
      if (site) list.push(site);
    }
  }
  for (const [start, list] of sites) {
    for (const block of blocksOfFunction(blocks, start)) {
      if (lastOf(block).flow.kind === "return") for (const site of list) add(block, site);
    }
  }
  for (const block of blocks.values()) {
    const { address, flow } = lastOf(block);
    if (flow.kind === "return") for (const target of targetsOf(address)) add(block, blocks.get(target));
  }
}

/** The blocks reached from `start` when calls are stepped over. */
function blocksOfFunction(blocks: ReadonlyMap<number, Block>, start: number): Set<Block> {
  const found = new Set<Block>();
  const first = blocks.get(start);
  if (first) found.add(first);
  for (const block of found) {
    const { flow, next } = lastOf(block);
    if (flow.kind === "jump") for (const target of block.targets) found.add(target);
    const reached = [flow.kind === "call" ? undefined : flow.target, flow.falls ? next : undefined];
    for (const address of reached) {
      const other = address === undefined ? undefined : blocks.get(address);
      if (other) found.add(other);
    }
  }
  return found;
}

/** The dispatcher's successors come to be known on the way. */
function reachable(entry: Block, dispatcher: Block): Map<number, Block> {
  const found = new Map([[entry.address, entry]]);
  for (const block of found.values()) {
    for (const other of block.successors) found.set(other.address, other);
    if (!block.dispatcher) continue;
    for (const target of block.targets) {
      if (!dispatcher.targets.includes(target)) dispatcher.targets.push(target);
      found.set(target.address, target);
    }
  }
  dispatcher.successors = dispatcher.targets;
  return found;
}
