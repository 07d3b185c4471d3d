import { nodeHostFiles } from "../debug-adapter/host-files.node.js";
import { type describeDiagnostic, loadProgram } from "../debug-adapter/load-program.js";
import { signalOf } from "../debug-adapter/signals.js";
import { type DebuggeeStop, loadDebuggee } from "../runtime/debuggee.js";
import type { Command } from "./command.js";
import { standardInput } from "./host-input.js";
import { standardOutput } from "./host-output.js";
import { passSignals } from "./host-signals.js";

export const runCommand: Command = {
  name: "run",
  synopsis: "run FILE [ARGS…]",
  summary: "Run an assembly source or a static ELF executable.",
  details: [
    "Runs FILE, an x86-64 assembly source (GNU as syntax) or a static ELF executable, on the emulator. Everything",
    "behind FILE goes to the program. Its standard input, output and error are those of the command, and so are its",
    "exit status and its signals: Ctrl-C goes to the program. When a signal ends the program, the status is",
    "128 plus the number of the signal; a fault is explained.",
  ].join("\n"),
  async run(words) {
    const [file, ...args] = words;
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
    const output = standardOutput("stdout");
    const errorOutput = standardOutput("stderr");
    const say = (text: string): void => void errorOutput.write(new TextEncoder().encode(`green-threads: ${text}\n`));
    const debuggee = loadDebuggee(image.value, {
      programName: file,
      arguments: args,
      environment: definedOf(process.env),
      abi: "systemV",
      watchesThreads: false,
      standardInput: standardInput(),
      standardOutput: output,
      standardError: errorOutput,
      observer: { output: () => {}, note: say, threadStarted: () => {}, threadExited: () => {} },
    });
    if (!debuggee.ok) {
      process.stderr.write(`green-threads: ${debuggee.error}\n`);
      return 1;
    }
    passSignals((signal) => debuggee.value.sendSignal(signal));
    const stop = await debuggee.value.run({ kind: "continue" });
    const status = describeEnd(stop, say);
    await Promise.all([output.finished(), errorOutput.finished()]);
    // Node would wait for more of standard input.
    process.exit(status);
  },
};

/** The exit status; says what a shell would not know. */
function describeEnd(stop: DebuggeeStop, say: (text: string) => void): number {
  switch (stop.kind) {
    case "exited":
      return stop.status;
    case "fault": {
      const { title, description, fault } = stop.explanation;
      const signal = signalOf(fault);
      say(`${title} (${signal.name})\n${description}`);
      return 128 + signal.number;
    }
    default:
      throw new Error(`a run without breakpoints ended with "${stop.kind}"`);
  }
}

function describeForTerminal(diagnostic: Parameters<typeof describeDiagnostic>[0]): string {
  const { span, severity, message } = diagnostic;
  return `${span.path}:${span.line}:${span.column}: ${severity}: ${message}`;
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
