import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fail, ok } from "../runtime/base/result.js";
import type { SourcePath } from "../runtime/base/source.js";
import type { HostFiles } from "./host-files.js";
import { describeFileError, nodeHostFolder } from "./host-folder.node.js";

/** The files that Node sees. Takes paths of the system and `file:` URIs. */
export function nodeHostFiles(): HostFiles {
  return {
    workingFolder: process.cwd(),
    async read(path) {
      try {
        const { buffer, byteOffset, length } = await readFile(systemPath(path));
        // Not a copy: a program may be large.
        return ok(new Uint8Array(buffer, byteOffset, length));
      } catch (error) {
        return fail(describeFileError(error, "file"));
      }
    },
    async exists(path) {
      try {
        return (await stat(systemPath(path))).isFile();
      } catch {
        return false;
      }
    },
    async folder(path) {
      try {
        return nodeHostFolder(systemPath(path));
      } catch (error) {
        return fail(describeFileError(error, "folder"));
      }
    },
  };
}

function systemPath(path: SourcePath): string {
  return /^file:/i.test(path) ? fileURLToPath(path) : path;
}
