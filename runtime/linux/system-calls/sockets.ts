/** Sockets to processes of the same system: their making, connecting and ending. */
import { type ErrorName, systemCallError } from "../errors.js";
import { openFlags } from "../files/open-file.js";
import type { SocketAddress, SocketDomain } from "../sockets/address.js";
import { ConnectedSocket } from "../sockets/connected-socket.js";
import { DatagramSocket } from "../sockets/datagram-socket.js";
import type { Socket, SocketSettings, SocketType } from "../sockets/socket.js";
import { SocketNode } from "../sockets/socket-node.js";
import { writePair } from "./channels.js";
import { install } from "./open-files.js";
import { readAddress, resolve, socketAt, writeAddress } from "./socket-addresses.js";
import {
  asInt,
  type SystemCallArguments,
  type SystemCallContext,
  type SystemCallResult,
  statusOf,
  waitAtMost,
} from "./system-call.js";

const socketFlags = openFlags.O_NONBLOCK | openFlags.O_CLOEXEC;
const domains: Readonly<Record<number, SocketDomain>> = { 1: "unix", 2: "internet" };
const types: Readonly<Record<number, SocketType>> = { 1: "stream", 2: "datagram", 5: "packets" };
const [SOCK_RAW, SOCK_MAX] = [3, 11];
/** The protocols that can be asked for by number; 0 is the usual one. */
const protocols: Readonly<Record<SocketDomain, Partial<Record<SocketType, number>>>> = {
  unix: { stream: 1, datagram: 1, packets: 1 },
  internet: { stream: 6, datagram: 17 },
};

/** What socket(2) and socketpair(2) are asked for. */
function settingsOf(
  context: SystemCallContext,
  [domainNumber, typeAndFlags, protocol]: SystemCallArguments,
): SocketSettings | ErrorName {
  const flags = asInt(typeAndFlags) & socketFlags;
  const typeNumber = asInt(typeAndFlags) & ~socketFlags;
  const domain = domains[asInt(domainNumber)];
  if (domain === undefined) return "EAFNOSUPPORT";
  if (typeNumber < 0 || typeNumber >= SOCK_MAX) return "EINVAL";
  if (typeNumber === SOCK_RAW && domain === "internet") return "EPERM";
  const type = types[typeNumber];
  const usual = type && protocols[domain][type];
  if (type === undefined || usual === undefined) return "ESOCKTNOSUPPORT";
  if (asInt(protocol) !== 0 && asInt(protocol) !== usual) return "EPROTONOSUPPORT";
  const { clock, id } = context;
  return { domain, type, flags: flags & openFlags.O_NONBLOCK, network: context.system.network, clock, maker: id };
}

/** socket(2) */
export function socket(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const settings = settingsOf(context, args);
  if (typeof settings === "string") return systemCallError(settings);
  const made = settings.type === "datagram" ? new DatagramSocket(settings) : ConnectedSocket.make(settings);
  return install(context, made, asInt(args[1]));
}

/** socketpair(2) */
export function socketpair(context: SystemCallContext, args: SystemCallArguments): SystemCallResult {
  const settings = settingsOf(context, args);
  if (typeof settings === "string") return systemCallError(settings);
  if (settings.domain !== "unix") return systemCallError("EOPNOTSUPP");
  const [one, other] = settings.type === "datagram" ? DatagramSocket.pair(settings) : ConnectedSocket.pair(settings);
  const flags = asInt(args[1]);
  return writePair(context, args[3], install(context, one, flags), install(context, other, flags));
}

/** bind(2) */
export function bind(context: SystemCallContext, [descriptor, place, size]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const address = readAddress(context, socket, place, size);
  if (address === "unspecified") return systemCallError(socket.domain === "unix" ? "EINVAL" : "EAFNOSUPPORT");
  return statusOf(typeof address === "string" ? address : bindTo(context, socket, address));
}

function bindTo(context: SystemCallContext, socket: Socket, address: SocketAddress): ErrorName | undefined {
  if (address.domain === "internet" || address.name === "" || address.name.startsWith("\0"))
    return socket.bind(address);
  const { files, clock, attributes } = context;
  const place = files.place(attributes.workingFolder, address.name, false);
  if (typeof place === "string") return place;
  if (place.node === undefined && socket.local !== undefined) return "EINVAL";
  const error = files.create(place, new SocketNode(socket, 0o777 & ~attributes.creationMask, clock));
  return error === undefined ? socket.bind(address) : error === "EEXIST" ? "EADDRINUSE" : error;
}

