/** Guest addresses in the page: 64-bit numbers, as text `0x…`. */

export const addressSpace = 1n << 64n;
export const highestAddress = addressSpace - 1n;

/** Takes an address around the end of the address space. */
export function wrapAddress(address: bigint): bigint {
  return BigInt.asUintN(64, address);
}

/** The address at or below that is a multiple of `unit`. */
export function alignDown(address: bigint, unit: number): bigint {
  return address - (address % BigInt(unit));
}

/** `0x401000`: as short as it can be, for messages. */
export function formatAddress(address: bigint): string {
  return `0x${address.toString(16)}`;
}

/** All sixteen digits, for columns: leading zeros apart, so that they can step back. */
export function padAddress(address: bigint): { readonly zeros: string; readonly digits: string } {
  const digits = address.toString(16);
  return { zeros: "0".repeat(16 - digits.length), digits };
}

/** Reads `0x…`, or a decimal number as a debugger may answer it (negative ones wrap). */
export function parseAddress(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (!/^(?:0x[\da-f]+|-?\d+)$/i.test(trimmed)) return undefined;
  const value = BigInt(trimmed);
  return value < addressSpace && value >= -(1n << 63n) ? wrapAddress(value) : undefined;
}

/** A distance for people: `+0x18`, `−0x8`, or nothing at all. */
export function formatOffset(offset: bigint): string {
  if (offset === 0n) return "";
  return offset > 0n ? `+0x${offset.toString(16)}` : `−0x${(-offset).toString(16)}`;
}
