/** What Green Threads adds to the Language Server Protocol. Types only; the client imports nothing else of this folder. */

/** From the server to the client: the text of a file that only the client can reach, or null. */
export type ReadFileRequest = "green-threads/readFile";

export interface ReadFileArguments {
  readonly uri: string;
}

export type ReadFileResult = string | null;
