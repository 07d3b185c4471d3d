/** Connects the providers, one for each LSP request, to a connection. */
import {
  type Connection,
  PositionEncodingKind,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from "vscode-languageserver";
import { ClientFeatures } from "./project/client-features.js";
import type { Project } from "./project/project.js";
import { Settings } from "./project/settings.js";
import type { ReadFileArguments, ReadFileRequest, ReadFileResult } from "./protocol.js";
import { registerDefinition } from "./providers/definition.js";
import { registerDiagnostics } from "./providers/diagnostics.js";
import { registerDocumentSymbols } from "./providers/document-symbols.js";
import { registerHover } from "./providers/hover.js";
import { type FileReader, SourceStore } from "./source-store.js";

/** Registers its handlers and says what the server can do with them. */
export type Provider = (connection: Connection, project: Project) => ServerCapabilities;

const providers: readonly Provider[] = [
  registerDiagnostics,
  registerDocumentSymbols,
  registerDefinition,
  registerHover,
];

export interface ServerHost {
  /** Reads a `file:` URI of this machine; rejects when there is no such file. Absent in the browser. */
  readonly readFile?: (uri: string) => Promise<string>;
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
  const client = new ClientFeatures();
  const settings = new Settings(connection, client);
  const project: Project = { client, settings, sources: new SourceStore(readFile, settings) };
  const capabilities = providers.map((register) => register(connection, project));
  connection.onInitialize((params) => {
    client.initialise(params);
    return {
      capabilities: Object.assign(
        { positionEncoding: PositionEncodingKind.UTF16, textDocumentSync: TextDocumentSyncKind.Incremental },
        ...capabilities,
      ),
      serverInfo: { name: "Green Threads" },
    };
  });
  connection.onInitialized(() => void settings.start());
  project.sources.listen(connection);
  connection.listen();
}
