/** The open documents, what the assembler knows of each, and the files that they include. */
import { type Connection, type Disposable, type FileEvent, TextDocuments } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type Analysis, analyse, LineCache, type ParsedLine, parseLines } from "../runtime/asm/analysis.js";
import type { AssemblySource, AssemblySyntax } from "../runtime/asm/assembler.js";
import { directoryName, joinPath, pathKey } from "../runtime/base/source-path.js";
import { type FileFacts, fileFacts } from "./project/file-facts.js";
import type { Settings } from "./project/settings.js";

/** The text of a file by URI; undefined when there is none. */
export type FileReader = (uri: string) => Promise<string | undefined>;

/** A document as it is now. */
export interface Source {
  readonly document: TextDocument;
  /** Its lines, parsed. They cost little: ask for them where an analysis is not needed. */
  readonly lines: readonly ParsedLine[];
  /** What its text says by itself. */
  readonly facts: FileFacts;
  /** What the assembler says; made when it is first asked for. */
  readonly analysis: Analysis;
  /** All files that it includes have been looked for, so that what is missing is missing. */
  readonly isComplete: boolean;
}

interface Entry {
  readonly cache: LineCache;
  /** Absent when something has changed since it was last asked for. */
  source?: OpenSource;
}

/** Computes what is asked for, once. */
class OpenSource implements Source {
  private parsed: readonly ParsedLine[] | undefined;
  private read: FileFacts | undefined;
  private analysed: { readonly analysis: Analysis; readonly isComplete: boolean } | undefined;

  constructor(
    readonly document: TextDocument,
    private readonly parse: () => readonly ParsedLine[],
    private readonly analyse: () => { readonly analysis: Analysis; readonly isComplete: boolean },
  ) {}

  get lines(): readonly ParsedLine[] {
    this.parsed ??= this.analysed?.analysis.lines ?? this.parse();
    return this.parsed;
  }

  get facts(): FileFacts {
    this.read ??= fileFacts(this.document.uri, this.lines);
    return this.read;
  }

  get analysis(): Analysis {
    this.analysed ??= this.analyse();
    return this.analysed.analysis;
  }

  get isComplete(): boolean {
    this.analysed ??= this.analyse();
    return this.analysed.isComplete;
  }

  get isAnalysed(): boolean {
    return this.analysed !== undefined;
  }
}

/** A file that a document includes; without text, there is none. */
interface IncludedFile {
  text?: string;
  isRead: boolean;
}

export class SourceStore {
  private readonly documents = new TextDocuments(TextDocument);
  private readonly entries = new Map<string, Entry>();
  private readonly included = new Map<string, IncludedFile>();
  private readonly changeListeners: ((uri: string) => void)[] = [];
  private readonly fileListeners: ((changes: readonly FileEvent[]) => void)[] = [];
  private readonly closeListeners: ((uri: string) => void)[] = [];

  constructor(
    private readonly readFile: FileReader,
    private readonly settings: Settings,
  ) {
    this.documents.onDidOpen(({ document }) => void settings.open(document.uri));
    settings.onChange((uri) => this.changed(uri));
    this.documents.onDidChangeContent(({ document }) => this.changed(document.uri));
    this.documents.onDidClose(({ document }) => {
      this.entries.delete(document.uri);
      settings.close(document.uri);
      // Those that include it see the file again instead of the editor.
      this.changed(document.uri);
      for (const listener of this.closeListeners) listener(document.uri);
    });
    this.documents.onDidSave(({ document }) => this.forgetIncluded(document.uri));
  }

  listen(connection: Connection): Disposable {
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.forgetIncluded(uri);
      for (const listener of this.fileListeners) listener(changes);
    });
    return this.documents.listen(connection);
  }

  /** Calls back when a document, or something that it includes, has changed. */
  onChange(listener: (uri: string) => void): void {
    this.changeListeners.push(listener);
  }

  /** Calls back when files have changed outside the editor. */
  onFilesChanged(listener: (changes: readonly FileEvent[]) => void): void {
    this.fileListeners.push(listener);
  }

  onClose(listener: (uri: string) => void): void {
    this.closeListeners.push(listener);
  }

  /** The URIs of the open documents. */
  get openUris(): readonly string[] {
    return this.documents.keys();
  }

  /** An open document as it is now; undefined for others. */
  get(uri: string): Source | undefined {
    const document = this.documents.get(uri);
    if (document === undefined) return undefined;
    let entry = this.entries.get(uri);
    if (entry === undefined) {
      entry = { cache: new LineCache() };
      this.entries.set(uri, entry);
    }
    const { cache } = entry;
    const { syntax } = this.settings.of(uri);
    entry.source ??= new OpenSource(
      document,
      () => parseLines(document.getText(), syntax, cache.parse),
      () => this.analyse(document, syntax, cache),
    );
    return entry.source;
  }

  private analyse(document: TextDocument, syntax: AssemblySyntax, cache: LineCache) {
    let isComplete = true;
    const analysis = analyse(
      { path: document.uri, text: document.getText() },
      {
        syntax,
        readInclude: (target, from) => {
          const uri = includedUri(target, from);
          const file = this.fileFor(uri);
          isComplete &&= file.isRead;
          return file.text === undefined ? undefined : { path: uri, text: file.text };
        },
      },
      cache,
    );
    return { analysis, isComplete };
  }

  private fileFor(uri: string): IncludedFile {
    const key = pathKey(uri);
    const open = this.documents.all().find((document) => pathKey(document.uri) === key);
    if (open !== undefined) return { text: open.getText(), isRead: true };
    let file = this.included.get(key);
    if (file === undefined) {
      file = { isRead: false };
      this.included.set(key, file);
      void this.read(uri, file);
    }
    return file;
  }

  private async read(uri: string, file: IncludedFile): Promise<void> {
    file.text = await this.readFile(uri);
    file.isRead = true;
    this.changed(uri);
  }

  private forgetIncluded(uri: string): void {
    if (this.included.delete(pathKey(uri))) this.changed(uri);
  }

  /** A document or a file is another now: all that may include it are analysed again when they are asked for. */
  private changed(uri: string): void {
    const key = pathKey(uri);
    for (const { uri: open } of this.documents.all()) {
      const source = this.entries.get(open)?.source;
      if (open !== uri && (source === undefined || !source.isAnalysed || !includes(source, key))) continue;
      const entry = this.entries.get(open);
      if (entry !== undefined) entry.source = undefined;
      for (const listener of this.changeListeners) listener(open);
    }
  }
}

/** The URI of an include's target, seen from the file that names it. */
export function includedUri(target: string, from: string): string {
  return joinPath(directoryName(from), target);
}

/** Whether the assembler met that file, or would have liked to. */
function includes({ analysis, document, facts, isComplete }: Source, key: string): boolean {
  if (!isComplete) return true;
  // Of a text with mistakes it is not known which files it met.
  if (analysis.object === undefined) return facts.includes.some(({ directive }) => directive !== ".incbin");
  const sources: readonly AssemblySource[] = analysis.object.sources;
  return sources.some(({ path }) => path !== document.uri && pathKey(path) === key);
}
