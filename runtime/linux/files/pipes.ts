/** Pipes: what lies between their ends, and the ends as open files. */
import type { ErrorName } from "../errors.js";
import { fileTypes, Node, type NodeClock } from "./nodes.js";
import { OpenFile, openFlags, type Readiness } from "./open-file.js";

/** In bytes (pipe(7)). Writes of at most `atomicWrite` bytes are not divided. */
const pipeCapacity = 65536;
const atomicWrite = 4096;

/** What lies between the two ends of a pipe. */
export class Pipe {
  private chunks: Uint8Array[] = [];
  private length = 0;
  /** The open ends. */
  readonly readers = new Set<OpenFile>();
  readonly writers = new Set<OpenFile>();
  /** How many there have been. */
  openedReaders = 0;
  openedWriters = 0;

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
    const wasFull = this.room < atomicWrite;
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
    if (wasFull) for (const writer of this.writers) writer.writeActivity++;
    return taken;
  }

  /** The first bytes. They stay. */
  look(count: number): Uint8Array {
    const found = new Uint8Array(Math.min(count, this.length));
    let at = 0;
    for (const chunk of this.chunks) {
      const part = chunk.subarray(0, found.length - at);
      found.set(part, at);
      at += part.length;
    }
    return found;
  }

  put(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
    this.length += bytes.length;
    for (const reader of this.readers) reader.readActivity++;
  }

  /** An end is closed: those on the other side notice. */
  remove(end: OpenFile): void {
    this.readers.delete(end);
    this.writers.delete(end);
    // With the last end goes what nobody has read, also from a pipe with a name.
    if (this.readers.size === 0 && this.writers.size === 0) this.take(this.length);
    for (const other of [...this.readers, ...this.writers]) {
      other.readActivity++;
      other.writeActivity++;
    }
  }
}

/** Reads what the pipe holds; the end of the file when no writer is left. */
function readPipe(pipe: Pipe, count: number): Uint8Array | ErrorName {
  if (count === 0) return new Uint8Array();
  if (pipe.isEmpty) return pipe.writers.size === 0 ? new Uint8Array() : "EAGAIN";
  return pipe.take(count);
}

function writePipe(pipe: Pipe, bytes: Uint8Array): number | ErrorName {
  if (pipe.readers.size === 0) return "EPIPE";
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
    node: Node,
  ) {
    super(node, flags);
    pipe.readers.add(this);
    pipe.openedReaders++;
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    return at === undefined ? readPipe(this.pipe, count) : "ESPIPE";
  }

  write(): ErrorName {
    return "EBADF";
  }

  override readiness(): Readiness {
    return { readable: !this.pipe.isEmpty, writable: false, hangUp: this.pipe.writers.size === 0 };
  }

  override get available(): number {
    return this.pipe.available;
  }

  override close(): void {
    this.pipe.remove(this);
  }
}

export class PipeWriter extends OpenFile {
  readonly description = "a pipe";

  constructor(
    readonly pipe: Pipe,
    flags: number,
    node: Node,
  ) {
    super(node, flags | openFlags.O_WRONLY);
    pipe.writers.add(this);
    pipe.openedWriters++;
  }

  read(): ErrorName {
    return "EBADF";
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    return at === undefined ? writePipe(this.pipe, bytes) : "ESPIPE";
  }

  /** Without readers, a write fails, which is no waiting. */
  override get room(): number {
    return this.pipe.readers.size === 0 ? atomicWrite : this.pipe.room;
  }

  override readiness(): Readiness {
    const error = this.pipe.readers.size === 0;
    return { readable: false, writable: this.pipe.room >= atomicWrite || error, error };
  }

  override close(): void {
    this.pipe.remove(this);
  }
}

/** A pipe with a name (fifo(7)). */
export class Fifo extends Node {
  readonly type = fileTypes.fifo;
  readonly pipe = new Pipe();

  constructor(permissions: number, clock: NodeClock) {
    super(permissions, clock);
  }
}

/** Both ends of a pipe with a name, opened at once. */
export class PipeBothEnds extends OpenFile {
  readonly description = "a pipe";
  private readonly reader: PipeReader;
  private readonly writer: PipeWriter;

  constructor(
    override readonly node: Fifo,
    flags: number,
  ) {
    super(node, flags);
    this.reader = new PipeReader(node.pipe, flags, node);
    this.writer = new PipeWriter(node.pipe, flags, node);
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    return this.reader.read(count, at);
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    return this.writer.write(bytes, at);
  }

  override get available(): number {
    return this.reader.available;
  }

  override readiness(): Readiness {
    return { readable: this.reader.readiness().readable, writable: this.writer.readiness().writable };
  }

  override close(): void {
    this.reader.close();
    this.writer.close();
  }
}
