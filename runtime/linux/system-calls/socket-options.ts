/** Options of sockets: setsockopt(2), getsockopt(2). Most are only kept: they mean nothing without a network. */
import { errorNumbers, systemCallError } from "../errors.js";
import { domainNumbers } from "../sockets/address.js";
import { ConnectedSocket } from "../sockets/connected-socket.js";
import type { Socket } from "../sockets/socket.js";
import { socketAt } from "./socket-addresses.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";
import { durationOf, timespec } from "./time.js";

const [SOL_IP, SOL_SOCKET, SOL_TCP] = [0, 1, 6];
/** asm-generic/socket.h */
const option = {
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_LINGER: 13,
  SO_PEERCRED: 17,
  SO_RCVTIMEO: 20,
  SO_SNDTIMEO: 21,
  SO_ACCEPTCONN: 30,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SO_PROTOCOL: 38,
  SO_DOMAIN: 39,
} as const;
const typeNumbers = { stream: 1, datagram: 2, packets: 5 } as const;
const protocolNumbers = { stream: 6, datagram: 17, packets: 0 } as const;
const [smallestBuffer, largestBuffer] = [2304, 212_992];

/** What numbers are before a program sets them, by level and option. */
const numbers: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  // REUSEADDR DONTROUTE BROADCAST SNDBUF RCVBUF KEEPALIVE OOBINLINE PRIORITY REUSEPORT PASSCRED RCVLOWAT SNDLOWAT TIMESTAMP
  [SOL_SOCKET]: {
    2: 0,
    5: 0,
    6: 0,
    7: largestBuffer,
    8: largestBuffer,
    9: 0,
    10: 0,
    12: 0,
    15: 0,
    16: 0,
    18: 1,
    19: 1,
    29: 0,
  },
  // TOS TTL RECVERR RECVTOS PKTINFO MULTICAST_TTL MULTICAST_LOOP
  [SOL_IP]: { 1: 0, 2: 64, 8: 0, 11: 0, 13: 0, 33: 1, 34: 1 },
  // NODELAY MAXSEG CORK KEEPIDLE KEEPINTVL KEEPCNT SYNCNT LINGER2 DEFER_ACCEPT QUICKACK USER_TIMEOUT FASTOPEN
  [SOL_TCP]: { 1: 0, 2: 65_483, 3: 0, 4: 7200, 5: 75, 6: 9, 7: 6, 8: 60, 9: 0, 12: 1, 18: 0, 23: 0 },
};
/** Those that are on or off. */
const switches = new Set(["1:2", "1:5", "1:6", "1:9", "1:10", "1:15", "1:16", "1:29", "6:1", "6:3"]);

