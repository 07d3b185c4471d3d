/** Folders of Node's file system as programs may read them. */
import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { fail, ok, type Result } from "../runtime/base/result.js";
import type { HostEntry, HostFolderEntry } from "../runtime/debuggee.js";

/** The folder at a path, or why it cannot be had, in words for the user. */
export function nodeHostFolder(path: string): Result<HostFolderEntry, string> {
  try {
    const root = realpathSync(path);
    if (!statSync(root).isDirectory()) return fail("it is a file, not a folder");
    accessSync(root, constants.R_OK | constants.X_OK);
    return ok(new NodeFolder(root, root));
  } catch (error) {
    return fail(describeFileError(error, "folder"));
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder, not a file",
  EACCES: "you are not allowed to read it",
  EPERM: "you are not allowed to read it",
};

/** Why a file or folder cannot be had, to complete "… cannot be read: …". */
export function describeFileError(error: unknown, kind: "file" | "folder"): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return `there is no such ${kind}`;
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

class NodeFolder implements HostFolderEntry {
  readonly kind = "folder";
  readonly modified: bigint;

  /** Both are real paths: no part of them is a link. */
  constructor(
    private readonly path: string,
    private readonly root: string,
  ) {
    this.modified = lstatSync(path, { bigint: true }).mtimeNs;
  }

  names(): string[] {
    checkReal(this.path);
    return readdirSync(this.path);
  }

  entry(name: string): HostEntry | undefined {
    checkReal(this.path);
    const path = join(this.path, name);
    const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (status === undefined) return undefined;
    if (status.isSymbolicLink()) return { kind: "link", target: this.targetOf(path) };
    if (status.isDirectory()) {
      return allows(path, constants.R_OK | constants.X_OK) ? new NodeFolder(path, this.root) : { kind: "closed" };
    }
    if (!status.isFile() || !allows(path, constants.R_OK)) return { kind: "closed" };
    return {
      kind: "file",
      size: Number(status.size),
      modified: status.mtimeNs,
      isExecutable: (status.mode & 0o111n) !== 0n,
      read: (position, count) => readPart(path, position, count),
    };
  }

  /** One that leads to another place in the folder leads there for the program, too. */
  private targetOf(path: string): string {
    const target = readlinkSync(path);
    const fromRoot = relative(this.root, target);
    const isInside = isAbsolute(target) && !isAbsolute(fromRoot) && !/^\.\.(?:[\\/]|$)/.test(fromRoot);
    return (isInside ? relative(this.path, target) || "." : target).replaceAll(sep, "/");
  }
}

/** A folder may have been replaced by a link since it was granted or listed. */
function checkReal(path: string): void {
  if (realpathSync(path) !== path) throw new Error(`${path} is a link now`);
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function readPart(path: string, position: number, count: number): Uint8Array {
  checkReal(path);
  const descriptor = openSync(path, "r");
  try {
    const bytes = new Uint8Array(count);
    let length = 0;
    for (let read = -1; read !== 0 && length < count; length += read) {
      read = readSync(descriptor, bytes, length, count - length, position + length);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
