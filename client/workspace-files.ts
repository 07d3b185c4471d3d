/** Files of any of VS Code's file systems, in the form in which the in-process debug adapter reads them. */
import * as vscode from "vscode";

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

async function answer<T>(ask: () => PromiseLike<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Files and folders by their URIs, or why they cannot be had. */
export const workspaceFiles = {
  read: (uri: string) => answer(() => vscode.workspace.fs.readFile(vscode.Uri.parse(uri, true))),
  exists: (uri: string) =>
    Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.parse(uri, true))).then(
      ({ type }) => (type & vscode.FileType.File) !== 0,
      () => false,
    ),
  folder: (uri: string) =>
    answer(async () => {
      const folder = vscode.Uri.parse(uri, true);
      const { type, mtime } = await vscode.workspace.fs.stat(folder);
      if ((type & vscode.FileType.Directory) === 0) throw new Error("it is a file, not a folder");
      return new WorkspaceFolder(folder, mtime);
    }),
};
export type WorkspaceFiles = typeof workspaceFiles;

/** A folder as programs may read it. */
class WorkspaceFolder {
  readonly kind = "folder";
  readonly modified: bigint;

  constructor(
    private readonly uri: vscode.Uri,
    modified: number,
  ) {
    this.modified = nanoseconds(modified);
  }

  async names(): Promise<string[]> {
    return (await vscode.workspace.fs.readDirectory(this.uri)).map(([name]) => name);
  }

  async entry(name: string): Promise<WorkspaceFolder | WorkspaceFile | { readonly kind: "closed" }> {
    const uri = vscode.Uri.joinPath(this.uri, name);
    const { type, size, mtime } = await vscode.workspace.fs.stat(uri);
    // A link could lead out of the folder, and nobody tells where it leads.
    if (type === vscode.FileType.Directory) return new WorkspaceFolder(uri, mtime);
    if (type === vscode.FileType.File) return new WorkspaceFile(uri, size, mtime);
    return { kind: "closed" };
  }
}

/** A file as programs may read it. VS Code reads it as a whole: it is kept from its beginning being read to its end. */
class WorkspaceFile {
  readonly kind = "file";
  readonly modified: bigint;
  private content: Promise<Uint8Array> | undefined;

  constructor(
    private readonly uri: vscode.Uri,
    readonly size: number,
    modified: number,
  ) {
    this.modified = nanoseconds(modified);
  }

  async read(position: number, count: number): Promise<Uint8Array> {
    this.content ??= Promise.resolve(vscode.workspace.fs.readFile(this.uri));
    const bytes = await this.content;
    if (position + count >= this.size) this.content = undefined;
    return bytes.slice(position, position + count);
  }
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.trunc(milliseconds)) * 1_000_000n;
}
