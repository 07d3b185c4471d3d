/**
 * Entry of the browser's extension host: the debug adapter runs in-process (the one place where the client imports its
 * code), the language server in a worker.
 */
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/browser";
import { createSession } from "../debug-adapter/session.js";
import { activateClient } from "./activate.js";
import { workspaceFiles } from "./workspace-files.js";

export function activate(context: vscode.ExtensionContext): void {
  activateClient(context, {
    readsFiles: false,
    createDebugAdapter: () => new vscode.DebugAdapterInlineImplementation(createSession({ files: workspaceFiles })),
    createLanguageClient: async (options) => {
      const script = vscode.Uri.joinPath(context.extensionUri, "dist", "server.browser.js");
      const worker = new Worker(await workerUrl(script));
      return new LanguageClient("greenThreads", "Green Threads", options, worker);
    },
  });
}

/** VS Code starts no worker from an extension that lies on a remote machine: its script is handed over as text then. */
async function workerUrl(script: vscode.Uri): Promise<string> {
  if (script.scheme !== "vscode-remote") return script.toString(true);
  const text = await vscode.workspace.fs.readFile(script);
  return URL.createObjectURL(new Blob([text.slice()], { type: "text/javascript" }));
}
