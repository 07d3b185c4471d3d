/** Turns the extension's answers about memory into bytes. */
import type { InspectorRequests } from "../messages.js";
import { formatAddress, parseAddress } from "./address.js";
import { unreadable } from "./page-cache.js";

type ReadAsk = InspectorRequests["read"]["ask"];
type ReadAnswer = InspectorRequests["read"]["answer"];

export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/**
 * Reads `count` bytes from `start`, holes and all: a debug adapter stops at the first byte that it cannot read and says
 * how many to skip. Rejects as `ask` does.
 */
export async function readWithHoles(
  ask: (request: ReadAsk) => Promise<ReadAnswer>,
  start: bigint,
  count: number,
): Promise<Int16Array> {
  const bytes = new Int16Array(count).fill(unreadable);
  let at = 0;
  while (at < count) {
    const answer = await ask({ address: formatAddress(start + BigInt(at)), count: count - at });
    const data = decodeBase64(answer.data);
    // An adapter may skip what it cannot read at the front and say where its bytes begin.
    const from = Number((parseAddress(answer.address) ?? start + BigInt(at)) - start);
    if (from >= at && from < count) bytes.set(data.subarray(0, count - from), from);
    const next = Math.max(at, from) + data.length + answer.unreadable;
    if (next <= at) break;
    at = next;
  }
  return bytes;
}
