/** `textDocument/publishDiagnostics`: what the assembler and the linker say of a document, while it is being typed. */
import { type Connection, DiagnosticSeverity, type ServerCapabilities } from "vscode-languageserver";
import type { Diagnostic } from "../../runtime/base/source.js";
import { baseName, pathKey } from "../../runtime/base/source-path.js";
import { guestLibraryMember } from "../../runtime/guest/library.js";
import { link } from "../../runtime/link/link.js";
import { libraryObjects } from "../guest-library.js";
import type { Project } from "../project/project.js";
import { toRange } from "../ranges.js";
import { includedUri, type Source } from "../source-store.js";

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** Milliseconds without a change before a document is looked at. */
const patience = 150;

export function registerDiagnostics(connection: Connection, { sources }: Project): ServerCapabilities {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();

  const publish = (uri: string): void => {
    waiting.delete(uri);
    const source = sources.get(uri);
    // When the files that it includes have been read, it counts as changed.
    if (source === undefined || !source.isComplete) return;
    const { version } = source.document;
    void connection.sendDiagnostics({ uri, version, diagnostics: diagnose(source).map(toProtocol) });
  };

  sources.onChange((uri) => {
    clearTimeout(waiting.get(uri));
    waiting.set(uri, setTimeout(publish, patience, uri));
  });
  sources.onClose((uri) => {
    clearTimeout(waiting.get(uri));
    waiting.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  return {};
}

/** Everything wrong with a document, all of it at places in the document itself. */
export function diagnose(source: Source): Diagnostic[] {
  const { analysis, document, facts } = source;
  const found = [...analysis.diagnostics];
  if (analysis.object !== undefined && isProgram(source)) {
    const linked = link([analysis.object], { libraries: libraryObjects() });
    if (!linked.ok) found.push(...linked.error);
  }
  return found.flatMap((diagnostic) => {
    if (diagnostic.span.path === document.uri) return [diagnostic];
    const place = facts.includes.find(
      ({ target }) => pathKey(includedUri(target, document.uri)) === pathKey(diagnostic.span.path),
    );
    // It lies deeper, or in the library: there is no place for it here.
    if (place === undefined) return [];
    const span = { path: document.uri, line: place.line + 1, column: place.start + 1, endColumn: place.end + 1 };
    const where = `In ${baseName(diagnostic.span.path)}, line ${diagnostic.span.line}: `;
    return [{ ...diagnostic, message: where + diagnostic.message, span }];
  });
}

/**
 * A file without an entry may be a part of a program: what it leaves undefined, another part may define. The same goes
 * for the sources that a debugger shows (`debug:green-threads%3A/start.s?session=…`), which have been linked already.
 */
function isProgram({ analysis, document }: Source): boolean {
  if (guestLibraryMember(document.uri) !== undefined || document.uri.startsWith("debug:")) return false;
  return analysis.symbols.some(({ name }) => name === "main" || name === "_start");
}

function toProtocol({ severity, message, span }: Diagnostic) {
  return { severity: severities[severity], source: "green-threads", message, range: toRange(span) };
}
