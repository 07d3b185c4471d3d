/** Makes the .vsix that the tests install, unless `GREEN_THREADS_VSIX` names one. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { resultsDirectory, root } from "./browser.js";

const made = join(resultsDirectory, "green-threads.vsix");

/** The package under test. */
export function extensionPackage(): string {
  return process.env.GREEN_THREADS_VSIX ?? made;
}

export default function setup(): void {
  mkdirSync(resultsDirectory, { recursive: true });
  if (process.env.GREEN_THREADS_VSIX) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["build/package.mjs", "--out", made], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the extension could not be packaged:\n${stdout}${stderr}`);
}
