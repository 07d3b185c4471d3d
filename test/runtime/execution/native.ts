/** The same program on the processor and the kernel of this machine, where GNU as and ld are installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestLibrary } from "../../../runtime/guest/library.js";

export const canRunNatively =
  process.platform === "linux" &&
  process.arch === "x64" &&
  spawnSync("as", ["--version"]).status === 0 &&
  spawnSync("ld", ["--version"]).status === 0;

export interface NativeRun {
  readonly output: string;
  readonly errorOutput: string;
  readonly status: number | null;
  readonly signal: string | null;
}

/** Builds `text` with GNU as and ld (the guest library as an archive) and runs it. */
export function runNatively(text: string, options: { arguments?: readonly string[]; input?: string } = {}): NativeRun {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-native-"));
  const tool = (command: string, ...parameters: string[]): void => {
    const { status, stderr } = spawnSync(command, parameters, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  try {
    writeFileSync(join(folder, "program.s"), text);
    tool("as", "-o", "program.o", "program.s");
    const members = guestLibrary.map((member, index) => {
      writeFileSync(join(folder, `member${index}.s`), member.text);
      tool("as", "-o", `member${index}.o`, `member${index}.s`);
      return `member${index}.o`;
    });
    tool("ar", "rc", "library.a", ...members);
    tool("ld", "-u", "_start", "-z", "noexecstack", "-o", "program", "program.o", "library.a");
    const run = spawnSync("./program", [...(options.arguments ?? [])], {
      cwd: folder,
      encoding: "utf8",
      input: options.input ?? "",
      env: {},
      timeout: 20_000,
    });
    return { output: run.stdout, errorOutput: run.stderr, status: run.status, signal: run.signal };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
