/** Connects the providers, one for each LSP request, to a connection. */
import {
  type Connection,
  PositionEncodingKind,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from "vscode-languageserver";
import { ClientFeatures } from "./project/client-features.js";
import type { Project } from "./project/project.js";
import { type IndexedFiles, ProjectIndex } from "./project/project-index.js";
import { Settings } from "./project/settings.js";
import type {
  FindFilesArguments,
  FindFilesRequest,
  FindFilesResult,
  ReadFileArguments,
  ReadFileRequest,
  ReadFileResult,
} from "./protocol.js";
import { registerDeclaration } from "./providers/declaration.js";
import { registerDefinition } from "./providers/definition.js";
import { registerDiagnostics } from "./providers/diagnostics.js";
import { registerDocumentHighlights } from "./providers/document-highlights.js";
import { registerDocumentLinks } from "./providers/document-links.js";
import { registerDocumentSymbols } from "./providers/document-symbols.js";
import { registerFoldingRanges } from "./providers/folding-ranges.js";
import { registerHover } from "./providers/hover.js";
import { registerLinkedEditing } from "./providers/linked-editing.js";
import { registerReferences } from "./providers/references.js";
import { registerRename } from "./providers/rename.js";
import { registerSelectionRanges } from "./providers/selection-ranges.js";
import { registerWorkspaceSymbols } from "./providers/workspace-symbols.js";
import { type FileReader, SourceStore } from "./source-store.js";

/** Registers its handlers and says what the server can do with them. */
export type Provider = (connection: Connection, project: Project) => ServerCapabilities;

const providers: readonly Provider[] = [
  registerDiagnostics,
  registerDocumentSymbols,
  registerDefinition,
  registerHover,
  registerDeclaration,
  registerDocumentHighlights,
  registerDocumentLinks,
  registerFoldingRanges,
  registerLinkedEditing,
  registerReferences,
  registerRename,
  registerSelectionRanges,
  registerWorkspaceSymbols,
];

export interface ServerHost {
  /** Reads a `file:` URI of this machine; rejects when there is no such file. Absent in the browser. */
  readonly readFile?: (uri: string) => Promise<string>;
  /** Lists the files of a folder of this machine, by `file:` URIs. Absent in the browser. */
  readonly findFiles?: (folder: string, extensions: readonly string[], limit: number) => Promise<readonly string[]>;
}

/** Serves the Language Server Protocol on `connection` until it closes. */
export function startServer(connection: Connection, host: ServerHost = {}): void {
  const readFile: FileReader = async (uri) => {
    try {
      if (host.readFile !== undefined && uri.startsWith("file:")) return await host.readFile(uri);
      const request: ReadFileRequest = "green-threads/readFile";
      const fileArguments: ReadFileArguments = { uri };
      return (await connection.sendRequest<ReadFileResult>(request, fileArguments)) ?? undefined;
    } catch {
      // There is none, or the client does not serve the request: the assembler says what is missing.
      return undefined;
    }
  };
  const findFiles: IndexedFiles["find"] = async (folder, extensions, limit) => {
    try {
      if (host.findFiles !== undefined && folder.startsWith("file:")) {
        return await host.findFiles(folder, extensions, limit);
      }
      const request: FindFilesRequest = "green-threads/findFiles";
      const fileArguments: FindFilesArguments = { folder, extensions, limit };
      return await connection.sendRequest<FindFilesResult>(request, fileArguments);
    } catch {
      // The client does not serve the request: only what is open is known.
      return [];
    }
  };
  const client = new ClientFeatures();
  const settings = new Settings(connection, client);
  const sources = new SourceStore(readFile, settings);
  const index = new ProjectIndex(connection, client, settings, sources, { read: readFile, find: findFiles });
  const project: Project = { client, settings, sources, index };
  const capabilities = providers.map((register) => register(connection, project));
  connection.onInitialize((params) => {
    client.initialise(params);
    return {
      capabilities: Object.assign(
        {
          workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
          positionEncoding: PositionEncodingKind.UTF16,
          textDocumentSync: TextDocumentSyncKind.Incremental,
        },
        ...capabilities,
      ),
      serverInfo: { name: "Green Threads" },
    };
  });
  connection.onInitialized(() => void settings.start().then(() => index.start()));
  project.sources.listen(connection);
  connection.listen();
}
