// Builds the extension's bundles into dist/.   node build/build.mjs [--production] [--watch]
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { bundles } from "./bundles.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const production = process.argv.includes("--production");
rmSync("dist", { recursive: true, force: true });
const list = bundles({ production });
if (process.argv.includes("--watch")) {
  const contexts = await Promise.all(list.map((options) => esbuild.context(options)));
  await Promise.all(contexts.map((context) => context.watch()));
  console.log("Watching for changes…");
} else {
  await Promise.all(list.map((options) => esbuild.build(options)));
}
