/**
 * The order of a region's blocks in the code: a weak topological order (Bourdoncle, 1993), in which every loop is one
 * piece that begins with its header. Control goes forward, or back to the header of a loop that it is in. Where it goes
 * forward into the middle of a loop, it enters at the header and is sent on from there.
 */
import type { Block } from "./control-flow.js";

/** A block, or a loop: its header first, then the rest of its body. */
export type Element = Block | Loop;
export interface Loop {
  readonly header: Block;
  readonly body: readonly Element[];
}

export function isLoop(element: Element): element is Loop {
  return "header" in element;
}

export function headOf(element: Element): Block {
  return isLoop(element) ? element.header : element;
}

/** The elements in order; the entry is the first, or the header of the first. */
export function arrange(blocks: Iterable<Block>, entry: Block): Element[] {
  return arrangePart(new Set(blocks), [entry], undefined);
}

/** Blocks in the middle of loops that control reaches from outside. */
export interface SideEntries {
  /** What stands for the block while it is not reached; from 1 on. */
  readonly numbers: ReadonlyMap<Block, number>;
  /** For the header of a loop: those in the loop, and the heads of the elements of its body that they are in. */
  readonly ofLoop: ReadonlyMap<Block, ReadonlyMap<Block, Block>>;
  /** The headers of the loops around a block, outermost first; its own loop's, if it is a header, last. */
  readonly around: ReadonlyMap<Block, readonly Block[]>;
}

export function findSideEntries(elements: readonly Element[]): SideEntries {
  const around = new Map<Block, readonly Block[]>();
  /** For each loop around a block, the head of the element of the body that it is in. */
  const heads = new Map<Block, readonly Block[]>();
  const visit = (list: readonly Element[], loops: readonly Block[], inner: readonly Block[]) => {
    for (const element of list) {
      const within = loops.length === 0 ? [] : [...inner, headOf(element)];
      if (isLoop(element)) {
        visit(element.body, [...loops, element.header], within);
      } else {
        around.set(element, loops);
        heads.set(element, within);
      }
    }
  };
  visit(elements, [], []);
  const numbers = new Map<Block, number>();
  const ofLoop = new Map<Block, Map<Block, Block>>();
  for (const [block, loops] of around) {
    for (const target of block.successors) {
      for (const [depth, header] of (around.get(target) ?? []).entries()) {
        if (header === target || loops.includes(header)) continue;
        const head = heads.get(target)?.[depth];
        if (!head) continue;
        if (!numbers.has(target)) numbers.set(target, numbers.size + 1);
        const entries = ofLoop.get(header) ?? new Map<Block, Block>();
        ofLoop.set(header, entries.set(target, head));
      }
    }
  }
  return { numbers, ofLoop, around };
}

/** `without`: the header of the loop whose body this is; edges to it do not count. */
function arrangePart(part: ReadonlySet<Block>, roots: Iterable<Block>, without: Block | undefined): Element[] {
  return components(part, roots, without).map(({ head, members }) => {
    const isSelfLoop = head.successors.includes(head);
    if (members.size === 1 && !isSelfLoop) return head;
    members.delete(head);
    const rest = arrangePart(members, [...head.successors, ...members], head);
    return { header: head, body: [head, ...rest] };
  });
}

/** The strongly connected components in topological order (Tarjan, 1972); the head is the block that was reached first. */
function components(
  part: ReadonlySet<Block>,
  roots: Iterable<Block>,
  without: Block | undefined,
): { head: Block; members: Set<Block> }[] {
  const number = new Map<Block, number>();
  const stack: Block[] = [];
  const onStack = new Set<Block>();
  const found: { head: Block; members: Set<Block> }[] = [];
  const visit = (block: Block): number => {
    const own = number.size;
    number.set(block, own);
    let low = own;
    stack.push(block);
    onStack.add(block);
    // Backwards, so that what control reaches first comes first.
    for (const other of [...block.successors].reverse()) {
      if (!part.has(other) || other === without) continue;
      if (!number.has(other)) low = Math.min(low, visit(other));
      else if (onStack.has(other)) low = Math.min(low, number.get(other) ?? low);
    }
    if (low === own) {
      const members = new Set<Block>();
      for (let member: Block | undefined; member !== block; ) {
        member = stack.pop();
        if (!member) break;
        onStack.delete(member);
        members.add(member);
      }
      found.push({ head: block, members });
    }
    return low;
  };
  for (const root of roots) if (part.has(root) && root !== without && !number.has(root)) visit(root);
  return found.reverse();
}
