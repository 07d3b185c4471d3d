/** Sending and receiving through sockets, with addresses and open files: send(2), recv(2). */
import { type ErrorName, systemCallError } from "../errors.js";
import type { OpenFile } from "../files/open-file.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { signalCodes } from "../signals/signal-state.js";
import { DatagramSocket } from "../sockets/datagram-socket.js";
import { type Received, release } from "../sockets/flow.js";
import type { Socket } from "../sockets/socket.js";
import { gather, type Piece, piecesAt, transferLength } from "./read-write.js";
import { readAddress, resolve, socketAt, writeAddress } from "./socket-addresses.js";
import { waitOrFail } from "./sockets.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** linux/socket.h */
const flagBits = {
  MSG_OOB: 1,
  MSG_PEEK: 2,
  MSG_CTRUNC: 8,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_EOR: 0x80,
  MSG_WAITALL: 0x100,
  MSG_NOSIGNAL: 0x4000,
  MSG_WAITFORONE: 0x10000,
  MSG_CMSG_CLOEXEC: 0x40000000,
} as const;
const [SOL_SOCKET, SCM_RIGHTS] = [1, 1];
/** In bytes: `struct msghdr`, `struct mmsghdr`, `struct cmsghdr`. */
const [headerSize, entrySize, controlHeaderSize] = [56, 64, 16];
const mostEntries = 1024;
const mostFiles = 253;
const longestMessage = 16 * 1024 * 1024;

/** `struct msghdr`, where a program keeps it. */
interface Header {
  readonly name: bigint;
  readonly nameSize: number;
  readonly pieces: readonly Piece[];
  readonly control: bigint;
  readonly controlSize: bigint;
}

function readHeader(context: SystemCallContext, place: bigint): Header | ErrorName {
  const words = context.memory.readWords(place, headerSize / 8);
  if (words === undefined) return "EFAULT";
  const [name = 0n, nameSize = 0n, vector = 0n, count = 0n, control = 0n, controlSize = 0n] = words;
  if (count > 1024n) return "EMSGSIZE";
  const pieces = piecesAt(context, vector, count);
  if (typeof pieces === "string") return pieces;
  return { name, nameSize: asInt(nameSize), pieces, control, controlSize };
}

/** Sends the bytes; those of a stream that wait for room are sent bit by bit. */
function send(
  context: SystemCallContext,
  socket: Socket,
  bytes: Uint8Array,
  flags: number,
  to?: { readonly target: Socket | undefined; readonly files?: readonly OpenFile[] },
): SystemCallResult {
  const { call } = context;
  if ((flags & flagBits.MSG_OOB) !== 0) return systemCallError("EOPNOTSUPP");
  const isNonBlocking = socket.isNonBlocking || (flags & flagBits.MSG_DONTWAIT) !== 0;
  for (;;) {
    const files = call.transferred === 0 ? (to?.files ?? []) : [];
    const sent = socket.send({ bytes: bytes.slice(call.transferred), files }, to?.target);
    if (typeof sent === "number") {
      call.transferred += sent;
      if (call.transferred >= bytes.length) return BigInt(call.transferred);
      continue;
    }
    if (sent === "EAGAIN" && !isNonBlocking) {
      return waitOrFail(context, socket, "room to send through a socket", socket.writeTimeout, false);
    }
    if (call.transferred > 0) return BigInt(call.transferred);
    if (sent === "EPIPE" && socket.type === "stream" && (flags & flagBits.MSG_NOSIGNAL) === 0) {
      context.signals.raise({ signal: signalNumbers.SIGPIPE, code: signalCodes.SI_USER, details: [] });
    }
    return systemCallError(sent);
  }
}

/** Whom a datagram is for; undefined: whom the socket is connected to. */
function targetAt(
  context: SystemCallContext,
  socket: Socket,
  place: bigint,
  size: number,
): { readonly target: Socket | undefined } | undefined | ErrorName {
  if (place === 0n || size === 0) return undefined;
  if (!(socket instanceof DatagramSocket))
    return socket.domain === "unix" && socket.peer !== undefined ? "EISCONN" : undefined;
  const address = readAddress(context, socket, place, BigInt(size));
  if (address === "unspecified") return "EAFNOSUPPORT";
  if (typeof address === "string") return address;
  const target = resolve(context, socket, address);
  if (typeof target === "string") return target;
  if (target === undefined && socket.domain === "unix") return "ECONNREFUSED";
  const error = socket.bindIfNeeded(address);
  return error ?? { target };
}

