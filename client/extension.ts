/** Entry of the Node extension host: the debug adapter and the language server are processes of their own. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { activateClient } from "./activate.js";

export function activate(context: vscode.ExtensionContext): void {
  const program = (name: string): string => vscode.Uri.joinPath(context.extensionUri, "dist", name).fsPath;
  activateClient(context, {
    readsFiles: true,
    // VS Code runs "node" with its own runtime, so nothing needs to be installed.
    createDebugAdapter: () => new vscode.DebugAdapterExecutable("node", [program("debug-adapter.mjs")]),
    createLanguageClient: async (options) => {
      const server = { module: program("server.mjs"), transport: TransportKind.ipc };
      // In an Extension Development Host that is being debugged, the server can be debugged as well.
      const debug = { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } };
      return new LanguageClient("greenThreads", "Green Threads", { run: server, debug }, options);
    },
  });
}
