// All the tests.   npm test
// Builds, checks, runs the unit and protocol tests, then the tests in a real VS Code where one can be had.
// GREEN_THREADS_REQUIRE_VSCODE=1 makes its absence a failure. Ends with the line `N passed, N failed`.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findChromium, findHost } from "./vscode-host/location.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
mkdirSync("test-results", { recursive: true });
const vscodeIsRequired = process.env.GREEN_THREADS_REQUIRE_VSCODE === "1";
const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs a program to its end with its output on ours; gives its status and everything that it said. */
function run(title, parameters, environment = {}) {
  console.log(`\n── ${title}`);
  const started = Date.now();
  const child = spawn(process.execPath, parameters, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve) => {
    const end = (status) => {
      console.log(
        `── ${title}: ${status === 0 ? "passed" : "FAILED"}, ${((Date.now() - started) / 1000).toFixed(1)} s`,
      );
      resolve({ status, text });
    };
    child.once("error", (error) => {
      console.error(error.message);
      end(1);
    });
    child.once("close", (code) => end(code ?? 1));
  });
}

/** A step that passes or fails as a whole. */
async function check(title, parameters) {
  const { status } = await run(title, parameters);
  if (status === 0) totals.passed++;
  else totals.failed++;
  return status === 0;
}

/** A run of Vitest, counted by its own report. */
async function vitest(title, parameters, environment) {
  const report = `test-results/${title.replace(/\W+/g, "-").toLowerCase()}.json`;
  rmSync(report, { force: true });
  const { status } = await run(
    title,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...parameters,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    environment,
  );
  let counted = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  try {
    counted = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    console.error(`${title} left no report.`);
  }
  totals.passed += counted.numPassedTests;
  totals.skipped += counted.numPendingTests + counted.numTodoTests;
  // A file that does not load or a failed set-up fails the run without a failed test.
  totals.failed += status === 0 ? counted.numFailedTests : Math.max(1, counted.numFailedTests);
}

/** A program that ends with a line `N passed, N failed` of its own. */
async function counting(title, parameters) {
  const { status, text } = await run(title, parameters);
  const line = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  totals.passed += Number(line?.[1] ?? 0);
  const failed = Number(line?.[2] ?? 0);
  totals.failed += status === 0 && line ? failed : Math.max(1, failed);
}

async function realVscode() {
  const chromium = findChromium();
  if (!findHost() || !chromium) {
    const missing = [!findHost() && "code-server", !chromium && "chromium"].filter(Boolean).join(" and ");
    console.log(`
${"!".repeat(100)}
  The tests in a real VS Code did NOT run: ${missing} ${missing.includes(" and ") ? "are" : "is"} not on this machine.
  To get them (Linux, macOS):   node build/vscode-host/install.mjs      and a chromium on the PATH
  On a desktop with a network:  npm run test:electron
${"!".repeat(100)}`);
    if (vscodeIsRequired) {
      console.log("GREEN_THREADS_REQUIRE_VSCODE=1: that is a failure.");
      totals.failed++;
    } else {
      totals.skipped++;
    }
    return;
  }
  const vsix = "test-results/green-threads.vsix";
  if (!(await check("Package", ["build/package.mjs", "--out", vsix]))) return;
  await counting("Extension host", ["build/run.mjs", "test/e2e/extension-host.ts"]);
  await vitest("Window", ["--config", "test/e2e/vitest.config.mts"], { GREEN_THREADS_VSIX: vsix });
}

const started = Date.now();
const isBuilt = await check("Build", ["build/build.mjs"]);
await check("Lint", ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "."]);
await check("Types", ["node_modules/typescript/bin/tsc", "--noEmit"]);
await vitest("Unit and protocol tests", []);
if (isBuilt) await realVscode();

console.log(`\nAll in ${Math.round((Date.now() - started) / 1000)} s.`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
