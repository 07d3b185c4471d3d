/** ioctl(2) of terminals (ioctl_tty(2)): what the standard streams are when the host's are a terminal. */
import { systemCallError } from "../errors.js";
import type { OpenFile } from "../files/open-file.js";
import { StandardStream } from "../files/standard-streams.js";
import type { SystemCallContext, SystemCallResult } from "./system-call.js";

/** asm-generic/ioctls.h */
const [TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ] = [0x5401, 0x5402, 0x5403, 0x5404, 0x5413];

/** In bytes: `struct termios` of the kernel: four words of flags, the line discipline, and 19 control characters. */
const settingsSize = 36;

/** Settings of a terminal that edits lines, as `stty sane` makes them. */
function saneSettings(): Uint8Array {
  const bytes = new Uint8Array(settingsSize);
  // ICRNL IXON IUTF8; OPOST ONLCR; CS8 CREAD B38400; ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN.
  bytes.set(new Uint8Array(Uint32Array.of(0x4500, 0x5, 0xbf, 0x8a3b).buffer));
  bytes.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0], 17);
  return bytes;
}

/** Undefined: the request is none of a terminal's, or the file is no terminal. */
export function terminalControl(
  context: SystemCallContext,
  file: OpenFile,
  request: number,
  argument: bigint,
): SystemCallResult | undefined {
  const terminal = file instanceof StandardStream ? file.host.terminal : undefined;
  if (terminal === undefined) return undefined;
  const { memory } = context;
  const done = (isDone: boolean): bigint => (isDone ? 0n : systemCallError("EFAULT"));
  switch (request) {
    case TCGETS:
      return done(memory.write(argument, terminal.settings ?? saneSettings()));
    case TCSETS:
    case TCSETSW:
    case TCSETSF: {
      const settings = memory.read(argument, settingsSize);
      if (settings !== undefined) terminal.settings = settings;
      return done(settings !== undefined);
    }
    case TIOCGWINSZ: {
      const { rows, columns } = terminal.size();
      const size = Uint16Array.of(rows, columns, 0, 0);
      return done(memory.write(argument, new Uint8Array(size.buffer)));
    }
    default:
      return undefined;
  }
}