/** sendto(2), send(2) */
export function sendto(
  context: SystemCallContext,
  [descriptor, address, size, flags, to, toSize]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const target = targetAt(context, socket, to, asInt(toSize));
  if (typeof target === "string") return systemCallError(target);
  const bytes = context.memory.read(address, transferLength(size));
  if (bytes === undefined) return systemCallError("EFAULT");
  if (target !== undefined && target.target === undefined) return BigInt(bytes.length); // To nobody.
  return send(context, socket, bytes, asInt(flags), target);
}

/** sendmsg(2) */
export function sendmsg(context: SystemCallContext, [descriptor, place, flags]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  return typeof socket === "string" ? systemCallError(socket) : sendHeader(context, socket, place, asInt(flags));
}

function sendHeader(context: SystemCallContext, socket: Socket, place: bigint, flags: number): SystemCallResult {
  const header = readHeader(context, place);
  if (typeof header === "string") return systemCallError(header);
  const target = targetAt(context, socket, header.name, header.nameSize);
  if (typeof target === "string") return systemCallError(target);
  const bytes = gather(context, header.pieces);
  if (bytes === undefined) return systemCallError("EFAULT");
  const files = socket.domain === "unix" ? filesOf(context, header) : [];
  if (typeof files === "string") return systemCallError(files);
  if (target !== undefined && target.target === undefined) return BigInt(bytes.length);
  return send(context, socket, bytes, flags, { target: target?.target, files });
}

/** The open files that a message takes along (SCM_RIGHTS). */
function filesOf(context: SystemCallContext, { control, controlSize }: Header): OpenFile[] | ErrorName {
  const files: OpenFile[] = [];
  const bytes = context.memory.read(control, Number(controlSize));
  if (bytes === undefined) return "EFAULT";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + controlHeaderSize <= bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (length < controlHeaderSize || at + length > bytes.length) return "EINVAL";
    if (view.getInt32(at + 8, true) === SOL_SOCKET && view.getInt32(at + 12, true) === SCM_RIGHTS) {
      for (let place = at + controlHeaderSize; place + 4 <= at + length; place += 4) {
        const file = context.descriptors.file(view.getInt32(place, true));
        if (file === undefined) return "EBADF";
        files.push(file);
      }
    }
    at += (length + 7) & ~7;
  }
  return files.length > mostFiles ? "EINVAL" : files;
}

/** What has come, or what to answer instead. */
function receive(context: SystemCallContext, socket: Socket, size: number, flags: number): Received | SystemCallResult {
  if ((flags & flagBits.MSG_OOB) !== 0) return systemCallError("EINVAL");
  const isNonBlocking = socket.isNonBlocking || (flags & flagBits.MSG_DONTWAIT) !== 0;
  const wait = (): SystemCallResult =>
    waitOrFail(context, socket, "something to come through a socket", socket.readTimeout, isNonBlocking);
  const wantsAll = (flags & flagBits.MSG_WAITALL) !== 0 && socket.type === "stream" && !isNonBlocking;
  if (wantsAll && socket.mayBecomeMore(size)) {
    const result = wait();
    if (typeof result !== "bigint") return result;
  }
  const received = socket.receive(size, (flags & flagBits.MSG_PEEK) !== 0);
  if (received === "EAGAIN") return wait();
  return typeof received === "string" ? systemCallError(received) : received;
}

function isReceived(value: Received | SystemCallResult): value is Received {
  return typeof value === "object" && "bytes" in value;
}

/** How much came; of a message, with MSG_TRUNC, how long it was. */
function lengthOf({ bytes, size }: Received, flags: number): bigint {
  return BigInt((flags & flagBits.MSG_TRUNC) !== 0 ? size : bytes.length);
}

/** recvfrom(2), recv(2) */
export function recvfrom(
  context: SystemCallContext,
  [descriptor, address, size, flags, from, fromSize]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const length = transferLength(size);
  if (context.memory.accessible(address, length, "write") !== length) return systemCallError("EFAULT");
  const received = receive(context, socket, length, asInt(flags));
  if (!isReceived(received)) return received;
  if ((asInt(flags) & flagBits.MSG_PEEK) === 0) for (const file of received.files) release(file);
  context.memory.write(address, received.bytes);
  if (from !== 0n) {
    const sender = socket instanceof DatagramSocket ? received.from : undefined;
    const error = writeAddress(context, sender, from, fromSize);
    if (error !== undefined) return systemCallError(error);
  }
  return lengthOf(received, asInt(flags));
}

/** recvmsg(2) */
export function recvmsg(context: SystemCallContext, [descriptor, place, flags]: SystemCallArguments): SystemCallResult {
  const socket = socketAt(context, descriptor);
  return typeof socket === "string" ? systemCallError(socket) : receiveHeader(context, socket, place, asInt(flags));
}

