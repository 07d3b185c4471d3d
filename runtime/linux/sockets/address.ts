/** Addresses of sockets: names of the UNIX domain, and places on this machine in that of the Internet. */
import type { ErrorName } from "../errors.js";

export type SocketDomain = "unix" | "internet";

/** A path; a name that begins with a zero byte, in no folder ("abstract"); none. */
export interface UnixAddress {
  readonly domain: "unix";
  readonly name: string;
}

export interface InternetAddress {
  readonly domain: "internet";
  /** The four numbers as one. */
  readonly address: number;
  readonly port: number;
}

export type SocketAddress = UnixAddress | InternetAddress;

/** asm-generic/socket.h */
export const domainNumbers = { unix: 1, internet: 2 } as const;
const AF_UNSPEC = 0;
const [internetSize, longestUnixSize] = [16, 110];

export const anyAddress = 0;
export const loopbackAddress = 0x7f000001;

/** What comes to this machine from itself: 127.x.y.z, and no address in particular. */
export function isLocal(address: number): boolean {
  return address === anyAddress || address >>> 24 === 127;
}

/** `struct sockaddr` as a program gives it to a socket of that domain. */
export function decodeAddress(bytes: Uint8Array, domain: SocketDomain): SocketAddress | "unspecified" | ErrorName {
  if (bytes.length < 2) return "EINVAL";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === AF_UNSPEC) return "unspecified";
  if (family !== domainNumbers[domain]) return domain === "unix" ? "EINVAL" : "EAFNOSUPPORT";
  if (domain === "internet") {
    if (bytes.length < internetSize) return "EINVAL";
    return { domain, port: view.getUint16(2), address: view.getUint32(4) };
  }
  if (bytes.length > longestUnixSize) return "EINVAL";
  const text = new TextDecoder("latin1").decode(bytes.subarray(2));
  if (text.startsWith("\0")) return { domain, name: text };
  const end = text.indexOf("\0");
  return { domain, name: decodePath(bytes.subarray(2, end < 0 ? undefined : 2 + end)) };
}

function decodePath(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** `struct sockaddr` as the kernel tells it. */
export function encodeAddress(address: SocketAddress): Uint8Array {
  if (address.domain === "internet") {
    const bytes = new Uint8Array(internetSize);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, domainNumbers.internet, true);
    view.setUint16(2, address.port);
    view.setUint32(4, address.address);
    return bytes;
  }
  const { name } = address;
  const text = name.startsWith("\0")
    ? Uint8Array.from(name, (character) => character.charCodeAt(0))
    : new TextEncoder().encode(name === "" ? "" : `${name}\0`);
  const bytes = new Uint8Array(2 + text.length);
  bytes[0] = domainNumbers.unix;
  bytes.set(text, 2);
  return bytes;
}

/** In words, for notes: `93.184.216.34, port 80`. */
export function describeAddress({ address, port }: InternetAddress): string {
  const numbers = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
  return `${numbers.join(".")}, port ${port}`;
}
