/** Bundles the suites that run inside the extension host. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import esbuild from "esbuild";
import { root } from "./browser.js";

/** Returns the path of the entry point, without its ending. */
export async function buildSuite(): Promise<string> {
  const source = join(root, "test/e2e/suite");
  const target = join(root, "dist-test/suite");
  rmSync(target, { recursive: true, force: true });
  await esbuild.build({
    entryPoints: readdirSync(source)
      .filter((name) => name === "index.ts" || name.endsWith(".test.ts"))
      .map((name) => join(source, name)),
    outdir: target,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "es2022",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
  return join(target, "index");
}
