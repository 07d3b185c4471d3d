/** What standard input and standard output of the command have in common. */
import type { HostOutput, HostTerminal } from "../runtime/debuggee.js";

export type StreamError = NonNullable<ReturnType<HostOutput["write"]>>;

/** The errors of the host that a program can be told. */
const known: ReadonlySet<string> = new Set([
  "EPIPE",
  "ENOSPC",
  "EFBIG",
  "EBADF",
  "EISDIR",
  "EIO",
] satisfies StreamError[]);

export function errorNameOf(error: unknown): StreamError {
  const code = codeOf(error);
  if (code === "ECONNRESET") return "EPIPE";
  return known.has(code) ? (code as StreamError) : "EIO";
}

export function isTryAgain(error: unknown): boolean {
  return codeOf(error) === "EAGAIN";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The terminal that the command runs in. */
export const terminal: HostTerminal = {
  size() {
    const { columns = 80, rows = 24 } = [process.stdout, process.stderr].find(({ isTTY }) => isTTY) ?? {};
    return { columns, rows };
  },
};
