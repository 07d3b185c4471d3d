/** What a program is given to read besides its arguments: folders of the host, and its standard input. */
import { fail, ok, type Result } from "../runtime/base/result.js";
import type { SourcePath } from "../runtime/base/source.js";
import { fileInput, type HostFolder, type LoadOptions } from "../runtime/debuggee.js";
import type { HostFiles } from "./host-files.js";
import type { LaunchAttributes } from "./protocol.js";

/** The folders of the host at the paths that `folders` names, by the paths at which the program finds them. */
export async function grantedFolders(
  files: HostFiles,
  folders: Readonly<Record<string, SourcePath>>,
): Promise<Result<HostFolder[], string>> {
  const granted: HostFolder[] = [];
  for (const [path, source] of Object.entries(folders)) {
    const folder = await files.folder(source);
    if (!folder.ok) return fail(`The folder "${source}", for the program to read, cannot be read: ${folder.error}.`);
    granted.push({ path: path.replace(/(?<=.)\/+$/, ""), folder: folder.value });
  }
  return ok(granted);
}

/** Standard input as the launch configuration has it: a text, or the content of a file; undefined where it has none. */
export async function standardInputOf(
  files: HostFiles,
  stdin: LaunchAttributes["stdin"],
): Promise<Result<LoadOptions["standardInput"], string>> {
  if (stdin === undefined) return ok(undefined);
  if (typeof stdin === "string") return ok(new TextEncoder().encode(stdin));
  const bytes = await files.read(stdin.file);
  if (!bytes.ok) return fail(`The file "${stdin.file}", for standard input, cannot be read: ${bytes.error}.`);
  return ok(fileInput(bytes.value));
}
