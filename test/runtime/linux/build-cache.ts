/** Executables that compilers of this machine make for the tests, kept in the folder for temporary files. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * The path of the executable that `command flags -o … sources libraries` builds; built when it is not there yet. The
 * same command with the same compiler and the same sources gives the same path. Throws what the compiler says.
 */
export function builtOnce(
  command: string,
  flags: readonly string[],
  sources: readonly string[],
  libraries: readonly string[] = [],
): string {
  const version = spawnSync(command, ["--version"], { encoding: "utf8" }).stdout;
  const hash = createHash("sha256").update(JSON.stringify([command, version, flags, sources, libraries]));
  for (const source of sources) hash.update(readFileSync(source));
  const cache = join(tmpdir(), `green-threads-programs-${userInfo().username}`);
  const path = join(cache, hash.digest("hex").slice(0, 24));
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  // Other tests may build the same at the same time: each in a folder of its own, and then put into place at once.
  const folder = mkdtempSync(join(cache, "building-"));
  try {
    const built = join(folder, "program");
    const compiled = spawnSync(command, [...flags, "-o", built, ...sources, ...libraries], { encoding: "utf8" });
    if (compiled.status !== 0) throw new Error(compiled.stderr);
    renameSync(built, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return path;
}
