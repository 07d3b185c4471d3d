/**
 * Entry of the Node extension host: the debug adapter and the language server are processes of their own. Only a program
 * that lies in a virtual workspace, where a process cannot read it, is debugged in this process.
 */
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { activateClient } from "./activate.js";
import { isUri } from "./debug/launch-configuration.js";
import { type WorkspaceFiles, workspaceFiles } from "./workspace-files.js";

/** What the bundle `debug-session.mjs` exports. */
interface DebugSessionModule {
  createSession(options: { readonly files: WorkspaceFiles }): vscode.DebugAdapter;
}

export function activate(context: vscode.ExtensionContext): void {
  const program = (name: string): string => vscode.Uri.joinPath(context.extensionUri, "dist", name).fsPath;
  activateClient(context, {
    readsFiles: true,
    // VS Code runs "node" with its own runtime, so nothing needs to be installed.
    createDebugAdapter: async ({ configuration }) => {
      if (![configuration.program].flat().some(isVirtual)) {
        return new vscode.DebugAdapterExecutable("node", [program("debug-adapter.mjs")]);
      }
      const url = pathToFileURL(program("debug-session.mjs")).href;
      const { createSession }: DebugSessionModule = await import(url);
      return new vscode.DebugAdapterInlineImplementation(createSession({ files: workspaceFiles }));
    },
    createLanguageClient: async (options) => {
      const server = { module: program("server.mjs"), transport: TransportKind.ipc };
      // In an Extension Development Host that is being debugged, the server can be debugged as well.
      const debug = { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } };
      return new LanguageClient("greenThreads", "Green Threads", { run: server, debug }, options);
    },
  });
}

const isVirtual = (program: unknown): boolean =>
  typeof program === "string" && isUri(program) && !program.startsWith("file:");
