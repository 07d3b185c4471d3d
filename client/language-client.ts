/** Runs the language server for x86-64 assembly, from the first assembly document on. */
import * as vscode from "vscode";
import type { BaseLanguageClient } from "vscode-languageclient";
import type {
  FindFilesArguments,
  FindFilesRequest,
  FindFilesResult,
  ReadFileArguments,
  ReadFileRequest,
  ReadFileResult,
} from "../server/protocol.js";
import { assemblyLanguage } from "./debug/configuration-provider.js";
import type { ExtensionHostPlatform } from "./host.js";
import { workspaceFiles } from "./workspace-files.js";

export function registerLanguageClient(platform: ExtensionHostPlatform): vscode.Disposable {
  let client: BaseLanguageClient | undefined;
  let starting: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    try {
      client = await platform.createLanguageClient({
        documentSelector: [{ language: assemblyLanguage }],
      });
      const request: ReadFileRequest = "green-threads/readFile";
      client.onRequest(request, readText);
      const find: FindFilesRequest = "green-threads/findFiles";
      client.onRequest(find, findFiles);
      await client.start();
    } catch (error) {
      // Editing and debugging go on without it; what happened is in the client's output channel, if it got that far.
      console.error("The language server for x86-64 assembly did not start:", error);
    }
  };
  const startFor = (document: vscode.TextDocument): void => {
    if (document.languageId === assemblyLanguage) starting ??= start();
  };
  const opened = vscode.workspace.onDidOpenTextDocument(startFor);
  for (const document of vscode.workspace.textDocuments) startFor(document);
  return {
    dispose: () => {
      opened.dispose();
      void starting?.then(() => (client?.needsStop() ? client.stop() : undefined));
    },
  };
}

/** A file that the server cannot reach: of a virtual workspace, or any at all in the browser. */
async function readText({ uri }: ReadFileArguments): Promise<ReadFileResult> {
  const file = await workspaceFiles.read(uri);
  return file.ok ? new TextDecoder().decode(file.value) : null;
}

/** The assembly files of a folder that the server cannot list, without those that the user's settings leave out. */
async function findFiles({ folder, extensions, limit }: FindFilesArguments): Promise<FindFilesResult> {
  const pattern = new vscode.RelativePattern(vscode.Uri.parse(folder, true), `**/*.{${extensions.join(",")}}`);
  return (await vscode.workspace.findFiles(pattern, undefined, limit)).map((uri) => uri.toString());
}
