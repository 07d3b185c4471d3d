/** Open files that are not in the tree: pipes, event counters and timers. */
import type { ErrorName } from "../errors.js";
import { AnonymousNode, fileTypes, type NodeClock } from "./nodes.js";
import { OpenFile, openFlags, type Readiness } from "./open-file.js";

/** In bytes (pipe(7)). Writes of at most `atomicWrite` bytes are not divided. */
const pipeCapacity = 65536;
const atomicWrite = 4096;

/** What lies between the two ends of a pipe. */
export class Pipe {
  private chunks: Uint8Array[] = [];
  private length = 0;
  readers = 0;
  writers = 0;
  ends: OpenFile[] = [];

  get isEmpty(): boolean {
    return this.length === 0;
  }

  get room(): number {
    return pipeCapacity - this.length;
  }

  get available(): number {
    return this.length;
  }

  take(count: number): Uint8Array {
    const taken = new Uint8Array(Math.min(count, this.length));
    let at = 0;
    while (at < taken.length) {
      const chunk = this.chunks[0] ?? new Uint8Array();
      const part = chunk.subarray(0, taken.length - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    this.length -= taken.length;
    this.notify();
    return taken;
  }

  put(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
    this.length += bytes.length;
    this.notify();
  }

  notify(): void {
    for (const end of this.ends) end.activity++;
  }
}

/** Reads what the pipe holds; the end of the file when no writer is left. */
function readPipe(pipe: Pipe, count: number): Uint8Array | ErrorName {
  if (count === 0) return new Uint8Array();
  if (pipe.isEmpty) return pipe.writers === 0 ? new Uint8Array() : "EAGAIN";
  return pipe.take(count);
}

function writePipe(pipe: Pipe, bytes: Uint8Array): number | ErrorName {
  if (pipe.readers === 0) return "EPIPE";
  if (bytes.length === 0) return 0;
  const count = Math.min(bytes.length, pipe.room);
  if (count === 0 || (count < bytes.length && bytes.length <= atomicWrite)) return "EAGAIN";
  pipe.put(bytes.subarray(0, count));
  return count;
}

export class PipeReader extends OpenFile {
  readonly description = "a pipe";

  constructor(
    readonly pipe: Pipe,
    flags: number,
    node: AnonymousNode,
  ) {
    super(node, flags);
    pipe.readers++;
    pipe.ends.push(this);
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    return at === undefined ? readPipe(this.pipe, count) : "ESPIPE";
  }

  write(): ErrorName {
    return "EBADF";
  }

  override readiness(): Readiness {
    return { readable: !this.pipe.isEmpty, writable: false, hangUp: this.pipe.writers === 0 };
  }

  override get available(): number {
    return this.pipe.available;
  }

  override close(): void {
    this.pipe.readers--;
    this.pipe.notify();
  }
}

export class PipeWriter extends OpenFile {
  readonly description = "a pipe";

  constructor(
    readonly pipe: Pipe,
    flags: number,
    node: AnonymousNode,
  ) {
    super(node, flags | openFlags.O_WRONLY);
    pipe.writers++;
    pipe.ends.push(this);
  }

  read(): ErrorName {
    return "EBADF";
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    return at === undefined ? writePipe(this.pipe, bytes) : "ESPIPE";
  }

  override readiness(): Readiness {
    const error = this.pipe.readers === 0;
    return { readable: false, writable: this.pipe.room >= atomicWrite || error, error };
  }

  override close(): void {
    this.pipe.writers--;
    this.pipe.notify();
  }
}

/** One of a pair of connected sockets: a pipe in each direction. */
export class SocketEnd extends OpenFile {
  readonly description = "a socket";

  constructor(
    private readonly incoming: Pipe,
    private readonly outgoing: Pipe,
    flags: number,
    clock: NodeClock,
  ) {
    super(new AnonymousNode(fileTypes.socket, 0o777, clock), flags | openFlags.O_RDWR);
    incoming.readers++;
    outgoing.writers++;
    incoming.ends.push(this);
    outgoing.ends.push(this);
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    return at === undefined ? readPipe(this.incoming, count) : "ESPIPE";
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    return at === undefined ? writePipe(this.outgoing, bytes) : "ESPIPE";
  }

  override readiness(): Readiness {
    const isClosed = this.incoming.writers === 0;
    return {
      readable: !this.incoming.isEmpty || isClosed,
      writable: this.outgoing.room >= atomicWrite || isClosed,
      hangUp: isClosed,
    };
  }

  override get available(): number {
    return this.incoming.available;
  }

  override close(): void {
    this.incoming.readers--;
    this.outgoing.writers--;
    this.incoming.notify();
    this.outgoing.notify();
  }
}

const largestCounter = (1n << 64n) - 1n;

/** eventfd(2): a counter to add to and to take from. */
export class EventCounter extends OpenFile {
  readonly description = "an eventfd";

  constructor(
    private count: bigint,
    private readonly isSemaphore: boolean,
    flags: number,
    clock: NodeClock,
  ) {
    super(new AnonymousNode(0, 0o600, clock), flags | openFlags.O_RDWR);
  }

  read(count: number): Uint8Array | ErrorName {
    if (count < 8) return "EINVAL";
    if (this.count === 0n) return "EAGAIN";
    const taken = this.isSemaphore ? 1n : this.count;
    this.count -= taken;
    this.activity++;
    return counterBytes(taken);
  }

  write(bytes: Uint8Array): number | ErrorName {
    if (bytes.length < 8) return "EINVAL";
    const added = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (added === largestCounter) return "EINVAL";
    if (this.count + added >= largestCounter) return "EAGAIN";
    this.count += added;
    this.activity++;
    return 8;
  }

  override readiness(): Readiness {
    return { readable: this.count > 0n, writable: this.count < largestCounter - 1n };
  }
}

/** timerfd_create(2): tells how often its timer has gone off. */
export class TimerFile extends OpenFile {
  readonly description = "a timerfd";
  private expirations = 0n;

  constructor(flags: number, clock: NodeClock) {
    super(new AnonymousNode(0, 0o600, clock), flags | openFlags.O_RDWR);
  }

  expire(count: bigint): void {
    this.expirations += count;
    this.activity++;
  }

  reset(): void {
    this.expirations = 0n;
  }

  read(count: number): Uint8Array | ErrorName {
    if (count < 8) return "EINVAL";
    if (this.expirations === 0n) return "EAGAIN";
    const bytes = counterBytes(this.expirations);
    this.expirations = 0n;
    return bytes;
  }

  write(): ErrorName {
    return "EINVAL";
  }

  override readiness(): Readiness {
    return { readable: this.expirations > 0n, writable: false };
  }
}

function counterBytes(count: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, count, true);
  return bytes;
}