/** listen(2) */
export function listen(context: SystemCallContext, [descriptor, backlog]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  if (!(socket instanceof ConnectedSocket)) return systemCallError("EOPNOTSUPP");
  return statusOf(socket.listen(asInt(backlog)));
}

/** accept4(2) */
export function accept4(
  context: SystemCallContext,
  [descriptor, place, size, flagBits]: SystemCallArguments,
): SystemCallResult {
  const flags = asInt(flagBits);
  if ((flags & ~socketFlags) !== 0) return systemCallError("EINVAL");
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  if (!(socket instanceof ConnectedSocket)) return systemCallError("EOPNOTSUPP");
  const accepted = socket.accept();
  if (accepted === "EAGAIN")
    return waitOrFail(context, socket, "somebody to connect to its socket", socket.readTimeout);
  if (typeof accepted === "string") return systemCallError(accepted);
  accepted.flags |= flags & openFlags.O_NONBLOCK;
  const number = install(context, accepted, flags);
  if (number < 0n || place === 0n) return number;
  const error = writeAddress(context, accepted.peer ?? { domain: "unix", name: "" }, place, size);
  if (error === undefined) return number;
  context.descriptors.close(Number(number));
  return systemCallError(error);
}

export function accept(context: SystemCallContext, [descriptor, place, size]: SystemCallArguments): SystemCallResult {
  return accept4(context, [descriptor, place, size, 0n, 0n, 0n]);
}

/** A call on a socket that cannot go on now. */
export function waitOrFail(
  context: SystemCallContext,
  socket: Socket,
  what: string,
  timeout: bigint | undefined,
  isNonBlocking = socket.isNonBlocking,
): SystemCallResult {
  if (isNonBlocking) return systemCallError("EAGAIN");
  if (timeout === undefined) return { kind: "wait", what, isRestartable: true };
  const deadline = waitAtMost(context, timeout);
  if (context.clock.elapsed >= deadline) return systemCallError("EAGAIN");
  return { kind: "wait", what, isRestartable: false, deadline };
}

/** connect(2) */
export function connect(context: SystemCallContext, [descriptor, place, size]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const address = readAddress(context, socket, place, size);
  if (address === "unspecified") {
    if (socket instanceof DatagramSocket) socket.disconnect();
    return socket instanceof DatagramSocket ? 0n : systemCallError("EINVAL");
  }
  if (typeof address === "string") return systemCallError(address);
  const target = resolve(context, socket, address);
  if (typeof target === "string") return systemCallError(target);
  const error = socket.connect(address, target);
  if (error !== "EAGAIN") return statusOf(error);
  return waitOrFail(context, socket, "room among those that wait to be accepted", socket.writeTimeout);
}

/** shutdown(2) */
export function shutdown(context: SystemCallContext, [descriptor, how]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const [SHUT_RD, SHUT_WR, SHUT_RDWR] = [0, 1, 2];
  const wanted = asInt(how);
  if (wanted < SHUT_RD || wanted > SHUT_RDWR) return systemCallError("EINVAL");
  return statusOf(socket.shutdown({ reading: wanted !== SHUT_WR, writing: wanted !== SHUT_RD }));
}

/** getsockname(2) */
export function getsockname(
  context: SystemCallContext,
  [descriptor, place, size]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  return statusOf(writeAddress(context, socket.local ?? noAddress(socket), place, size));
}

/** getpeername(2) */
export function getpeername(
  context: SystemCallContext,
  [descriptor, place, size]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const isConnected = socket instanceof ConnectedSocket ? socket.isConnected : socket.peer !== undefined;
  if (!isConnected) return systemCallError("ENOTCONN");
  return statusOf(writeAddress(context, socket.peer ?? noAddress(socket), place, size));
}

function noAddress({ domain }: Socket): SocketAddress {
  return domain === "unix" ? { domain, name: "" } : { domain, address: 0, port: 0 };
}
