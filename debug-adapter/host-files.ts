import type { Result } from "../runtime/base/result.js";
import type { SourcePath } from "../runtime/base/source.js";
import type { HostFolderEntry } from "../runtime/debuggee.js";

/** The files of the machine that the user's program lies on, wherever that is: a disk, or a browser's file system. */
export interface HostFiles {
  /** What a relative `program` is relative to when the launch configuration names no `cwd`. */
  readonly workingFolder?: SourcePath;
  /** The bytes of a file, or why they cannot be had, in words for the user. */
  read(path: SourcePath): Promise<Result<Uint8Array, string>>;
  /** Whether there is such a file. */
  exists(path: SourcePath): Promise<boolean>;
  /** A folder for programs to read, or why it cannot be had. */
  folder(path: SourcePath): Promise<Result<HostFolderEntry, string>>;
}
