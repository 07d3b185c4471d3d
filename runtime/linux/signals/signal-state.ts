import { signalBit, signalNumbers, unblockable } from "./signal-numbers.js";

/** `si_code` (asm-generic/siginfo.h). */
export const signalCodes = {
  SI_USER: 0,
  SI_KERNEL: 0x80,
  SI_QUEUE: -1,
  SI_TIMER: -2,
  SI_TKILL: -6,
  CLD_EXITED: 1,
  CLD_KILLED: 2,
  FPE_INTDIV: 1,
  FPE_FLTDIV: 3,
  FPE_FLTOVF: 4,
  FPE_FLTUND: 5,
  FPE_FLTRES: 6,
  FPE_FLTINV: 7,
  ILL_ILLOPN: 2,
  TRAP_BRKPT: 1,
  TRAP_TRACE: 2,
  SEGV_MAPERR: 1,
  SEGV_ACCERR: 2,
} as const;

/** A signal on its way to the program, with what its `siginfo_t` says. */
export interface SignalInfo {
  readonly signal: number;
  readonly code: number;
  /** The bytes behind `si_code` and its padding, from offset 16 on, as 64-bit words. */
  readonly details: readonly bigint[];
  /** The signals of the thread that it is for; any thread may take one that is for the process. */
  readonly target?: TaskSignals;
  /** The host has sent it, or closed what the program writes to. */
  readonly isFromHost?: boolean;
  /** For signals that a fault raises: what the frame says of it. */
  readonly trap?: { readonly number: number; readonly errorCode: bigint; readonly address: bigint };
}

/** `struct sigaction` as the kernel has it. */
export interface SignalAction {
  readonly handler: bigint;
  readonly flags: bigint;
  readonly restorer: bigint;
  readonly mask: bigint;
}

export const SIG_DFL = 0n;
export const SIG_IGN = 1n;

/** Flags of an action (asm/signal.h). */
export const actionFlags = {
  SA_NOCLDWAIT: 2n,
  SA_SIGINFO: 4n,
  SA_RESTORER: 0x04000000n,
  SA_ONSTACK: 0x08000000n,
  SA_RESTART: 0x10000000n,
  SA_NODEFER: 0x40000000n,
  SA_RESETHAND: 0x80000000n,
} as const;

export const defaultSignalAction: SignalAction = { handler: SIG_DFL, flags: 0n, restorer: 0n, mask: 0n };

/** A stack for handlers, as sigaltstack(2) sets it. */
export interface AlternateStack {
  readonly base: bigint;
  readonly size: bigint;
  /** SS_DISABLE, SS_AUTODISARM */
  readonly flags: number;
}
export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const noAlternateStack: AlternateStack = { base: 0n, size: 0n, flags: SS_DISABLE };

/** `stackPointer` lies on that stack. */
export function isOnAlternateStack(stack: AlternateStack, stackPointer: bigint): boolean {
  return (stack.flags & SS_DISABLE) === 0 && stackPointer > stack.base && stackPointer <= stack.base + stack.size;
}

const firstRealTime = 32;

/** What each thread has for itself. */
export interface TaskSignals {
  mask: bigint;
  alternateStack: AlternateStack;
  /** The mask to return to after a call that waits with another one (sigsuspend, ppoll). */
  savedMask: bigint | undefined;
}

/** The signals of a process: what it does about each, which it holds back, and which are on their way. */
export class SignalState {
  /** Those of the thread that has the processor. */
  ofTask: TaskSignals = { mask: 0n, alternateStack: noAlternateStack, savedMask: undefined };
  private readonly actions = new Map<number, SignalAction>();
  private queue: SignalInfo[] = [];
  /** How many signals have been sent to it. */
  raised = 0;

  get mask(): bigint {
    return this.ofTask.mask;
  }

  set mask(mask: bigint) {
    this.ofTask.mask = BigInt.asUintN(64, mask) & ~unblockable;
  }

  get alternateStack(): AlternateStack {
    return this.ofTask.alternateStack;
  }

  set alternateStack(stack: AlternateStack) {
    this.ofTask.alternateStack = stack;
  }

  get savedMask(): bigint | undefined {
    return this.ofTask.savedMask;
  }

  set savedMask(mask: bigint | undefined) {
    this.ofTask.savedMask = mask;
  }

  action(signal: number): SignalAction {
    return this.actions.get(signal) ?? defaultSignalAction;
  }

  /** Those that it has handlers for, and those that it ignores, a bit each. */
  get sets(): { readonly caught: bigint; readonly ignored: bigint } {
    let [caught, ignored] = [0n, 0n];
    for (const [signal, { handler }] of this.actions) {
      if (handler === SIG_IGN) ignored |= signalBit(signal);
      else if (handler !== SIG_DFL) caught |= signalBit(signal);
    }
    return { caught, ignored };
  }

  /** Ended children are kept until the program asks for them (sigaction(2), SA_NOCLDWAIT). */
  get keepsChildren(): boolean {
    const { handler, flags } = this.action(signalNumbers.SIGCHLD);
    return handler !== SIG_IGN && (flags & actionFlags.SA_NOCLDWAIT) === 0n;
  }

  setAction(signal: number, action: SignalAction): void {
    this.actions.set(signal, action);
    if (action.handler === SIG_IGN) this.drop(signal);
  }

  /** Sends a signal to the program. Ordinary ones that are on their way already are not sent twice. */
  raise(info: SignalInfo): void {
    const isPending = this.queue.some(({ signal, target }) => signal === info.signal && target === info.target);
    if (isPending && info.signal < firstRealTime) return;
    this.queue.push(info);
    this.raised++;
  }

  /** It is on its way still. */
  isPending(info: SignalInfo): boolean {
    return this.queue.includes(info);
  }

  /** The signals on their way to the current thread, a bit each. */
  get pending(): bigint {
    return this.queue
      .filter((info) => this.isForCurrent(info))
      .reduce((set, { signal }) => set | signalBit(signal), 0n);
  }

  /** A signal is on its way that the thread with these signals does not block. */
  hasUnblocked(task: TaskSignals): boolean {
    return this.queue.some(({ signal, target }) => {
      return (target === undefined || target === task) && (task.mask & signalBit(signal)) === 0n;
    });
  }

  /** Takes the next signal of the set, lowest number first; undefined: there is none. */
  take(set: bigint): SignalInfo | undefined {
    const candidates = this.queue.filter((info) => {
      return this.isForCurrent(info) && (set & signalBit(info.signal)) !== 0n;
    });
    const lowest = Math.min(...candidates.map(({ signal }) => signal));
    const next = candidates.find(({ signal }) => signal === lowest);
    if (next !== undefined) this.queue.splice(this.queue.indexOf(next), 1);
    return next;
  }

  /** The signals of a new process: it does the same about them and holds the same back; none is on its way to it. */
  fork(): SignalState {
    const copy = new SignalState();
    for (const [signal, action] of this.actions) copy.actions.set(signal, action);
    copy.ofTask = { ...this.ofTask };
    return copy;
  }

  /** The process executes another program, which has no handlers yet. What is ignored stays so. */
  forgetHandlers(): void {
    for (const [signal, { handler }] of this.actions) if (handler !== SIG_IGN) this.actions.delete(signal);
    this.ofTask.alternateStack = noAlternateStack;
    this.ofTask.savedMask = undefined;
  }

  private drop(signal: number): void {
    this.queue = this.queue.filter((info) => info.signal !== signal);
  }

  private isForCurrent({ target }: SignalInfo): boolean {
    return target === undefined || target === this.ofTask;
  }
}
