/**
 * The assembly files of the workspace: what the text of each says, read in the background and followed as files change.
 * Of open documents the editor's text counts. What is too large or too much is left out.
 */
import { type Connection, DidChangeWatchedFilesNotification, FileChangeType } from "vscode-languageserver";
import { parseLines } from "../../runtime/asm/analysis.js";
import { pathKey } from "../../runtime/base/source-path.js";
import { includedUri, type SourceStore } from "../source-store.js";
import type { ClientFeatures } from "./client-features.js";
import { type FileFacts, fileFacts } from "./file-facts.js";
import type { Settings } from "./settings.js";

/** Of names without the dot. */
export const assemblyExtensions = ["s", "S", "asm", "inc"];

/** So that a huge workspace costs little: files, characters of one file, characters of all. */
export const indexLimits = { files: 4000, file: 1_000_000, all: 24_000_000 };

/** What reads files for the index. */
export interface IndexedFiles {
  /** The text of a file by URI; undefined when there is none. */
  read(uri: string): Promise<string | undefined>;
  /** URIs of a folder's files that have one of the extensions. */
  find(folder: string, extensions: readonly string[], limit: number): Promise<readonly string[]>;
}

interface IndexedFile {
  readonly facts: FileFacts;
  readonly length: number;
}

export class ProjectIndex {
  private readonly files = new Map<string, IndexedFile>();
  private folders: readonly string[] = [];
  private length = 0;
  private reading: Promise<void> = Promise.resolve();
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly connection: Connection,
    private readonly client: ClientFeatures,
    private readonly settings: Settings,
    private readonly sources: SourceStore,
    private readonly host: IndexedFiles,
  ) {
    sources.onFilesChanged((changes) => {
      for (const { uri, type } of changes) this.fileChanged(uri, type === FileChangeType.Deleted);
    });
    // What a document was closed with need not be what is on disk.
    sources.onClose((uri) => this.fileChanged(uri, false));
  }

  /** To be called when the client has said that it is initialised. */
  async start(): Promise<void> {
    const { client, connection } = this;
    this.folders = client.firstFolders.map(({ uri }) => uri);
    if (client.hasWorkspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => uri));
        this.folders = [...this.folders.filter((uri) => !gone.has(uri)), ...added.map(({ uri }) => uri)];
        this.rebuild();
      });
    }
    this.rebuild();
    if (client.canWatchFiles) {
      const globPattern = `**/*.{${assemblyExtensions.join(",")}}`;
      await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern }] });
    }
  }

  /** Resolves when all that is known of has been read. */
  async ready(): Promise<void> {
    for (let seen: unknown; seen !== this.reading; ) {
      seen = this.reading;
      await this.reading;
    }
  }

  /** Calls back when a file that is not open has become another. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The facts of every file, those of open documents as they are in the editor. */
  all(): FileFacts[] {
    const found = new Map<string, FileFacts>();
    for (const [key, { facts }] of this.files) found.set(key, facts);
    for (const uri of this.sources.openUris) {
      const source = this.sources.get(uri);
      if (source !== undefined) found.set(pathKey(uri), source.facts);
    }
    return [...found.values()];
  }

  /** The workspace folder that a file lies in; of several, the innermost. */
  folderOf(uri: string): string | undefined {
    const key = pathKey(uri);
    return this.folders
      .filter((folder) => key.startsWith(`${pathKey(folder)}/`))
      .sort((a, b) => b.length - a.length)[0];
  }

  private rebuild(): void {
    this.files.clear();
    this.length = 0;
    const { folders } = this;
    this.enqueue(async () => {
      for (const folder of folders) {
        const room = indexLimits.files - this.files.size;
        const found = room <= 0 ? [] : await this.host.find(folder, assemblyExtensions, room);
        for (const uri of found.slice(0, room)) await this.read(uri);
      }
    });
  }

  private fileChanged(uri: string, isDeleted: boolean): void {
    if (this.folderOf(uri) === undefined) return;
    this.enqueue(async () => {
      this.forget(uri);
      if (!isDeleted) await this.read(uri);
    });
  }

  private enqueue(work: () => Promise<void>): void {
    this.reading = this.reading.then(work).then(
      () => {
        for (const listener of this.listeners) listener();
      },
      // The client is gone, or a folder cannot be listed: the index has what it has.
      () => undefined,
    );
  }

  private forget(uri: string): void {
    const key = pathKey(uri);
    this.length -= this.files.get(key)?.length ?? 0;
    this.files.delete(key);
  }

  private async read(uri: string): Promise<void> {
    const text = await this.host.read(uri);
    if (text === undefined || text.length > indexLimits.file || this.length + text.length > indexLimits.all) return;
    if (this.files.size >= indexLimits.files) return;
    this.forget(uri);
    this.length += text.length;
    const facts = fileFacts(uri, parseLines(text, this.settings.of(uri).syntax));
    this.files.set(pathKey(uri), { facts, length: text.length });
  }
}

/** The keys of the files that a file includes as text. */
export function includedKeys({ includes, uri }: FileFacts): string[] {
  return includes
    .filter(({ directive }) => directive !== ".incbin")
    .map(({ target }) => pathKey(includedUri(target, uri)));
}
