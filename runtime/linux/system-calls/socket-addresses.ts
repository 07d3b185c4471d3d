/** Addresses of sockets as programs give and get them, and whom they reach. */
import type { ErrorName } from "../errors.js";
import { decodeAddress, describeAddress, encodeAddress, isLocal, type SocketAddress } from "../sockets/address.js";
import { Socket } from "../sockets/socket.js";
import { SocketNode } from "../sockets/socket-node.js";
import { asInt, type SystemCallContext } from "./system-call.js";

const longestAddress = 128;

/** The socket that a descriptor refers to. */
export function socketAt(context: SystemCallContext, descriptor: bigint): Socket | ErrorName {
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return "EBADF";
  return file instanceof Socket ? file : "ENOTSOCK";
}

export function readAddress(
  context: SystemCallContext,
  socket: Socket,
  address: bigint,
  size: bigint,
): SocketAddress | "unspecified" | ErrorName {
  const length = asInt(size);
  if (length < 0 || length > longestAddress) return "EINVAL";
  const bytes = context.memory.read(address, length);
  return bytes === undefined ? "EFAULT" : decodeAddress(bytes, socket.domain);
}

/** Writes an address (none: of no length) where there is room for it, and its whole length. */
export function writeAddress(
  context: SystemCallContext,
  address: SocketAddress | undefined,
  place: bigint,
  sizePlace: bigint,
): ErrorName | undefined {
  const { memory } = context;
  const given = memory.read(sizePlace, 4);
  if (given === undefined) return "EFAULT";
  const view = new DataView(given.buffer, given.byteOffset);
  const room = view.getInt32(0, true);
  if (room < 0) return "EINVAL";
  const bytes = address === undefined ? new Uint8Array() : encodeAddress(address);
  if (!memory.write(place, bytes.subarray(0, room))) return "EFAULT";
  view.setInt32(0, bytes.length, true);
  return memory.write(sizePlace, given) ? undefined : "EFAULT";
}

/** The socket that has the address; undefined: nobody has. */
export function resolve(
  context: SystemCallContext,
  socket: Socket,
  address: SocketAddress,
): Socket | undefined | ErrorName {
  const { system } = context;
  if (address.domain === "internet") {
    if (isLocal(address.address)) return system.network.find(socket, address);
    context.noteOnce(
      `The program tried to reach ${describeAddress(address)}. There is no network here but that of the program ` +
        "itself (127.0.0.1): it was told that it cannot be reached (ENETUNREACH).",
    );
    return "ENETUNREACH";
  }
  const { name } = address;
  if (name === "") return "EINVAL";
  if (name.startsWith("\0")) return system.network.find(socket, address);
  const node = context.files.find(context.attributes.workingFolder, name);
  if (typeof node === "string") return node;
  return node instanceof SocketNode ? node.socket : "ECONNREFUSED";
}
