/** Compiles the programs of this folder with the compilers of the machine, for tests that ask other tools about them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const programs = join(here, "programs");
/** Programs built beforehand, and what other tools said about them, for machines without those tools. */
export const fixtures = join(here, "fixtures");

/** Whether all of these commands are there. A test that is skipped for want of one says so. */
export function hasTools(...names: readonly string[]): boolean {
  const missing = process.platform === "linux" ? names.filter((name) => !hasTool(name)) : names;
  if (missing.length > 0) console.warn(`skipped for want of ${missing.join(", ")}`);
  return missing.length === 0;
}

function hasTool(name: string): boolean {
  return spawnSync(name, ["--version"]).status === 0;
}

/** What a command prints. */
export function output(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", input, maxBuffer: 2 ** 29 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

export interface Compiled {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A folder for compiled programs. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "green-threads-object-"));

  /** Compiles a file of `programs` with the compiler that its name asks for. */
  compile(source: string, ...flags: readonly string[]): Compiled {
    return this.compileWith(
      source.endsWith(".rs") ? "rustc" : source.endsWith(".cc") ? "g++" : "gcc",
      source,
      ...flags,
    );
  }

  /** Compiles a file of `programs` with that compiler. */
  compileWith(compiler: string, source: string, ...flags: readonly string[]): Compiled {
    const path = join(this.folder, `${compiler}-${source}-${flags.join("")}`.replaceAll(/[^\w.-]/g, "_"));
    output(compiler, [...flags, join(programs, source), "-o", path]);
    return { path, bytes: this.read(path) };
  }

  /** The bytes of a file that a test made in the folder. */
  read(path: string): Uint8Array {
    return new Uint8Array(readFileSync(path));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
