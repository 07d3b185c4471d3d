/**
 * Entry of the browser's extension host: the debug adapter runs in-process (the one place where the client imports its
 * code), the language server in a worker.
 */
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/browser";
import { createSession } from "../debug-adapter/session.js";
import { activateClient } from "./activate.js";

export function activate(context: vscode.ExtensionContext): void {
  activateClient(context, {
    readsFiles: false,
    createDebugAdapter: () =>
      new vscode.DebugAdapterInlineImplementation(createSession({ files: { read: readWorkspaceFile } })),
    createLanguageClient: (options) => {
      const worker = new Worker(vscode.Uri.joinPath(context.extensionUri, "dist", "server.browser.js").toString(true));
      return new LanguageClient("greenThreads", "Green Threads", options, worker);
    },
  });
}

/** Reads a file of any of VS Code's file systems, by its URI. */
async function readWorkspaceFile(uri: string): Promise<{ ok: true; value: Uint8Array } | { ok: false; error: string }> {
  try {
    return { ok: true, value: await vscode.workspace.fs.readFile(vscode.Uri.parse(uri, true)) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
