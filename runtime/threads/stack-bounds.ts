import { type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import type { GuestMemory } from "../engine/machine.js";

/** How near to the end of a symbol or mapping a new thread's first `rsp` lies, when that end is the end of its stack. */
const nearTheEnd = 512n;

/**
 * The likely bounds of a stack on which a thread was born with `pointer`: those of the symbol that reserves it, or of
 * the mapping. `used` are the stacks known around it. For people only: no decision rests on them.
 */
export function estimateBounds(
  pointer: bigint,
  top: bigint,
  image: ProgramImage,
  memory: GuestMemory,
  used: readonly { readonly low: bigint; readonly high: bigint }[],
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

function symbolAround(pointer: bigint, image: ProgramImage): { low: bigint; high: bigint } | undefined {
  const segment = image.segments.find(
    (one) => one.permissions.write && pointer > one.address && pointer <= one.address + BigInt(one.size),
  );
  if (!segment) return undefined;
  let low: bigint = segment.address;
  let high: bigint = segment.address + BigInt(segment.size);
  for (const symbol of image.symbols) {
    if (symbol.kind === "absolute" || symbol.kind === "function") continue;
    if (symbol.address < pointer && symbol.address > low) low = symbol.address;
    if (symbol.address >= pointer && symbol.address < high) high = symbol.address;
    const end = symbol.address + BigInt(symbol.size);
    if (symbol.size > 0 && symbol.address < pointer && end >= pointer && end < high) high = end;
  }
  return { low, high };
}

function mappingAround(pointer: bigint, memory: GuestMemory): { low: bigint; high: bigint } | undefined {
  for (const mapping of memory.mappings()) {
    if (pointer > mapping.start && pointer <= mapping.end) return { low: mapping.start, high: mapping.end };
  }
  return undefined;
}
