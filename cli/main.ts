#!/usr/bin/env node
// The `green-threads` command.
import { version } from "../package.json";
import { assembleCommand } from "./as.js";
import type { Command } from "./command.js";
import { debugAdapterCommand } from "./dap.js";
import { languageServerCommand } from "./lsp.js";
import { runCommand } from "./run.js";

const commands: readonly Command[] = [runCommand, assembleCommand, debugAdapterCommand, languageServerCommand];

const usage = `Usage: green-threads COMMAND

${commands.map(({ synopsis, summary }) => `  ${synopsis.padEnd(27)} ${summary}`).join("\n")}

  --help                      Show this text; COMMAND --help shows more about one.
  --version                   Show the version.
`;

/** Carries out the command line; returns the exit status, or undefined for a command that goes on. */
async function main(words: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = words;
  // A reader that goes away (`green-threads --help | head`) ends the command quietly. `run` tells its program of it.
  if (name !== runCommand.name) {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(usage);
    return 0;
  }
  if (name === "--version") {
    process.stdout.write(`green-threads ${version}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const problem = name === undefined ? "" : `green-threads: there is no command "${name}"\n\n`;
    process.stderr.write(`${problem}${usage}`);
    return 2;
  }
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

process.exitCode = await main(process.argv.slice(2));
