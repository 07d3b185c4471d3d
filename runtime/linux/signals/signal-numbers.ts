/** Signals of x86-64 Linux (asm/signal.h) and what they do where the program has set no handler (signal(7)). */
export const signalNumbers = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

export const lastSignal = 64;

const names = new Map<number, string>(Object.entries(signalNumbers).map(([name, number]) => [number, name]));

/** `SIGABRT`; real-time signals by number. */
export function signalName(signal: number): string {
  return names.get(signal) ?? `real-time signal ${signal}`;
}

const ignored = new Set<number>([
  signalNumbers.SIGCHLD,
  signalNumbers.SIGCONT,
  signalNumbers.SIGURG,
  signalNumbers.SIGWINCH,
]);
const stopping = new Set<number>([
  signalNumbers.SIGSTOP,
  signalNumbers.SIGTSTP,
  signalNumbers.SIGTTIN,
  signalNumbers.SIGTTOU,
]);

/** Ends the process (with or without a core dump), stops it, or nothing. */
export function defaultAction(signal: number): "terminate" | "stop" | "ignore" {
  if (ignored.has(signal)) return "ignore";
  return stopping.has(signal) ? "stop" : "terminate";
}

const { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS } = signalNumbers;
const dumping = new Set<number>([SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS]);

/** Linux would leave a core dump of a process that it ends (signal(7)): something is wrong with the program. */
export function dumpsCore(signal: number): boolean {
  return dumping.has(signal);
}

/** The bit of a signal in a `sigset_t`. */
export function signalBit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** What no mask holds back. */
export const unblockable = signalBit(signalNumbers.SIGKILL) | signalBit(signalNumbers.SIGSTOP);
