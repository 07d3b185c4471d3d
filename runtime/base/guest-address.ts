declare const guestAddressBrand: unique symbol;

/**
 * A virtual address of the guest, 0 to 2⁶⁴−1. A bigint, because a guest register can hold any 64-bit value, mapped or
 * not; mapped memory always lies below 4 GiB, and the engine uses numbers for it inside.
 */
export type GuestAddress = bigint & { readonly [guestAddressBrand]: true };

/** Wraps `value` to 64 bits and calls it an address. */
export function guestAddress(value: bigint | number): GuestAddress {
  return BigInt.asUintN(64, BigInt(value)) as GuestAddress;
}

/** `address + bytes`, modulo 2⁶⁴; `bytes` may be negative. */
export function addressPlus(address: GuestAddress, bytes: bigint | number): GuestAddress {
  return guestAddress(address + BigInt(bytes));
}

/** The form in which people read addresses: `0x` and at least eight hexadecimal digits. */
export function formatAddress(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16).padStart(8, "0")}`;
}
