/** Files of any of VS Code's file systems, in the form in which the in-process debug adapter reads them. */
import * as vscode from "vscode";

export type FileContents =
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly error: string };

/** The bytes of a file by its URI, or why they cannot be had. */
export async function readWorkspaceFile(uri: string): Promise<FileContents> {
  try {
    return { ok: true, value: await vscode.workspace.fs.readFile(vscode.Uri.parse(uri, true)) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
