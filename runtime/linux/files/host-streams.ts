/** The standard streams as the host hands them in. Nothing here waits: who must wait asks `ready`. */
import type { ErrorName } from "../errors.js";

/** A terminal of the host. The streams that are one share it. */
export interface HostTerminal {
  /** Of its window. */
  size(): { readonly rows: number; readonly columns: number };
  /** What the program has set last: a `struct termios` of the Linux kernel. */
  settings?: Uint8Array;
}

/** What is at the host's end of a stream. */
export interface HostStream {
  readonly kind: "file" | "pipe" | "socket" | "terminal" | "device";
  readonly terminal?: HostTerminal;
  /** Resolves when there is something to read, or room to write; at once when that is so already. */
  ready(): Promise<void>;
}

export interface HostInput extends HostStream {
  /** Takes at most `count` bytes; none at the end; undefined: there are none yet. */
  read(count: number): Uint8Array | ErrorName | undefined;
  /** What `read` would find. It stays there. */
  look(): "bytes" | "end" | "nothing";
  /** Bytes that are known to be there. */
  readonly available: number;
  /** Of a file: what makes it seekable. */
  readonly file?: HostInputFile;
}

export interface HostInputFile {
  /** Where the first `read` begins. */
  readonly start: number;
  readonly size: number;
  /** At most `count` bytes at `position`; `read` goes on where it was. */
  readAt(count: number, position: number): Uint8Array | ErrorName;
}

export interface HostOutput extends HostStream {
  /** Takes all the bytes, or says why it takes none ("EPIPE": nobody reads them any more). The bytes are its own now. */
  write(bytes: Uint8Array): ErrorName | undefined;
  /** It holds bytes that the host has not taken yet: programs that write to it should pause until it is ready. */
  readonly isFull: boolean;
}

/** The input itself, or one that has all its bytes; none: it is at its end. */
export function inputOf(given: Uint8Array | HostInput = new Uint8Array()): HostInput {
  return given instanceof Uint8Array ? bytesInput(given) : given;
}

function bytesInput(bytes: Uint8Array): HostInput {
  let position = 0;
  return {
    kind: "pipe",
    read(count) {
      const taken = bytes.slice(position, position + count);
      position += taken.length;
      return taken;
    },
    look: () => (position < bytes.length ? "bytes" : "end"),
    get available() {
      return bytes.length - position;
    },
    ready: () => Promise.resolve(),
  };
}

/** An input that is a file with those bytes. */
export function fileInput(bytes: Uint8Array): HostInput {
  const readAt = (count: number, position: number): Uint8Array => bytes.slice(position, position + count);
  return { ...bytesInput(bytes), kind: "file", file: { start: 0, size: bytes.length, readAt } };
}

/** An output that somebody listens to, who takes everything at once. */
export function observedOutput(observe: (bytes: Uint8Array) => void): HostOutput {
  return {
    kind: "pipe",
    write(bytes) {
      observe(bytes);
      return undefined;
    },
    isFull: false,
    ready: () => Promise.resolve(),
  };
}
