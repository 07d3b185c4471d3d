/** The adapter as it is shipped: bundled, for tests that run it as a program. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild, { type BuildOptions } from "esbuild";
// @ts-expect-error: the build scripts are plain JavaScript.
import { bundles } from "../../../build/bundles.mjs";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Builds one of the Node programs into a folder of its own; returns the program's path and how to be rid of it. */
export async function buildProgram(
  name: "debug-adapter" | "cli",
): Promise<{ readonly program: string; readonly remove: () => void }> {
  mkdirSync(join(root, "node_modules", ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules", ".cache", "green-threads-test-"));
  const options = (bundles({ production: false }) as BuildOptions[]).find(
    ({ entryPoints }) => entryPoints !== undefined && name in entryPoints,
  );
  const entry = (options?.entryPoints as Record<string, string> | undefined)?.[name];
  if (entry === undefined) throw new Error(`build/bundles.mjs has no program "${name}"`);
  await esbuild.build({
    ...options,
    entryPoints: { [name]: entry },
    absWorkingDir: root,
    outdir: folder,
    sourcemap: false,
  });
  return { program: join(folder, `${name}.mjs`), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
