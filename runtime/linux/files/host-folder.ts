import { Folder, type Node, type NodeClock, RegularFile } from "./nodes.js";

/** A file or folder of the host that a program may read. Asked only when the program asks. */
export type HostEntry =
  | { readonly kind: "file"; readonly size: number; read(): Uint8Array }
  | { readonly kind: "folder"; names(): readonly string[]; entry(name: string): HostEntry | undefined };
export type HostFolderEntry = Extract<HostEntry, { readonly kind: "folder" }>;

/** A folder of the host, granted for reading, and where the program finds it (an absolute path). */
export interface HostFolder {
  readonly path: string;
  readonly folder: HostFolderEntry;
}

/** A folder of the host as a node: read-only, and each entry looked up once. */
export class HostFolderNode extends Folder {
  constructor(
    private readonly folder: HostFolderEntry,
    clock: NodeClock,
  ) {
    super(0o555, clock);
  }

  override get isReadOnly(): boolean {
    return true;
  }

  override lookup(name: string): Node | undefined {
    const known = this.entries.get(name);
    if (known !== undefined) return known;
    const entry = this.folder.entry(name);
    if (entry === undefined) return undefined;
    const node =
      entry.kind === "folder"
        ? new HostFolderNode(entry, this.clock)
        : new RegularFile(0o555, this.clock, () => entry.read(), entry.size);
    this.add(name, node);
    return node;
  }

  override names(): readonly string[] {
    return [...this.folder.names()].sort();
  }
}
