import { formatAddress, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import { RequestError } from "./request-error.js";

/** An address as it travels in the protocol: `0x…` in lower case. */
export function memoryReference(address: bigint): string {
  return formatAddress(address);
}

/** The address of a memory reference; decimal numbers are read too. Undefined when it is none. */
export function parseMemoryReference(text: string): GuestAddress | undefined {
  const trimmed = text.trim();
  if (!/^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(trimmed)) return undefined;
  return guestAddress(BigInt(trimmed));
}

/** The address of a memory reference that must be one. */
export function requireMemoryReference(text: string): GuestAddress {
  const address = parseMemoryReference(text);
  if (address === undefined) throw new RequestError(`"${text}" is not an address: write it like 0x401000.`);
  return address;
}
