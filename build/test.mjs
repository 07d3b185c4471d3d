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
/** What failed, said again at the end: of a long log, people and services keep the last lines. */
const failures = [];

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
  else fail(title);
  return status === 0;
}

function fail(what) {
  totals.failed++;
  failures.push(what);
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
  let counted = { numPassedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  try {
    counted = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    console.error(`${title} left no report.`);
  }
  totals.passed += counted.numPassedTests;
  totals.skipped += counted.numPendingTests + counted.numTodoTests;
  const failed = failedTests(counted);
  for (const what of failed) fail(what);
  // Of a failed set-up the report says nothing.
  if (status !== 0 && failed.length === 0) fail(title);
}

/** Name and message of each failed test in a report of Vitest, and of each file that does not load. */
function failedTests({ testResults = [] }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === "failed");
    if (tests.length === 0) return status === "failed" ? [`${name}\n${message}`] : [];
    return tests.map((test) => `${name} > ${test.fullName}\n${test.failureMessages.join("\n")}`);
  });
}

/** A program that ends with a line `N passed, N failed` of its own. */
async function counting(title, parameters) {
  const { status, text } = await run(title, parameters);
  const line = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  totals.passed += Number(line?.[1] ?? 0);
  const failed = [...text.matchAll(/^\s*✗ .*$/gm)].map(([what]) => `${title}: ${what.trim()}`);
  for (const what of failed) fail(what);
  if ((status !== 0 || line?.[2] !== "0") && failed.length === 0) fail(title);
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
      fail("GREEN_THREADS_REQUIRE_VSCODE=1: without a real VS Code, that is a failure.");
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

for (const what of failures) console.log(`\n✗ ${what.slice(0, 3000)}`);
console.log(`\nAll in ${Math.round((Date.now() - started) / 1000)} s.`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
