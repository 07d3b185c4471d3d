import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { GuestMemory } from "../engine/machine.js";
import type { Span } from "./thread-record.js";

/** How near to the end of a symbol or mapping a new thread's first `rsp` lies, when that end is the end of its stack. */
const nearTheEnd = 512;

/**
 * The likely bounds of a stack on which a thread was born with `pointer`: those of the symbol that reserves it, or of
 * the mapping. `used` are the stacks known around it. For people only: no decision rests on them.
 */
export function estimateBounds(
  pointer: number,
  top: number,
  image: ProgramImage,
  memory: GuestMemory,
  used: readonly Span[],
): { readonly low?: GuestAddress; readonly high?: GuestAddress } {
  const room = symbolAround(pointer, image) ?? mappingAround(pointer, memory);
  if (!room) return { high: guestAddress(top) };
  let low = room.low;
  let high = room.high - top <= nearTheEnd && room.high >= top ? room.high : top;
  for (const stack of used) {
    if (stack.high <= pointer && stack.high > low) low = stack.high;
    if (stack.low > pointer && stack.low < high) high = stack.low;
  }
  return { low: guestAddress(low), high: guestAddress(high) };
}

function symbolAround(pointer: number, image: ProgramImage): Span | undefined {
  const segment = image.segments.find(
    (one) => one.permissions.write && pointer > one.address && pointer <= Number(one.address) + one.size,
  );
  if (!segment) return undefined;
  let low = Number(segment.address);
  let high = low + segment.size;
  for (const symbol of image.symbols) {
    if (symbol.kind === "absolute" || symbol.kind === "function") continue;
    const start = Number(symbol.address);
    if (start < pointer && start > low) low = start;
    if (start >= pointer && start < high) high = start;
    const end = start + symbol.size;
    if (symbol.size > 0 && start < pointer && end >= pointer && end < high) high = end;
  }
  return { low, high };
}

function mappingAround(pointer: number, memory: GuestMemory): Span | undefined {
  for (const { start, end } of memory.mappings()) {
    if (pointer > start && pointer <= end) return { low: Number(start), high: Number(end) };
  }
  return undefined;
}
