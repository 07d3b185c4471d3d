/**
 * What a virtual file system consists of: files, folders, links and devices, each with the metadata that stat(2) tells.
 * All of it is in memory; nothing reaches the host.
 */
import type { ErrorName } from "../errors.js";
import type { FileLocks } from "./file-locks.js";

/** The type of a file in `st_mode` (sys/stat.h). */
export const fileTypes = {
  fifo: 0o010000,
  characterDevice: 0o020000,
  folder: 0o040000,
  file: 0o100000,
  link: 0o120000,
  socket: 0o140000,
} as const;

/** Tells nodes their times: nanoseconds since 1970. */
export interface NodeClock {
  readonly timeOfDay: bigint;
}

/** A file of any type. */
export abstract class Node {
  abstract readonly type: number;
  links = 1;
  userId = 1000;
  groupId = 1000;
  accessed: bigint;
  modified: bigint;
  changed: bigint;
  /** Numbers of the device that the file is, major and minor. */
  readonly device: readonly [number, number] = [0, 0];
  /** It lies in a folder of the host: nothing about it can be changed (EROFS). */
  readonly isOfHost: boolean = false;
  /** Absent as long as nobody had one. */
  locks: FileLocks | undefined;

  constructor(
    /** Permission bits. */
    public permissions: number,
    protected readonly clock: NodeClock,
  ) {
    this.accessed = this.modified = this.changed = clock.timeOfDay;
  }

  /** In bytes. */
  get size(): number {
    return 0;
  }

  touch(): void {
    this.modified = this.changed = this.clock.timeOfDay;
  }
}

/** Memory that shows a part of a file. */
export interface FileMapping {
  /** What was written there goes to the file. */
  store(): void;
  /** What the file has now comes there. */
  load(): void;
}

/** A file with content. Read-only ones make it when it is first read. */
export class RegularFile extends Node {
  readonly type = fileTypes.file;
  private bytes = new Uint8Array();
  private length = 0;
  /** Those that are shared with it (mmap(2), MAP_SHARED). */
  readonly mappings = new Set<FileMapping>();
  /** Counts changes of the content. */
  version = 0;

  constructor(
    permissions: number,
    clock: NodeClock,
    private readonly source?: () => Uint8Array,
  ) {
    super(permissions, clock);
    this.isReadOnly = source !== undefined;
  }

  /** Nobody can write to it: the content is made by the system or comes from the host. */
  readonly isReadOnly: boolean;

  override get size(): number {
    return this.length;
  }

  /** Makes the content anew where the system makes it; called when the file is opened. */
  refresh(): void {
    if (this.source === undefined) return;
    this.bytes = new Uint8Array(this.source());
    this.length = this.bytes.length;
  }

  read(at: number, count: number): Uint8Array | ErrorName {
    this.accessed = this.clock.timeOfDay;
    for (const mapping of this.mappings) mapping.store();
    return this.peek(at, count);
  }

  /** `read`, of what has come from memory already. */
  peek(at: number, count: number): Uint8Array {
    return this.bytes.slice(at, Math.min(this.length, at + count));
  }

  /** Changes bytes that are there. */
  poke(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at);
    this.version++;
    this.touch();
  }

  /** The file grows as needed; what lies between its end and `at` is zero. */
  write(at: number, bytes: Uint8Array): "EFBIG" | undefined {
    const end = at + bytes.length;
    if (end > largestFile) return "EFBIG";
    for (const mapping of this.mappings) mapping.store();
    this.reserve(end);
    if (end > this.length) this.length = end;
    this.poke(at, bytes);
    for (const mapping of this.mappings) mapping.load();
    return undefined;
  }

  truncate(size: number): "EFBIG" | undefined {
    if (size > largestFile) return "EFBIG";
    for (const mapping of this.mappings) mapping.store();
    this.reserve(size);
    if (size < this.length) this.bytes.fill(0, size, this.length);
    this.length = size;
    this.version++;
    this.touch();
    return undefined;
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2, 256));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** In bytes: files live in the host's memory. */
const largestFile = 256 * 1024 * 1024;

export class Folder extends Node {
  readonly type = fileTypes.folder;
  /** The folder that it lies in; the root lies in itself. */
  parent: Folder = this;
  protected readonly entries = new Map<string, Node>();

  override get size(): number {
    return 4096;
  }

  /** Nobody can add or remove entries. */
  readonly isReadOnly: boolean = false;

  lookup(name: string): Node | undefined {
    return this.entries.get(name);
  }

  names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** The names with what has them. */
  content(): (readonly [string, Node])[] {
    return this.names().flatMap((name): (readonly [string, Node])[] => {
      const node = this.lookup(name);
      return node === undefined ? [] : [[name, node]];
    });
  }

  /** The name of an entry that was looked up before. */
  nameOf(entry: Node): string | undefined {
    for (const [name, node] of this.entries) if (node === entry) return name;
    return undefined;
  }

  add(name: string, node: Node): void {
    this.entries.set(name, node);
    if (node instanceof Folder) {
      node.parent = this;
      this.links++;
    }
    this.touch();
  }

  remove(name: string): void {
    const node = this.entries.get(name);
    if (node === undefined) return;
    this.entries.delete(name);
    if (node instanceof Folder) this.links--;
    this.touch();
  }
}

export class SymbolicLink extends Node {
  readonly type = fileTypes.link;

  /** `leadsTo`: the path, or who knows it at any time. */
  constructor(
    private readonly leadsTo: string | (() => string),
    clock: NodeClock,
  ) {
    super(0o777, clock);
  }

  get target(): string {
    return typeof this.leadsTo === "string" ? this.leadsTo : this.leadsTo();
  }

  override get size(): number {
    return new TextEncoder().encode(this.target).length;
  }
}

/** A device as a program meets it: reading and writing never wait. */
export interface DeviceBehavior {
  read(count: number): Uint8Array | ErrorName;
  write(bytes: Uint8Array): number | ErrorName;
}

export class CharacterDevice extends Node {
  readonly type = fileTypes.characterDevice;

  constructor(
    override readonly device: readonly [number, number],
    readonly behavior: DeviceBehavior,
    clock: NodeClock,
  ) {
    super(0o666, clock);
    this.userId = this.groupId = 0;
  }
}

/** What has no name: pipes, standard streams, event counters. */
export class AnonymousNode extends Node {
  constructor(
    readonly type: number,
    permissions: number,
    clock: NodeClock,
  ) {
    super(permissions, clock);
  }
}