function numberBytes(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** The number before a program has set it; undefined: there is no such option. */
function defaultOf(socket: Socket, level: number, name: number): number | undefined {
  if (level !== SOL_SOCKET && socket.domain === "unix") return undefined;
  if (level === SOL_TCP && socket.type !== "stream") return undefined;
  return numbers[level]?.[name];
}

/** Sockets of the UNIX domain have no levels but that of all sockets. */
function unknown({ domain }: Socket, level: number): "ENOPROTOOPT" | "EOPNOTSUPP" {
  return level === SOL_SOCKET || domain === "internet" ? "ENOPROTOOPT" : "EOPNOTSUPP";
}

/** setsockopt(2) */
export function setsockopt(
  context: SystemCallContext,
  [descriptor, levelNumber, nameNumber, place, size]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const [level, name, length] = [asInt(levelNumber), asInt(nameNumber), asInt(size)];
  const isTime = level === SOL_SOCKET && (name === option.SO_RCVTIMEO || name === option.SO_SNDTIMEO);
  const needed = isTime ? 16 : level === SOL_SOCKET && name === option.SO_LINGER ? 8 : 4;
  if (length < 0 || (length < needed && level !== SOL_IP)) return systemCallError("EINVAL");
  const bytes = context.memory.read(place, Math.min(length, needed));
  if (bytes === undefined) return systemCallError("EFAULT");
  const key = `${level}:${name}`;
  if (isTime) return setTimeout(context, socket, name, place);
  if (needed === 8) {
    socket.options.set(key, bytes);
    return 0n;
  }
  if (defaultOf(socket, level, name) === undefined) return systemCallError(unknown(socket, level));
  let value = bytes.length < 4 ? (bytes[0] ?? 0) : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  if (switches.has(key)) value = value === 0 ? 0 : 1;
  // The system doubles what is asked for, for itself (socket(7)).
  if (level === SOL_SOCKET && (name === option.SO_SNDBUF || name === option.SO_RCVBUF)) {
    value = Math.max(smallestBuffer, Math.min(value, largestBuffer) * 2);
  }
  socket.options.set(key, numberBytes(value));
  return 0n;
}

function setTimeout(context: SystemCallContext, socket: Socket, name: number, place: bigint): SystemCallResult {
  const [seconds = 0n, microseconds = 0n] = context.memory.readWords(place, 2) ?? [];
  const duration = durationOf(seconds, microseconds, 1000n);
  if (duration === "EINVAL") return systemCallError("EINVAL");
  const timeout = duration === 0n ? undefined : duration;
  if (name === option.SO_RCVTIMEO) socket.readTimeout = timeout;
  else socket.writeTimeout = timeout;
  return 0n;
}

/** getsockopt(2) */
export function getsockopt(
  context: SystemCallContext,
  [descriptor, levelNumber, nameNumber, place, sizePlace]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const sizeBytes = context.memory.read(sizePlace, 4);
  if (sizeBytes === undefined) return systemCallError("EFAULT");
  const view = new DataView(sizeBytes.buffer, sizeBytes.byteOffset);
  if (view.getInt32(0, true) < 0) return systemCallError("EINVAL");
  const bytes = optionValue(socket, asInt(levelNumber), asInt(nameNumber));
  if (bytes === undefined) return systemCallError(unknown(socket, asInt(levelNumber)));
  const length = Math.min(bytes.length, view.getInt32(0, true));
  view.setInt32(0, length, true);
  const isWritten =
    context.memory.write(place, bytes.subarray(0, length)) && context.memory.write(sizePlace, sizeBytes);
  return isWritten ? 0n : systemCallError("EFAULT");
}

function optionValue(socket: Socket, level: number, name: number): Uint8Array | undefined {
  const { domain, type } = socket;
  if (level === SOL_SOCKET) {
    switch (name) {
      case option.SO_TYPE:
        return numberBytes(typeNumbers[type]);
      case option.SO_DOMAIN:
        return numberBytes(domainNumbers[domain]);
      case option.SO_PROTOCOL:
        return numberBytes(domain === "unix" ? 0 : protocolNumbers[type]);
      case option.SO_ACCEPTCONN:
        return numberBytes(socket.isListening ? 1 : 0);
      case option.SO_ERROR: {
        const error = socket.takeError();
        return numberBytes(error === undefined ? 0 : errorNumbers[error]);
      }
      case option.SO_LINGER:
        return socket.options.get(`${level}:${name}`) ?? numberBytes(0, 0);
      case option.SO_PEERCRED: {
        const peer = socket instanceof ConnectedSocket ? socket.peerMaker : undefined;
        return peer === undefined ? numberBytes(0, -1, -1) : numberBytes(peer, 1000, 1000);
      }
      case option.SO_RCVTIMEO:
      case option.SO_SNDTIMEO: {
        const timeout = name === option.SO_RCVTIMEO ? socket.readTimeout : socket.writeTimeout;
        const [seconds = 0n, nanoseconds = 0n] = timespec(timeout ?? 0n);
        return new Uint8Array(BigUint64Array.of(seconds, nanoseconds / 1000n).buffer);
      }
    }
  }
  const usual = defaultOf(socket, level, name);
  return usual === undefined ? undefined : (socket.options.get(`${level}:${name}`) ?? numberBytes(usual));
}
