/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** `run FILE [ARGS…]` */
  readonly synopsis: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` tells. */
  readonly details: string;
  /** Returns the exit status, undefined when the command goes on (a server), or what is wrong with its words. */
  readonly run: (words: readonly string[]) => Promise<number | undefined | { readonly usageError: string }>;
}
