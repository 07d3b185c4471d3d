import { formatAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import type { Debuggee, LoadOptions } from "../debuggee.js";
import { createMachine } from "../engine/create-machine.js";
import { patient } from "../engine/regions/compile-policy.js";
import { layout, stackLow } from "../linux/address-space.js";
import { LinuxProcess } from "../linux/linux-process.js";
import { readExecutable } from "../object/read-executable.js";
import { GreenThreads } from "../threads/green-threads.js";
import { EmulatedDebuggee } from "./emulated-debuggee.js";
import { fileName, ProgramIndex } from "./program-index.js";
import { ThreadEventRelay } from "./thread-event-relay.js";
import { threadModelFor } from "./thread-model.js";

/**
 * Loads a program into a new machine and makes it ready to execute its first instruction. Fails, with a sentence for
 * the user, when the program has no place to begin or does not fit in the guest's address space.
 */
export function loadDebuggee(image: ProgramImage, options: LoadOptions): Result<Debuggee, string> {
  const index = new ProgramIndex(image);
  if (!index.isCode(image.entry)) {
    return fail(
      `The program has no entry: its first instruction should be at ${formatAddress(image.entry)}, and there is no ` +
        "code. Define main, or _start, in the program and declare it with .globl.",
    );
  }
  const machine = createMachine({ mode: options.mode, compiling: patient });
  const program = options.programName ?? fileName(image.sources.find((source) => !source.isLibrary));
  // There is one before the program runs.
  let debuggee: EmulatedDebuggee | undefined;
  const process = LinuxProcess.start(machine, image, {
    arguments: [program, ...options.arguments],
    environment: options.environment,
    standardInput: options.standardInput,
    standardOutput: options.standardOutput,
    standardError: options.standardError,
    hostFolders: options.hostFolders,
    memoryLimit: options.memoryLimit,
    output: (stream, bytes) => options.observer.output(stream, bytes),
    note: (text) => options.observer.note(text),
    describeAddress: (address) => index.describe(address),
    signalHandled: (signal) => debuggee?.signalHandled(signal),
    readExecutable,
  });
  if (!process.ok) return process;
  const events = new ThreadEventRelay();
  const mainStack = { stackLow, stackHigh: layout.stackHigh };
  // Whoever does not look at threads need not look for what their runtime is.
  const model = options.watchesThreads === false ? ok(undefined) : threadModelFor(image, machine, options.threadModel);
  if (!model.ok) return model;
  const threads = new GreenThreads(machine, image, options.abi, events, mainStack, options.watchesThreads, model.value);
  if (options.watchesThreads !== false) process.value.observeTasks(threads.kernelThreads);
  debuggee = new EmulatedDebuggee({ image, index, machine, process: process.value, threads, options }, events);
  return ok(debuggee);
}