function receiveHeader(context: SystemCallContext, socket: Socket, place: bigint, flags: number): SystemCallResult {
  const header = readHeader(context, place);
  if (typeof header === "string") return systemCallError(header);
  const size = header.pieces.reduce((sum, piece) => sum + transferLength(piece.size), 0);
  const received = receive(context, socket, Math.min(size, longestMessage), flags);
  if (!isReceived(received)) return received;
  const { memory } = context;
  let at = 0;
  for (const piece of header.pieces) {
    const part = received.bytes.subarray(at, at + transferLength(piece.size));
    if (!memory.write(piece.address, part)) return systemCallError("EFAULT");
    at += part.length;
  }
  if (header.name !== 0n) {
    const sender = socket instanceof DatagramSocket ? received.from : undefined;
    const error = writeAddress(context, sender, header.name, place + 8n);
    if (error !== undefined) return systemCallError(error);
  }
  const isPeek = (flags & flagBits.MSG_PEEK) !== 0;
  const taken = isPeek ? { size: 0n, isCut: false } : takeFiles(context, header, received.files, flags);
  let told = socket.type === "packets" ? flagBits.MSG_EOR : 0;
  if (received.size > received.bytes.length) told |= flagBits.MSG_TRUNC;
  if (taken.isCut) told |= flagBits.MSG_CTRUNC;
  told |= flags & flagBits.MSG_CMSG_CLOEXEC;
  return memory.writeWords(place + 40n, [taken.size, BigInt(told)])
    ? lengthOf(received, flags)
    : systemCallError("EFAULT");
}

/** Gives descriptors to the files that have come, as many as the program has room to be told of. */
function takeFiles(
  context: SystemCallContext,
  { control, controlSize }: Header,
  files: readonly OpenFile[],
  flags: number,
): { readonly size: bigint; readonly isCut: boolean } {
  if (files.length === 0) return { size: 0n, isCut: false };
  const room = Math.max(0, Math.floor((Number(controlSize) - controlHeaderSize) / 4));
  const numbers: number[] = [];
  for (const file of files) {
    const closesOnExec = (flags & flagBits.MSG_CMSG_CLOEXEC) !== 0;
    const number = numbers.length < room ? context.descriptors.add(file, closesOnExec) : undefined;
    if (number !== undefined) numbers.push(number);
    release(file);
  }
  if (numbers.length === 0) return { size: 0n, isCut: true };
  const length = controlHeaderSize + numbers.length * 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, SOL_SOCKET, true);
  view.setInt32(12, SCM_RIGHTS, true);
  numbers.forEach((number, index) => {
    view.setInt32(controlHeaderSize + index * 4, number, true);
  });
  context.memory.write(control, bytes);
  const padded = Math.min((length + 7) & ~7, Number(controlSize));
  return { size: BigInt(padded), isCut: numbers.length < files.length };
}

/** Does `one` for each entry of a vector of headers, and counts those that it was done for. */
function forEach(
  context: SystemCallContext,
  vector: bigint,
  count: bigint,
  one: (place: bigint) => SystemCallResult,
  /** After one was done, the call does not wait for the next. */
  takesWhatIsThere: boolean,
): SystemCallResult {
  const { call } = context;
  // What is counted while the call waits are the entries, not the bytes of one.
  let done = call.entries;
  const limit = Math.min(Number(BigInt.asUintN(32, count)), mostEntries);
  while (done < limit) {
    const place = vector + BigInt(done * entrySize);
    const result = one(place);
    if (typeof result !== "bigint") {
      call.entries = done;
      return done > 0 && takesWhatIsThere ? BigInt(done) : result;
    }
    call.transferred = 0;
    if (result < 0n) return done > 0 ? BigInt(done) : result;
    const length = new Uint8Array(Uint32Array.of(Number(result)).buffer);
    if (!context.memory.write(place + BigInt(headerSize), length)) return systemCallError("EFAULT");
    done++;
  }
  return BigInt(done);
}

/** sendmmsg(2) */
export function sendmmsg(
  context: SystemCallContext,
  [descriptor, vector, count, flags]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  return forEach(context, vector, count, (place) => sendHeader(context, socket, place, asInt(flags)), true);
}

/** recvmmsg(2); its time is looked at only between messages, as on Linux */
export function recvmmsg(
  context: SystemCallContext,
  [descriptor, vector, count, flagWord]: SystemCallArguments,
): SystemCallResult {
  const socket = socketAt(context, descriptor);
  if (typeof socket === "string") return systemCallError(socket);
  const flags = asInt(flagWord);
  const takesWhatIsThere = (flags & flagBits.MSG_WAITFORONE) !== 0;
  return forEach(context, vector, count, (place) => receiveHeader(context, socket, place, flags), takesWhatIsThere);
}
