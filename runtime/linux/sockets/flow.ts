import type { OpenFile } from "../files/open-file.js";
import type { SocketAddress } from "./address.js";

/** What was sent at once. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly from?: SocketAddress | undefined;
  /** Open files that go with it (unix(7), SCM_RIGHTS). */
  readonly files: readonly OpenFile[];
}

export interface Received extends Message {
  /** In bytes: of a message that keeps its boundaries, all of it, although less was asked for. */
  readonly size: number;
}

/** In bytes: net.core.wmem_default. */
export const capacity = 212_992;
/** In bytes: what the system adds to each message in its memory, at least. */
const messageOverhead = 767;
/** A flow with less room than this is not said to be writable. */
const smallestRoom = 4096;

/** One direction of a connection, or what has come for a datagram socket. */
export class Flow {
  private messages: Message[] = [];
  /** In bytes. */
  length = 0;
  /** Nothing more comes. */
  isOver = false;
  /** Nobody takes anything any more. */
  isDeaf = false;
  reader: OpenFile | undefined;
  writer: OpenFile | undefined;

  /** Messages are taken one by one, or as the bytes that they consist of. */
  constructor(
    readonly keepsBoundaries: boolean,
    /** Whoever writes is told of room only when there was none (tcp(7)), or always (unix(7)). */
    private readonly tellsRoomAlways: boolean,
  ) {}

  get count(): number {
    return this.messages.length;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  get room(): number {
    return Math.max(0, capacity - this.length);
  }

  /** There are as many messages as it takes, whatever is in them. */
  get isFull(): boolean {
    return this.length + this.messages.length * messageOverhead >= capacity;
  }

  get hasRoom(): boolean {
    return this.room >= smallestRoom;
  }

  /** In bytes: what the next `take` can find. */
  get available(): number {
    return this.keepsBoundaries ? (this.messages[0]?.bytes.length ?? 0) : this.length;
  }

  put(message: Message): void {
    this.messages.push(message);
    this.length += message.bytes.length;
    for (const file of message.files) file.references++;
    if (this.reader !== undefined) this.reader.readActivity++;
  }

  /** Nothing more comes, whether the writer or the reader wants it so. */
  end(): void {
    this.isOver = true;
    for (const end of [this.reader, this.writer]) {
      if (end === undefined) continue;
      end.readActivity++;
      end.writeActivity++;
    }
  }

  /** The reader has gone. What it has not taken is lost; true: there was something. */
  abandon(): boolean {
    const hadSome = !this.isEmpty;
    this.isDeaf = true;
    for (const { files } of this.messages.splice(0)) for (const file of files) release(file);
    this.length = 0;
    if (this.writer !== undefined) {
      this.writer.readActivity++;
      this.writer.writeActivity++;
    }
    return hadSome;
  }

  /** Takes the next message, or at most `count` bytes; open files that come with them are the taker's now. */
  take(count: number): Received | undefined {
    const found = this.look(count);
    if (found === undefined) return undefined;
    const hadRoom = this.hasRoom;
    let left = this.keepsBoundaries ? found.size : found.bytes.length;
    this.length -= left;
    for (;;) {
      const [first] = this.messages;
      if (first === undefined) break;
      if (left < first.bytes.length) {
        if (left > 0) this.messages[0] = { ...first, bytes: first.bytes.subarray(left), files: [] };
        break;
      }
      left -= first.bytes.length;
      this.messages.shift();
      if (left === 0) break;
    }
    if ((this.tellsRoomAlways || !hadRoom) && this.writer !== undefined) this.writer.writeActivity++;
    return found;
  }

  /** What `take` would find. */
  look(count: number): Received | undefined {
    const [first] = this.messages;
    if (first === undefined) return undefined;
    const { from } = first;
    if (this.keepsBoundaries || first.files.length > 0) {
      return { ...first, bytes: first.bytes.slice(0, count), size: first.bytes.length };
    }
    // Bytes that come with files are not mixed with others.
    const withFiles = this.messages.findIndex(({ files }) => files.length > 0);
    const usable = withFiles < 0 ? this.messages : this.messages.slice(0, withFiles);
    const bytes = new Uint8Array(
      Math.min(
        count,
        usable.reduce((sum, { bytes: { length } }) => sum + length, 0),
      ),
    );
    let at = 0;
    for (const message of usable) {
      if (at === bytes.length) break;
      const part = message.bytes.subarray(0, bytes.length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return { bytes, from, files: [], size: bytes.length };
  }
}

/** An open file that was on its way arrives nowhere. */
export function release(file: OpenFile): void {
  if (--file.references === 0) file.close();
}
