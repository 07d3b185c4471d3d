/** Which green thread's stack an address lies in: the stripe beside the rows, and the words in the footer. */
import type { ThreadStack } from "../messages.js";
import { formatAddress, formatOffset, parseAddress } from "./address.js";

export interface StackRegion {
  readonly threadId: number;
  readonly name: string;
  readonly pointer: bigint;
  readonly low?: bigint;
  /** Exclusive. */
  readonly high?: bigint;
}

export interface StackPlace {
  readonly region: StackRegion;
  /** `used`: from the stack pointer up. `free`: below it, where the stack grows to. */
  readonly part: "used" | "free";
}

export function stackRegions(threads: readonly ThreadStack[]): readonly StackRegion[] {
  return threads.flatMap(({ id, name, pointer, low, high }) => {
    const at = parseAddress(pointer);
    if (at === undefined) return [];
    return [{ threadId: id, name, pointer: at, low: low && parseAddress(low), high: high && parseAddress(high) }].map(
      (region): StackRegion => ({ ...region, low: region.low || undefined, high: region.high || undefined }),
    );
  });
}

/** The stack that holds `address`, of those whose bounds are known. */
export function placeOf(address: bigint, regions: readonly StackRegion[]): StackPlace | undefined {
  for (const region of regions) {
    if (region.low === undefined || region.high === undefined) continue;
    if (address >= region.low && address < region.high) {
      return { region, part: address >= region.pointer ? "used" : "free" };
    }
  }
  return undefined;
}

/** The threads whose stack pointer lies in a range. */
export function pointersIn(start: bigint, length: number, regions: readonly StackRegion[]): readonly StackRegion[] {
  return regions.filter(({ pointer }) => pointer >= start && pointer < start + BigInt(length));
}

/** An address in words: `0x7ffefe8 · rsp+0x18 of thread 2: counter_two`. */
export function describeAddress(address: bigint, regions: readonly StackRegion[]): string {
  const place = placeOf(address, regions);
  if (place === undefined) return formatAddress(address);
  const { name, pointer } = place.region;
  const free = place.part === "free" ? " (free)" : "";
  return `${formatAddress(address)} · rsp${formatOffset(address - pointer)} of ${name}${free}`;
}
