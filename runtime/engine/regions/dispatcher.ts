/** Finds, among many blocks, the one whose address a jump, call or return leads to: a perfect hash and a table of labels. */
import { operations } from "../../x86/operations.js";
import { type FunctionWriter, op } from "../wasm-writer.js";
import { regionLocals } from "./region-locals.js";

interface PerfectHash {
  readonly multiplier: number;
  readonly bits: number;
  /** Index of the address in each place. */
  readonly places: readonly (number | undefined)[];
}

/** Above, a table of labels costs more than it gives. */
const mostBits = 10;
const multipliers = 64;

/** Places the addresses so that (address · multiplier) mod 2³² differs between them in its upper bits. */
export function perfectHash(addresses: readonly number[]): PerfectHash | undefined {
  for (let bits = Math.max(1, Math.ceil(Math.log2(addresses.length))); bits <= mostBits; bits++) {
    let multiplier = 0x9e3779b1;
    for (let attempt = 0; attempt < multipliers; attempt++) {
      const places: (number | undefined)[] = Array<undefined>(1 << bits).fill(undefined);
      const isPerfect = addresses.every((address, index) => {
        const place = Math.imul(address, multiplier) >>> (32 - bits);
        if (places[place] !== undefined) return false;
        places[place] = index;
        return true;
      });
      if (isPerfect) return { multiplier, bits, places };
      multiplier = (Math.imul(multiplier, 0x19660d) + 0x3c6ef35f) | 1;
    }
  }
  return undefined;
}

/**
 * Emits the search for the address in the local `target`: `found(index)` emits what is done at the address with that index
 * and does not fall through; for an address that is not among them, control goes on behind.
 */
export function emitDispatch(code: FunctionWriter, addresses: readonly number[], found: (index: number) => void): void {
  const hash = perfectHash(addresses);
  const { target } = regionLocals;
  const missed = code.open(op.block);
  const labels = hash ? addresses.map(() => code.open(op.block)).reverse() : [];
  if (hash) {
    code.get(target);
    code.opcode(operations["i32.wrap_i64"][0]);
    code.i32(hash.multiplier);
    code.opcode(operations["i32.mul"][0]);
    code.i32(32 - hash.bits);
    code.opcode(operations["i32.shr_u"][0]);
    code.byte(op.brTable);
    code.unsigned(hash.places.length - 1);
    for (const index of hash.places) {
      const label = index === undefined ? missed : labels[index];
      code.unsigned(code.depth - (label ?? missed));
    }
  }
  for (const [index, address] of addresses.entries()) {
    if (hash) code.end();
    code.get(target);
    code.i64(BigInt(address));
    code.opcode(op.i64Equal);
    code.open(op.if);
    found(index);
    code.end();
    if (hash) code.branch(missed);
  }
  code.end();
}
