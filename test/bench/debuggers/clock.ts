/** What is measured of a debugger: the time that passes, or what processors spend on it (Linux). */
import { readdirSync, readFileSync } from "node:fs";

export type ClockKind = "wall" | "processor";

/** Milliseconds, from anywhere on. `pid`: of the debugger; what it has started counts, too, and what of it has ended does not. */
export function readClock(kind: ClockKind, pid: number): number {
  return kind === "wall" ? performance.now() : spentBy(pid) / 1e6;
}

/** Nanoseconds of all threads of a process and of the processes that it started (proc(5): `schedstat`). */
function spentBy(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const own = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
    );
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((text) => text.trim() !== ""),
    );
    return [...own, ...children.map((child) => spentBy(Number(child)))].reduce((sum, each) => sum + each, 0);
  } catch {
    // It ended while it was looked at.
    return 0;
  }
}
