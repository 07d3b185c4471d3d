import { fstatSync, readFileSync } from "node:fs";
import { nodeHostFiles } from "../debug-adapter/host-files.node.js";
import { type describeDiagnostic, loadProgram } from "../debug-adapter/load-program.js";
import { signalOf } from "../debug-adapter/signals.js";
import { loadDebuggee } from "../runtime/debuggee.js";
import type { Command } from "./command.js";

export const runCommand: Command = {
  name: "run",
  synopsis: "run FILE [ARGS…]",
  summary: "Run an assembly source or a static ELF executable.",
  details: [
    "Runs FILE, an x86-64 assembly source (GNU as syntax) or a static ELF executable, on the emulator. Everything",
    "behind FILE goes to the program. What the program writes comes out here, and its exit status is the command's.",
    "A program that ends in a fault is explained, and the status is 128 plus the number of the signal.",
    "",
    "  --stdin   Read standard input to its end and give it to the program. A file redirected to standard input is",
    "            given to it without asking.",
  ].join("\n"),
  async run(words) {
    const readsPipe = words[0] === "--stdin";
    const [file, ...args] = readsPipe ? words.slice(1) : words;
    if (file === undefined) return { usageError: "the file to run is missing" };
    if (file.startsWith("-"))
      return { usageError: `there is no option "${file}"; options of the program come behind FILE` };

    const image = await loadProgram(nodeHostFiles(), file, (warning) =>
      process.stderr.write(`${describeForTerminal(warning)}\n`),
    );
    if (!image.ok) {
      const { message, diagnostics } = image.error;
      const lines = diagnostics.length === 0 ? [`green-threads: ${message}`] : diagnostics.map(describeForTerminal);
      process.stderr.write(`${lines.join("\n")}\n`);
      return 1;
    }
    const debuggee = loadDebuggee(image.value, {
      programName: file,
      arguments: args,
      environment: definedOf(process.env),
      abi: "systemV",
      watchesThreads: false,
      standardInput: readsPipe || fstatSync(0).isFile() ? readFileSync(0) : undefined,
      observer: {
        output: (stream, bytes) => process[stream].write(bytes),
        note: (text) => process.stderr.write(`green-threads: ${text}\n`),
        threadStarted: () => {},
        threadExited: () => {},
      },
    });
    if (!debuggee.ok) {
      process.stderr.write(`green-threads: ${debuggee.error}\n`);
      return 1;
    }
    const stop = await debuggee.value.run({ kind: "continue" });
    switch (stop.kind) {
      case "exited":
        return stop.status;
      case "fault": {
        const { title, description, fault } = stop.explanation;
        const signal = signalOf(fault);
        process.stderr.write(`green-threads: ${title} (${signal.name})\n${description}\n`);
        return 128 + signal.number;
      }
      default:
        throw new Error(`a run without breakpoints ended with "${stop.kind}"`);
    }
  },
};

function describeForTerminal(diagnostic: Parameters<typeof describeDiagnostic>[0]): string {
  const { span, severity, message } = diagnostic;
  return `${span.path}:${span.line}:${span.column}: ${severity}: ${message}`;
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
