// Bundles one TypeScript program of the repository and runs it.   node build/run.mjs FILE.ts [ARGUMENTS…]
import { spawnSync } from "node:child_process";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { common } from "./bundles.mjs";
import { engineEsbuildPlugin } from "./engine-plugin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node build/run.mjs FILE.ts [ARGUMENTS…]");
  process.exit(2);
}
const folder = join(root, "node_modules/.cache/green-threads", `${basename(file, ".ts")}-${process.pid}`);
const outfile = join(folder, "main.mjs");
await esbuild.build({
  ...common,
  entryPoints: [resolve(root, file)],
  outfile,
  platform: "node",
  format: "esm",
  packages: "external",
  external: [],
  // The interpreter comes as bytes, as in the extension: what is measured is what is shipped.
  plugins: [...common.plugins, engineEsbuildPlugin],
  sourcemap: "inline",
  // What only tests load is left out.
  define: { "process.env.GREEN_THREADS_ROOT": JSON.stringify(root), "process.env.VITEST": "undefined" },
});
const { status, signal } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...rest], {
  stdio: "inherit",
});
process.exitCode = signal ? 1 : (status ?? 1);
const { rmSync } = await import("node:fs");
rmSync(folder, { recursive: true, force: true });
