/** What standard input and standard output of the command have in common. */
import type { Stats } from "node:fs";
import { createRequire } from "node:module";
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

/** Node's module for terminals brings its network with it: loaded only for what may be a terminal. */
const load = createRequire(import.meta.url);

export function isTerminal(descriptor: number, status: Stats): boolean {
  // Linux: devices of the major number 1 are memory, `/dev/null` among them.
  if (process.platform === "linux" && status.rdev >> 8 === 1) return false;
  return status.isCharacterDevice() && (load("node:tty") as typeof import("node:tty")).isatty(descriptor);
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
