/**
 * The guest library: the green-thread runtime and a few helpers, in assembly. Members are linked like those of a static
 * archive: one is pulled in when it defines a symbol that the program, or a member already pulled in, leaves undefined.
 */
import type { SourcePath } from "../base/source.js";
import exit from "./exit.s";
import greenThreads from "./green_threads.s";
import memory from "./memory.s";
import print from "./print.s";
import start from "./start.s";
import write from "./write.s";

/** One source of the library. */
export interface LibraryMember {
  readonly path: SourcePath;
  readonly text: string;
}

/** The scheme of the members' paths: they are documents without a file, and clients serve them from here. */
export const guestLibraryScheme = "green-threads";

/** All members; their paths are `green-threads:/NAME.s`. */
export const guestLibrary: readonly LibraryMember[] = Object.entries({
  start,
  green_threads: greenThreads,
  print,
  write,
  exit,
  memory,
}).map(([name, text]) => ({ path: `${guestLibraryScheme}:/${name}.s`, text }));

/** The member with that path. */
export function guestLibraryMember(path: SourcePath): LibraryMember | undefined {
  return guestLibrary.find((member) => member.path === path);
}
