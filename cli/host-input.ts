/**
 * Standard input of the command as that of the program it runs: read when the program asks, and no further than must be.
 */
import { constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Socket } from "node:net";
import type { HostInput, HostTerminal } from "../runtime/debuggee.js";
import { errorNameOf, isTerminal, isTryAgain, type StreamError, terminal } from "./host-stream.js";

/** In bytes: what is read ahead when it cannot be read exactly. */
const readAhead = 65536;

export function standardInput(): HostInput {
  const status = fstatSync(0);
  if (isTerminal(0, status)) return new StreamedInput("terminal", openTerminal);
  if (status.isFile()) return new ImmediateInput("file", new InputFile());
  if (status.isCharacterDevice() || status.isBlockDevice()) return new ImmediateInput("device");
  const descriptor = status.isFIFO() ? reopened() : undefined;
  if (descriptor !== undefined) return new PipeInput(descriptor);
  return new StreamedInput(status.isSocket() ? "socket" : "pipe", async () => process.stdin);
}

/** Reads without ever waiting; undefined: nothing is there yet. */
function readNow(
  descriptor: number,
  count: number,
  position: number | null = null,
): Uint8Array | StreamError | undefined {
  const bytes = new Uint8Array(Math.min(count, readAhead));
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, position));
  } catch (error) {
    return isTryAgain(error) ? undefined : errorNameOf(error);
  }
}

/**
 * The pipe at standard input, opened once more: reading does not wait, and those who share the first opening do not
 * notice. Undefined: this system cannot do that.
 */
function reopened(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

async function openTerminal(): Promise<Socket> {
  const { ReadStream } = await import("node:tty");
  return new ReadStream(0);
}

class InputFile implements NonNullable<HostInput["file"]> {
  /** Who began to read the file before us has left it there. */
  readonly start: number;

  constructor() {
    this.start = 0;
    try {
      this.start = Number(/^pos:\s*(\d+)/m.exec(readFileSync("/proc/self/fdinfo/0", "utf8"))?.[1] ?? 0);
    } catch {
      // Other systems than Linux do not tell.
    }
  }

  get size(): number {
    return fstatSync(0).size;
  }

  readAt(count: number, position: number): Uint8Array | StreamError {
    return readNow(0, count, position) ?? "EIO";
  }
}

/** A file, or a device such as /dev/null: reading never waits. */
class ImmediateInput implements HostInput {
  readonly available = 0;

  constructor(
    readonly kind: "file" | "device",
    readonly file?: InputFile,
  ) {}

  read(count: number): Uint8Array | StreamError {
    return readNow(0, count) ?? "EIO";
  }

  look(): "bytes" {
    return "bytes";
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}

/** What Node reads as a stream: a terminal, a socket. It is told to pause while the program does not read. */
class StreamedInput implements HostInput {
  readonly terminal: HostTerminal | undefined;
  /** As they came: of a terminal, a line each. */
  private chunks: Uint8Array[] = [];
  private isAtEnd = false;
  private error: StreamError | undefined;
  private stream: Promise<Socket> | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    readonly kind: "pipe" | "socket" | "terminal",
    private readonly open: () => Promise<Pick<Socket, "on" | "pause" | "resume">>,
  ) {
    if (kind === "terminal") this.terminal = terminal;
  }

  get available(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  read(count: number): Uint8Array | StreamError | undefined {
    const [chunk] = this.chunks;
    if (chunk !== undefined) {
      if (count < chunk.length) this.chunks[0] = chunk.subarray(count);
      else this.chunks.shift();
      return chunk.subarray(0, count);
    }
    if (this.error !== undefined) return this.error;
    if (this.isAtEnd) {
      // A terminal can be read again behind its end (Ctrl-D).
      if (this.kind === "terminal") this.isAtEnd = false;
      return new Uint8Array();
    }
    this.flow();
    return undefined;
  }

  look(): "bytes" | "end" | "nothing" {
    if (this.chunks.length > 0) return "bytes";
    if (this.isAtEnd || this.error !== undefined) return "end";
    this.flow();
    return "nothing";
  }

  ready(): Promise<void> {
    if (this.chunks.length > 0 || this.isAtEnd || this.error !== undefined) return Promise.resolve();
    this.flow();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private flow(): void {
    this.stream ??= this.begin();
    this.stream.then((stream) => stream.resume());
  }

  private async begin(): Promise<Socket> {
    // Streams of all kinds have what is used here.
    const stream = (await this.open()) as Socket;
    const news = (): void => {
      for (const resolve of this.waiting.splice(0)) resolve();
    };
    stream.on("data", (chunk: Uint8Array) => {
      this.chunks.push(chunk);
      if (this.available >= readAhead || this.kind === "terminal") stream.pause();
      news();
    });
    stream.on("end", () => {
      this.isAtEnd = true;
      this.stream = this.kind === "terminal" ? undefined : this.stream;
      news();
    });
    stream.on("error", (error) => {
      this.error = errorNameOf(error);
      news();
    });
    return stream;
  }
}

/**
 * A pipe. As long as the program finds what it asks for, no byte more than that is read; when it must wait, Node waits
 * on the pipe and reads what comes.
 */
class PipeInput implements HostInput {
  readonly kind = "pipe";
  private waiter: StreamedInput | undefined;
  /** What a look has found. */
  private found: Uint8Array | undefined;

  constructor(private readonly descriptor: number) {}

  get available(): number {
    return (this.found?.length ?? 0) + (this.waiter?.available ?? 0);
  }

  read(count: number): Uint8Array | StreamError | undefined {
    if (this.found !== undefined) {
      const taken = this.found.subarray(0, count);
      this.found = count < this.found.length ? this.found.subarray(count) : undefined;
      return taken;
    }
    return this.waiter === undefined ? readNow(this.descriptor, count) : this.waiter.read(count);
  }

  look(): "bytes" | "end" | "nothing" {
    if (this.found === undefined) {
      if (this.waiter !== undefined) return this.waiter.look();
      const found = readNow(this.descriptor, readAhead);
      if (found === undefined) return "nothing";
      if (typeof found === "string" || found.length === 0) return "end";
      this.found = found;
    }
    return "bytes";
  }

  ready(): Promise<void> {
    if (this.found !== undefined) return Promise.resolve();
    this.waiter ??= new StreamedInput("pipe", async () => {
      const { Socket } = await import("node:net");
      return new Socket({ fd: this.descriptor, readable: true, writable: false });
    });
    return this.waiter.ready();
  }
}
