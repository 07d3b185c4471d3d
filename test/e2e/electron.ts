/** Runs the same suites in a desktop VS Code, which it downloads.   npm run test:electron */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { root } from "./harness/browser.js";
import { buildSuite } from "./harness/build-suite.js";

const workspace = mkdtempSync(join(tmpdir(), "green-threads-electron-"));
try {
  process.exitCode = await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: await buildSuite(),
    launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
  });
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
