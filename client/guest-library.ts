/** Shows the sources of the guest library, documents without a file: `green-threads:/NAME.s`. */
import * as vscode from "vscode";

export const guestLibraryScheme = "green-threads";

/** Reads them from the extension's own folder, where the adapter and the server were built from the same text. */
export class GuestLibraryProvider implements vscode.TextDocumentContentProvider {
  constructor(private readonly extensionUri: vscode.Uri) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const name = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    const file = vscode.Uri.joinPath(this.extensionUri, "runtime", "guest", name);
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  }
}
