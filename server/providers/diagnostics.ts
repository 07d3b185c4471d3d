/** `textDocument/publishDiagnostics`: what the assembler says of a document, while it is being typed. */
import { type Connection, DiagnosticSeverity, type TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { assemble } from "../../runtime/asm/assembler.js";

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

export function registerDiagnostics(connection: Connection, documents: TextDocuments<TextDocument>): void {
  documents.onDidChangeContent(({ document }) => {
    const { diagnostics } = assemble({ path: document.uri, text: document.getText() });
    const own = diagnostics.filter(({ span }) => span.path === document.uri);
    void connection.sendDiagnostics({
      uri: document.uri,
      version: document.version,
      diagnostics: own.map(({ severity, message, span }) => ({
        severity: severities[severity],
        source: "green-threads",
        message,
        range: {
          start: { line: span.line - 1, character: span.column - 1 },
          end: { line: span.line - 1, character: span.endColumn - 1 },
        },
      })),
    });
  });
  documents.onDidClose(({ document }) => void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }));
}
