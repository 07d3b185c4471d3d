/** What Green Threads adds to the Language Server Protocol. Types only; the client imports nothing else of this folder. */

/** From the server to the client: the text of a file that only the client can reach, or null. */
export type ReadFileRequest = "green-threads/readFile";

export interface ReadFileArguments {
  readonly uri: string;
}

export type ReadFileResult = string | null;

/** From the server to the client: the assembly files of a folder that only the client can reach. */
export type FindFilesRequest = "green-threads/findFiles";

export interface FindFilesArguments {
  /** URI of a workspace folder. */
  readonly folder: string;
  /** Of names without the dot. */
  readonly extensions: readonly string[];
  /** At most so many. */
  readonly limit: number;
}

/** URIs. */
export type FindFilesResult = readonly string[];

/** The settings under `greenThreads.assembly`, as `workspace/configuration` hands them out. */
export interface AssemblySettings {
  /** What a file is written in until a directive says otherwise. */
  readonly syntax: "att" | "intel";
}
