import type { ErrorName } from "../errors.js";
import { type CharacterDevice, Folder, type Node, type RegularFile } from "./nodes.js";

/** Flags of open(2) (asm-generic/fcntl.h). */
export const openFlags = {
  O_ACCMODE: 3,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: 0o200000,
  O_NOFOLLOW: 0o400000,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
  O_TMPFILE: 0o20200000,
} as const;

/** What could be done with an open file now, as poll(2) tells it. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
  /** The other end is closed. */
  readonly hangUp?: boolean;
  /** The other end sends nothing any more. */
  readonly readHangUp?: boolean;
  readonly error?: boolean;
}

/**
 * An open file description: what descriptors refer to, perhaps several of them to one. Reads and writes that would wait
 * answer EAGAIN; whether the program waits is for the system call to decide.
 */
export abstract class OpenFile {
  /** Descriptors that refer to it. */
  references = 0;
  /** Count what may have made it ready to be read and to be written, for edge-triggered epoll. */
  readActivity = 0;
  writeActivity = 0;
  /** Where it was found when it was opened by name. */
  path: string | undefined;
  /** Nanoseconds after which a read or a write that waits is over; for ever by default. */
  readTimeout: bigint | undefined;
  writeTimeout: bigint | undefined;

  constructor(
    readonly node: Node,
    /** Access mode and status flags. */
    public flags: number,
  ) {}

  /** `readActivity`, as somebody else may count it. */
  get readNews(): number {
    return this.readActivity;
  }

  /** How a message names it: `a pipe`. */
  abstract readonly description: string;

  get canRead(): boolean {
    return (this.flags & openFlags.O_ACCMODE) !== openFlags.O_WRONLY && (this.flags & openFlags.O_PATH) === 0;
  }

  get canWrite(): boolean {
    return (this.flags & openFlags.O_ACCMODE) !== 0 && (this.flags & openFlags.O_PATH) === 0;
  }

  /** What is written at once is read at once, and nothing else with it. */
  get keepsMessages(): boolean {
    return false;
  }

  get isNonBlocking(): boolean {
    return (this.flags & openFlags.O_NONBLOCK) !== 0;
  }

  /** At the position of the file, or at `at` without moving it. */
  abstract read(count: number, at?: number): Uint8Array | ErrorName;
  abstract write(bytes: Uint8Array, at?: number): number | ErrorName;

  /** Bytes that a write would take now. */
  get room(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Several reads follow, of `count` bytes together: throws `AwaitsHost` when the bytes must come first. */
  expect(_count: number, _at?: number): void {}

  /** Moves the position and returns it; files without one answer ESPIPE. */
  seek(_offset: number, _whence: number): number | ErrorName {
    return "ESPIPE";
  }

  get isSeekable(): boolean {
    return false;
  }

  readiness(): Readiness {
    return { readable: true, writable: true };
  }

  /** Bytes that a read would find, where that is known (FIONREAD). */
  get available(): number | undefined {
    return undefined;
  }

  /** The last descriptor is closed. */
  close(): void {}
}

/** `whence` of lseek(2). */
const [SEEK_SET, SEEK_CUR, SEEK_END] = [0, 1, 2];

/** Where lseek(2) leads in a file of that size. */
export function seekTarget(offset: number, whence: number, position: number, size: number): number | "EINVAL" {
  const base = whence === SEEK_SET ? 0 : whence === SEEK_CUR ? position : whence === SEEK_END ? size : undefined;
  return base === undefined || base + offset < 0 || !Number.isSafeInteger(base + offset) ? "EINVAL" : base + offset;
}

/** A file, open: the position is the description's own. */
export class OpenRegularFile extends OpenFile {
  readonly description = "a file";
  private position = 0;

  constructor(
    override readonly node: RegularFile,
    flags: number,
  ) {
    super(node, flags);
    node.refresh();
  }

  override get isSeekable(): boolean {
    return true;
  }

  read(count: number, at?: number): Uint8Array | ErrorName {
    const bytes = this.node.read(at ?? this.position, count);
    if (at === undefined && typeof bytes !== "string") this.position += bytes.length;
    return bytes;
  }

  tell(): number {
    return this.position;
  }

  override expect(count: number, at = this.position): void {
    if (this.node.isOfHost) this.node.read(at, count);
  }

  write(bytes: Uint8Array, at?: number): number | ErrorName {
    const isAppending = (this.flags & openFlags.O_APPEND) !== 0;
    const start = isAppending ? this.node.size : (at ?? this.position);
    if (bytes.length === 0) return 0;
    const error = this.node.write(start, bytes);
    if (error !== undefined) return error;
    if (at === undefined) this.position = start + bytes.length;
    return bytes.length;
  }

  override seek(offset: number, whence: number): number | ErrorName {
    const target = seekTarget(offset, whence, this.position, this.node.size);
    if (typeof target !== "string") this.position = target;
    return target;
  }
}

/** A folder, open: getdents64(2) reads from `position` on. */
export class OpenFolder extends OpenFile {
  readonly description = "a folder";
  private position = 0;
  private listing: readonly (readonly [string, Node])[] | undefined;

  constructor(
    override readonly node: Folder,
    flags: number,
  ) {
    super(node, flags);
  }

  override get isSeekable(): boolean {
    return true;
  }

  read(): ErrorName {
    return "EISDIR";
  }

  write(): ErrorName {
    return "EBADF";
  }

  /** The entry at the position, with the position behind it; undefined at the end. */
  entry(): { readonly name: string; readonly node: Node; readonly next: number } | undefined {
    if (this.position === 0 || this.listing === undefined) this.listing = this.list();
    const entry = this.listing[this.position];
    return entry && { name: entry[0], node: entry[1], next: this.position + 1 };
  }

  advance(): void {
    this.position++;
  }

  override seek(offset: number, whence: number): number | ErrorName {
    const target = whence === SEEK_CUR ? this.position + offset : offset;
    if (whence > SEEK_CUR || target < 0) return "EINVAL";
    this.position = target;
    return target;
  }

  private list(): (readonly [string, Node])[] {
    const { node } = this;
    return [[".", node], ["..", node.parent], ...node.content()];
  }
}

export class OpenDevice extends OpenFile {
  readonly description = "a device";

  constructor(
    override readonly node: CharacterDevice,
    flags: number,
  ) {
    super(node, flags);
  }

  override get isSeekable(): boolean {
    return true;
  }

  read(count: number): Uint8Array | ErrorName {
    return this.node.behavior.read(count);
  }

  write(bytes: Uint8Array): number | ErrorName {
    return this.node.behavior.write(bytes);
  }

  override seek(): number {
    return 0;
  }
}

/** A node that was opened with O_PATH or has nothing to read: only its metadata counts. */
export class OpenPlace extends OpenFile {
  readonly description = "a place in the file system";

  read(): ErrorName {
    return "EBADF";
  }

  write(): ErrorName {
    return "EBADF";
  }
}

/** What a descriptor of a folder refers to. */
export function folderOf(file: OpenFile): Folder | undefined {
  return file.node instanceof Folder ? file.node : undefined;
}
