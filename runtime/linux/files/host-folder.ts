/**
 * Folders of the host that a program may read, as part of its tree of files. The host is asked for what the program asks
 * for, name by name: no path ever goes to it, so no `..` and no link leads out of a folder.
 */
import type { ErrorName } from "../errors.js";
import { Folder, type Node, type NodeClock, RegularFile, SymbolicLink } from "./nodes.js";

/** What the host answers, at once or later. One that fails is the program's EIO, or an empty folder. */
export type HostAnswer<T> = T | Promise<T>;

interface HostMetadata {
  /** When the content was changed last, in nanoseconds since 1970; by default the program's beginning. */
  readonly modified?: bigint;
}

export interface HostFile extends HostMetadata {
  readonly kind: "file";
  /** In bytes. */
  readonly size: number;
  readonly isExecutable?: boolean;
  /** `count` bytes from `position` on, fewer at the end. */
  read(position: number, count: number): HostAnswer<Uint8Array>;
}

export interface HostFolderEntry extends HostMetadata {
  readonly kind: "folder";
  names(): HostAnswer<readonly string[]>;
  /** What has that name, one of `names`. */
  entry(name: string): HostAnswer<HostEntry | undefined>;
}

/** A file or folder of the host that a program may read. Asked only when the program asks. */
export type HostEntry =
  | HostFile
  | HostFolderEntry
  /** A symbolic link. Where it leads is for the program's tree to say, not for the host's. */
  | { readonly kind: "link"; readonly target: string }
  /** What programs cannot look into: a device, or what the host does not let us read. */
  | { readonly kind: "closed" };

/** A folder of the host, granted for reading, and where the program finds it (an absolute path). */
export interface HostFolder {
  readonly path: string;
  readonly folder: HostFolderEntry;
}

/**
 * Thrown to whoever answers a system call when the host has been asked for what the call needs: the call is to be
 * answered again when `answer` has come. Until then it must have changed nothing.
 */
export class AwaitsHost extends Error {
  constructor(readonly answer: Promise<void>) {
    super("the host has not answered yet");
  }
}

/** A question to the host, asked once. */
class Asked<T> {
  private answer: { readonly value: T } | undefined;
  private coming: Promise<void> | undefined;

  constructor(
    private readonly question: () => HostAnswer<T>,
    /** What counts when the host fails to answer. */
    private readonly otherwise: T,
  ) {}

  get(): { readonly value: T } | { readonly coming: Promise<void> } {
    if (this.answer === undefined && this.coming === undefined) this.ask();
    return this.answer ?? { coming: this.coming ?? Promise.resolve() };
  }

  /** Throws `AwaitsHost` while the answer is on its way. */
  value(): T {
    const answer = this.get();
    if ("coming" in answer) throw new AwaitsHost(answer.coming);
    return answer.value;
  }

  private ask(): void {
    const keep = (value: T): void => {
      this.answer = { value };
    };
    try {
      const answer = this.question();
      if (answer instanceof Promise) this.coming = answer.then(keep, () => keep(this.otherwise));
      else keep(answer);
    } catch {
      keep(this.otherwise);
    }
  }
}

/** A folder of the host as a node: what is in it is asked once. */
export class HostFolderNode extends Folder {
  override readonly isOfHost = true;
  override readonly isReadOnly = true;
  private readonly listing: Asked<ReadonlySet<string>>;
  private readonly hostEntries = new Map<string, Asked<HostEntry | undefined>>();

  constructor(
    private readonly folder: HostFolderEntry,
    clock: NodeClock,
  ) {
    super(0o555, clock);
    takeTimes(this, folder);
    this.links = 2;
    const toSet = (names: readonly string[]): ReadonlySet<string> => new Set(names);
    this.listing = new Asked(() => {
      const names = folder.names();
      return names instanceof Promise ? names.then(toSet) : toSet(names);
    }, new Set());
  }

  override lookup(name: string): Node | undefined {
    const known = this.entries.get(name);
    // Names that the host has not told are not asked for: special ones of its file system mean nothing here.
    if (known !== undefined || !this.listing.value().has(name)) return known;
    const entry = this.hostEntry(name).value();
    if (entry === undefined) return undefined;
    const node = nodeOf(entry, this.clock);
    this.entries.set(name, node);
    if (node instanceof Folder) node.parent = this;
    return node;
  }

  override names(): readonly string[] {
    return [...this.listing.value()].sort();
  }

  /** Asks for all of them at once. */
  override content(): (readonly [string, Node])[] {
    const coming = this.names().flatMap((name) => {
      const answer = this.hostEntry(name).get();
      return "coming" in answer ? [answer.coming] : [];
    });
    if (coming.length > 0) throw new AwaitsHost(Promise.all(coming).then(() => {}));
    return super.content();
  }

  private hostEntry(name: string): Asked<HostEntry | undefined> {
    const asked = this.hostEntries.get(name) ?? new Asked(() => this.folder.entry(name), undefined);
    this.hostEntries.set(name, asked);
    return asked;
  }
}

/** In bytes: what is asked for at once, so that small reads do not ask each time. */
const readAhead = 128 * 1024;

/** A file of the host as a node. The part of its content that was read last is kept. */
class HostFileNode extends RegularFile {
  override readonly isOfHost = true;
  override readonly isReadOnly = true;
  private part: { start: number; end: number; asked: Asked<Uint8Array | undefined> } | undefined;

  constructor(
    private readonly file: HostFile,
    clock: NodeClock,
  ) {
    super(file.isExecutable === true ? 0o555 : 0o444, clock);
    takeTimes(this, file);
  }

  override get size(): number {
    return this.file.size;
  }

  override refresh(): void {}

  override read(at: number, count: number): Uint8Array | ErrorName {
    const end = Math.min(at + count, this.size);
    if (at >= end) return new Uint8Array();
    let { part } = this;
    if (part === undefined || at < part.start || end > part.end) {
      const length = Math.min(Math.max(end - at, readAhead), this.size - at);
      part = { start: at, end: at + length, asked: new Asked(() => this.file.read(at, length), undefined) };
      this.part = part;
    }
    return part.asked.value()?.slice(at - part.start, end - part.start) ?? "EIO";
  }
}

class HostLinkNode extends SymbolicLink {
  override readonly isOfHost = true;
}

function nodeOf(entry: HostEntry, clock: NodeClock): Node {
  switch (entry.kind) {
    case "file":
      return new HostFileNode(entry, clock);
    case "folder":
      return new HostFolderNode(entry, clock);
    case "link":
      return new HostLinkNode(entry.target, clock);
    case "closed": {
      const node = new HostFileNode({ kind: "file", size: 0, read: () => new Uint8Array() }, clock);
      node.permissions = 0;
      return node;
    }
  }
}

function takeTimes(node: Node, { modified }: HostMetadata): void {
  if (modified !== undefined) node.accessed = node.modified = node.changed = modified;
}
