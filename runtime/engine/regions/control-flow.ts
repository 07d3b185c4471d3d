/**
 * What belongs to a region: the basic blocks that are reached from its entry by jumps, direct calls and returns to the
 * calls among them.
 */
import type { RegionInstruction } from "./region-instruction.js";

export interface Block {
  readonly address: number;
  readonly instructions: readonly RegionInstruction[];
  /** Blocks that control may reach from this one without leaving the region. */
  successors: Block[];
  /** For a block that ends in a return: where calls in the region come back to. */
  returnSites: Block[];
}

export interface RegionLimits {
  readonly instructions: number;
  readonly returnSites: number;
}

export interface ControlFlow {
  readonly entry: Block;
  /** All of them by address. */
  readonly blocks: ReadonlyMap<number, Block>;
}

/** Undefined when the region would have no instruction. `fetch` answers undefined for what the region must not hold. */
export function discover(
  entry: number,
  fetch: (address: number) => RegionInstruction | undefined,
  limits: RegionLimits,
): ControlFlow | undefined {
  const { instructions, leaders } = explore(entry, fetch, limits.instructions);
  const blocks = new Map<number, Block>();
  for (const address of leaders) {
    const list: RegionInstruction[] = [];
    for (let at = instructions.get(address); at; at = instructions.get(at.next)) {
      list.push(at);
      if (at.flow.kind !== "none" || leaders.has(at.next)) break;
    }
    if (list.length > 0) blocks.set(address, { address, instructions: list, successors: [], returnSites: [] });
  }
  const first = blocks.get(entry);
  if (!first) return undefined;
  linkReturns(blocks, limits.returnSites);
  for (const block of blocks.values()) {
    const { flow, next } = lastOf(block);
    const reached = [flow.target, flow.falls && flow.kind !== "call" ? next : undefined];
    const direct = reached.flatMap((address) => (address === undefined ? [] : (blocks.get(address) ?? [])));
    block.successors = [...direct, ...block.returnSites];
  }
  return { entry: first, blocks: reachable(first) };
}

export function lastOf(block: Block): RegionInstruction {
  const last = block.instructions.at(-1);
  if (!last) throw new Error("a block of a region is empty");
  return last;
}

function explore(
  entry: number,
  fetch: (address: number) => RegionInstruction | undefined,
  limit: number,
): { instructions: Map<number, RegionInstruction>; leaders: Set<number> } {
  const instructions = new Map<number, RegionInstruction>();
  const leaders = new Set([entry]);
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
      if (target !== undefined) leaders.add(target);
      // Behind an indirect call, the region would not know when it is back.
      if (falls && !(kind === "call" && target === undefined)) leaders.add(address);
      break;
    }
  }
  return { instructions, leaders };
}

/** Finds, for every return, the calls in the region that may have led to it. */
function linkReturns(blocks: ReadonlyMap<number, Block>, limit: number): void {
  const sites = new Map<number, Block[]>();
  for (const block of blocks.values()) {
    const { flow, next } = lastOf(block);
    if (flow.kind !== "call" || flow.target === undefined) continue;
    const list = sites.get(flow.target) ?? [];
    sites.set(flow.target, list);
    const site = blocks.get(next);
    if (site) list.push(site);
  }
  for (const [start, list] of sites) {
    for (const block of blocksOfFunction(blocks, start)) {
      if (lastOf(block).flow.kind !== "return") continue;
      for (const site of list) {
        if (block.returnSites.length < limit && !block.returnSites.includes(site)) block.returnSites.push(site);
      }
    }
  }
}

/** The blocks reached from `start` when calls are stepped over. */
function blocksOfFunction(blocks: ReadonlyMap<number, Block>, start: number): Set<Block> {
  const found = new Set<Block>();
  const first = blocks.get(start);
  if (first) found.add(first);
  for (const block of found) {
    const { flow, next } = lastOf(block);
    const reached = [flow.kind === "call" ? undefined : flow.target, flow.falls ? next : undefined];
    for (const address of reached) {
      const other = address === undefined ? undefined : blocks.get(address);
      if (other) found.add(other);
    }
  }
  return found;
}

function reachable(entry: Block): ReadonlyMap<number, Block> {
  const found = new Map([[entry.address, entry]]);
  for (const block of found.values()) {
    for (const other of block.successors) found.set(other.address, other);
  }
  return found;
}
