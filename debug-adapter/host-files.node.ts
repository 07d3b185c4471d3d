import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fail, ok } from "../runtime/base/result.js";
import type { HostFiles } from "./host-files.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder, not a file",
  EACCES: "you are not allowed to read it",
  EPERM: "you are not allowed to read it",
};

/** The files that Node sees. Takes paths of the system and `file:` URIs. */
export function nodeHostFiles(): HostFiles {
  return {
    workingFolder: process.cwd(),
    async read(path) {
      try {
        return ok(new Uint8Array(await readFile(/^file:/i.test(path) ? fileURLToPath(path) : path)));
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        return fail(reasons[code] ?? (error instanceof Error ? error.message : String(error)));
      }
    },
  };
}
