#!/usr/bin/env node
// The `green-threads` command.
import * as nodeModule from "node:module";
import { version } from "../package.json";
import type { Command } from "./command.js";

/** A command loads only what it needs itself: starting is a good part of a short program's time. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./run.js")).runCommand,
  as: async () => (await import("./as.js")).assembleCommand,
  dap: async () => (await import("./dap.js")).debugAdapterCommand,
  lsp: async () => (await import("./lsp.js")).languageServerCommand,
};

async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return `Usage: green-threads COMMAND

${all.map(({ synopsis, summary }) => `  ${synopsis.padEnd(22)} ${summary}`).join("\n")}

  --help                 Show this text; COMMAND --help shows more about one.
  --version              Show the version.
`;
}

/** Carries out the command line; returns the exit status, or undefined for a command that goes on. */
async function main(words: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = words;
  // A reader that goes away (`green-threads --help | head`) ends the command quietly. `run` tells its program of it.
  if (name !== "run") {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(await usage());
    return 0;
  }
  if (name === "--version") {
    process.stdout.write(`green-threads ${version}\n`);
    return 0;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const problem = name === undefined ? "" : `green-threads: there is no command "${name}"\n\n`;
    process.stderr.write(`${problem}${await usage()}`);
    return 2;
  }
  const command = await load();
  if (rest[0] === "--help" || rest[0] === "-h") {
    process.stdout.write(`Usage: green-threads ${command.synopsis}\n\n${command.details}\n`);
    return 0;
  }
  const outcome = await command.run(rest);
  if (typeof outcome !== "object") return outcome;
  process.stderr.write(
    `green-threads ${command.name}: ${outcome.usageError}\nUsage: green-threads ${command.synopsis}\n`,
  );
  return 2;
}

// Node 22 and newer keep what they compiled of the code that is loaded from here on, by their own version and its bytes.
if ("enableCompileCache" in nodeModule) (nodeModule.enableCompileCache as () => void)();

process.exitCode = await main(process.argv.slice(2));
