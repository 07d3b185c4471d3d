/** signalfd4(2): signals that are read from a file instead of being delivered. */
import { systemCallError } from "../errors.js";
import { AnonymousNode } from "../files/nodes.js";
import { OpenFile, openFlags, type Readiness } from "../files/open-file.js";
import type { System } from "../processes/system.js";
import { unblockable } from "../signals/signal-numbers.js";
import { type SignalInfo, signalCodes } from "../signals/signal-state.js";
import { install } from "./open-files.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

const signalFileFlags = openFlags.O_NONBLOCK | openFlags.O_CLOEXEC;
/** In bytes: `struct signalfd_siginfo`. */
const entrySize = 128;

/** The signals of whoever reads it. */
class SignalFile extends OpenFile {
  readonly description = "a signalfd";

  constructor(
    public set: bigint,
    flags: number,
    private readonly system: System,
  ) {
    super(new AnonymousNode(0, 0o600, system.clock), flags | openFlags.O_RDWR);
  }

  override get readNews(): number {
    return this.system.current?.signals.raised ?? 0;
  }

  read(count: number): Uint8Array | "EINVAL" | "EAGAIN" {
    if (count < entrySize) return "EINVAL";
    const entries: Uint8Array[] = [];
    while ((entries.length + 1) * entrySize <= count) {
      const info = this.system.current?.signals.take(this.set);
      if (info === undefined) break;
      entries.push(entryOf(info));
    }
    if (entries.length === 0) return "EAGAIN";
    const bytes = new Uint8Array(entries.length * entrySize);
    entries.forEach((entry, index) => {
      bytes.set(entry, index * entrySize);
    });
    return bytes;
  }

  write(): "EINVAL" {
    return "EINVAL";
  }

  override readiness(): Readiness {
    const pending = this.system.current?.signals.pending ?? 0n;
    return { readable: (pending & this.set) !== 0n, writable: false };
  }
}

function entryOf({ signal, code, details }: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(entrySize);
  const view = new DataView(bytes.buffer);
  const [first = 0n, second = 0n] = details;
  const low = (word: bigint): number => Number(BigInt.asIntN(32, word));
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  if (code === signalCodes.SI_TIMER) {
    view.setInt32(24, low(first), true); // the timer
    view.setInt32(32, low(first >> 32n), true); // its overruns
  } else {
    view.setInt32(12, low(first), true); // process
    view.setInt32(16, low(first >> 32n), true); // user
  }
  if (code === signalCodes.CLD_EXITED || code === signalCodes.CLD_KILLED) {
    view.setInt32(40, low(second), true); // status
  } else if (code < 0) {
    view.setInt32(44, low(second), true); // the value that came with it, as a number and as a pointer
    view.setBigUint64(48, BigInt.asUintN(64, second), true);
  }
  return bytes;
}

/** signalfd4(2) */
export function signalfd4(
  context: SystemCallContext,
  [descriptor, set, size, flagBits]: SystemCallArguments,
): SystemCallResult {
  const flags = asInt(flagBits);
  if (size !== 8n || (flags & ~signalFileFlags) !== 0) return systemCallError("EINVAL");
  const mask = context.memory.readWords(set, 1)?.[0];
  if (mask === undefined) return systemCallError("EFAULT");
  const wanted = mask & ~unblockable;
  if (asInt(descriptor) === -1) {
    return install(context, new SignalFile(wanted, flags & openFlags.O_NONBLOCK, context.system), flags);
  }
  const file = context.descriptors.file(asInt(descriptor));
  if (file === undefined) return systemCallError("EBADF");
  if (!(file instanceof SignalFile)) return systemCallError("EINVAL");
  file.set = wanted;
  return BigInt(asInt(descriptor));
}

export function signalfd(context: SystemCallContext, [descriptor, set, size]: SystemCallArguments): SystemCallResult {
  return signalfd4(context, [descriptor, set, size, 0n, 0n, 0n]);
}
