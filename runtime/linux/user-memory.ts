import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { Permissions } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import type { GuestMemory } from "../engine/machine.js";
import { pageSize, pageStart } from "./address-space.js";

/** In bytes, with the zero byte. */
const longestPath = 4096;

/**
 * The guest's memory as the kernel reads and writes it on the program's behalf: within the permissions of the pages,
 * and never with a fault. Where the range is bad, a system call answers EFAULT.
 */
export class UserMemory {
  constructor(private readonly memory: GuestMemory) {}

  /** The bytes at `address`; undefined unless the program may read all of them. */
  read(address: bigint, length: number): Uint8Array | undefined {
    return this.accessible(address, length, "read") === length
      ? this.memory.read(guestAddress(address), length)
      : undefined;
  }

  /** As many of the bytes as the program may read before the first that it may not. */
  readPrefix(address: bigint, length: number): Uint8Array {
    return this.memory.read(guestAddress(address), this.accessible(address, length, "read"));
  }

  /** False, and nothing written, unless the program may write all of them. */
  write(address: bigint, bytes: Uint8Array): boolean {
    if (this.accessible(address, bytes.length, "write") !== bytes.length) return false;
    return this.memory.write(guestAddress(address), bytes) === bytes.length;
  }

  /** Writes little-endian 64-bit words one behind the other. */
  writeWords(address: bigint, words: readonly bigint[]): boolean {
    return this.write(address, wordBytes(words));
  }

  /** `count` little-endian 64-bit words, unsigned. */
  readWords(address: bigint, count: number): bigint[] | undefined {
    const bytes = this.read(address, count * 8);
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, index) => view.getBigUint64(index * 8, true));
  }

  /** The text up to a zero byte, as a path is given. */
  readPath(address: bigint): Result<string, "EFAULT" | "ENAMETOOLONG"> {
    const bytes = this.readPrefix(address, longestPath);
    const end = bytes.indexOf(0);
    if (end < 0) return fail(bytes.length < longestPath ? "EFAULT" : "ENAMETOOLONG");
    return ok(new TextDecoder().decode(bytes.subarray(0, end)));
  }

  /** The number of bytes from `address` on, at most `length`, that lie in pages which permit the access. */
  accessible(address: bigint, length: number, access: keyof Permissions): number {
    const start = guestAddress(address);
    let page: GuestAddress = pageStart(start);
    while (page < start + BigInt(length)) {
      if (this.memory.permissionsAt(page)?.[access] !== true) return Math.max(0, Number(page - start));
      page = addressPlus(page, pageSize);
    }
    return length;
  }
}

/** The bytes of little-endian 64-bit words. */
export function wordBytes(words: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 8));
  words.forEach((word, index) => {
    view.setBigUint64(index * 8, BigInt.asUintN(64, word), true);
  });
  return new Uint8Array(view.buffer);
}

/** `Math.min` for addresses and moments. */
export function minimum(one: bigint, other: bigint): bigint {
  if (other < one) return other;
  return one;
}
