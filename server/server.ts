/** Connects the providers, one for each LSP request, to a connection. */
import { type Connection, TextDocumentSyncKind, TextDocuments } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { registerDiagnostics } from "./providers/diagnostics.js";

/** Serves the Language Server Protocol on `connection` until it closes. */
export function startServer(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  connection.onInitialize(() => ({
    capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental },
    serverInfo: { name: "Green Threads" },
  }));
  registerDiagnostics(connection, documents);
  documents.listen(connection);
  connection.listen();
}
