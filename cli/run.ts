import { nodeHostFiles } from "../debug-adapter/host-files.node.js";
import { type describeDiagnostic, loadProgram } from "../debug-adapter/load-program.js";
import { grantedFolders } from "../debug-adapter/program-input.js";
import { optimiseLater, withPatientInterpreter } from "../debug-adapter/start-flags.node.js";
import { describeSpan } from "../runtime/base/source.js";
import { type DebuggeeStop, loadDebuggee, signalName, statusOfSignal } from "../runtime/debuggee.js";
import type { Command } from "./command.js";
import { standardInput } from "./host-input.js";
import { standardOutput } from "./host-output.js";
import { passSignals } from "./host-signals.js";

/** Milliseconds until JavaScript is optimised as usual. */
const patience = 150;

export const runCommand: Command = {
  name: "run",
  synopsis: "run [OPTIONS] FILE [ARGS…]",
  summary: "Run an assembly source, objects or a static ELF executable.",
  details: [
    "Runs FILE, an x86-64 assembly source (GNU as syntax), a relocatable object or a static ELF executable, on the",
    "emulator. Everything behind FILE goes to the program. Its standard input, output and error are those of the",
    "command, and so are its exit status and its signals: Ctrl-C goes to the program. When a signal ends the program,",
    "the status is 128 plus the number of the signal; a fault is explained.",
    "",
    "  --with FILE            Link this source or object, too (--with work.o main.s). May be given several times.",
    "  --folder PATH=FOLDER   Let the program read FOLDER, which it finds at PATH (--folder /data=./data). It cannot",
    "                         write there. May be given several times. All other files of the program are in memory:",
    "                         it sees nothing else of this machine.",
  ].join("\n"),
  async run(words) {
    optimiseLater(patience);
    const parsed = parseWords(words);
    if ("usageError" in parsed) return parsed;
    const { file, args } = parsed;
    const image = await loadProgram(nodeHostFiles(), [file, ...parsed.others], (warning) =>
      process.stderr.write(`${describeForTerminal(warning)}\n`),
    );
    if (!image.ok) {
      const { message, diagnostics } = image.error;
      const lines = diagnostics.length === 0 ? [`green-threads: ${message}`] : diagnostics.map(describeForTerminal);
      process.stderr.write(`${lines.join("\n")}\n`);
      return 1;
    }
    const hostFolders = await grantedFolders(nodeHostFiles(), parsed.folders);
    if (!hostFolders.ok) {
      process.stderr.write(`green-threads: ${hostFolders.error}\n`);
      return 1;
    }
    const output = standardOutput("stdout");
    const errorOutput = standardOutput("stderr");
    const say = (text: string): void => void errorOutput.write(new TextEncoder().encode(`green-threads: ${text}\n`));
    const debuggee = withPatientInterpreter(() =>
      loadDebuggee(image.value, {
        programName: file,
        arguments: args,
        environment: definedOf(process.env),
        abi: "systemV",
        watchesThreads: false,
        hostFolders: hostFolders.value,
        standardInput: standardInput(),
        standardOutput: output,
        standardError: errorOutput,
        observer: { output: () => {}, note: say, threadStarted: () => {}, threadExited: () => {} },
      }),
    );
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

interface RunWords {
  readonly file: string;
  /** What is linked with it. */
  readonly others: readonly string[];
  readonly args: readonly string[];
  /** Folders by the paths at which the program finds them. */
  readonly folders: Readonly<Record<string, string>>;
}

function parseWords(words: readonly string[]): RunWords | { readonly usageError: string } {
  const folders: Record<string, string> = {};
  const others: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return { file: word, others, args: words.slice(at + 1), folders };
    const [, option = word, given] = /^(--\w+)=(.*)$/s.exec(word) ?? [];
    if (option !== "--folder" && option !== "--with") {
      return { usageError: `there is no option "${word}"; options of the program come behind FILE` };
    }
    const value = given ?? words[++at] ?? "";
    if (option === "--with") {
      if (value === "") return { usageError: "--with needs a source or an object, such as work.o" };
      others.push(value);
      continue;
    }
    const [, path, folder] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
    if (path === undefined || folder === undefined) {
      return { usageError: "--folder needs a path for the program and a folder, such as /data=./data" };
    }
    folders[path] = folder;
  }
  return { usageError: "the file to run is missing" };
}

/** The exit status; says what a shell would not know. */
function describeEnd(stop: DebuggeeStop, say: (text: string) => void): number {
  switch (stop.kind) {
    case "exited":
      return stop.status;
    case "fault": {
      const { title, description } = stop.explanation;
      say(`${title} (${signalName(stop.signal)})\n${description}`);
      return statusOfSignal(stop.signal);
    }
    default:
      throw new Error(`a run without breakpoints ended with "${stop.kind}"`);
  }
}

function describeForTerminal(diagnostic: Parameters<typeof describeDiagnostic>[0]): string {
  const { span, severity, message } = diagnostic;
  return `${describeSpan(span)}: ${severity}: ${message}`;
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
