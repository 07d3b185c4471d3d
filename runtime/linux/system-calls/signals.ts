import { systemCallError } from "../errors.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** `struct sigaction` as the kernel has it: handler, flags, restorer, mask. */
const actionSize = 32;
const [SIGKILL, SIGSTOP, lastSignal] = [9, 19, 64];

/** rt_sigaction(2): kept and given back, never called; the user is told. */
export function setAction(
  context: SystemCallContext,
  [signal, action, oldAction, setSize]: SystemCallArguments,
): SystemCallResult {
  const number = asInt(signal);
  if (setSize !== 8n || number < 1 || number > lastSignal) return systemCallError("EINVAL");
  if (action !== 0n && (number === SIGKILL || number === SIGSTOP)) return systemCallError("EINVAL");
  const { actions } = context.signals;
  const wanted = action === 0n ? undefined : context.memory.read(action, actionSize);
  if (action !== 0n && wanted === undefined) return systemCallError("EFAULT");
  const old = actions.get(number) ?? new Uint8Array(actionSize);
  if (oldAction !== 0n && !context.memory.write(oldAction, old)) return systemCallError("EFAULT");
  if (wanted !== undefined) {
    actions.set(number, wanted);
    // 0 is SIG_DFL, 1 is SIG_IGN: only other values are functions that the program expects to be called.
    if (new DataView(wanted.buffer, wanted.byteOffset).getBigUint64(0, true) > 1n) {
      context.noteOnce(
        `The program set a handler for signal ${number}. Green Threads does not deliver signals: it stops at the fault itself.`,
      );
    }
  }
  return 0n;
}

/** rt_sigprocmask(2): the mask is kept; there are no signals to block. */
export function setMask(
  context: SystemCallContext,
  [how, set, oldSet, setSize]: SystemCallArguments,
): SystemCallResult {
  if (setSize !== 8n) return systemCallError("EINVAL");
  const words = set === 0n ? undefined : context.memory.readWords(set, 1);
  if (set !== 0n && words === undefined) return systemCallError("EFAULT");
  const old = context.signals.mask;
  const wanted = words?.[0];
  if (wanted !== undefined) {
    switch (asInt(how)) {
      case 0: // SIG_BLOCK
        context.signals.mask = old | wanted;
        break;
      case 1: // SIG_UNBLOCK
        context.signals.mask = old & ~wanted;
        break;
      case 2: // SIG_SETMASK
        context.signals.mask = wanted;
        break;
      default:
        return systemCallError("EINVAL");
    }
  }
  if (oldSet !== 0n && !context.memory.writeWords(oldSet, [old])) return systemCallError("EFAULT");
  return 0n;
}
