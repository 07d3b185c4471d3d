import type { GuestAddress } from "../../base/guest-address.js";
import { type Fault, faultVector, type RegisterFile } from "../../engine/machine.js";
import { exceptions } from "../../x86/float/environment.js";
import { signalNumbers } from "./signal-numbers.js";
import { type SignalInfo, signalCodes } from "./signal-state.js";

/** Bits of a page fault's error code (Intel SDM vol. 3, 4.7). */
const pageFaultBits = { present: 1n, write: 2n, user: 4n, instruction: 16n } as const;

/** Exceptions that are not masked, as bits of MXCSR's or the x87 status word's lowest six. */
export interface FloatExceptions {
  readonly simd: number;
  readonly x87: number;
}

/** The exceptions that the registers say were raised and are not masked. */
export function unmaskedExceptions({ mxcsr, x87 }: Pick<RegisterFile, "mxcsr" | "x87">): FloatExceptions {
  return { simd: mxcsr & ~(mxcsr >> 7) & 0x3f, x87: x87.status & ~x87.control & 0x3f };
}

/** `si_code`, in the order in which Linux looks (fpu__exception_code). */
function floatCode(raised: number): number {
  if (raised & exceptions.invalid) return signalCodes.FPE_FLTINV;
  if (raised & exceptions.divideByZero) return signalCodes.FPE_FLTDIV;
  if (raised & exceptions.overflow) return signalCodes.FPE_FLTOVF;
  if (raised & (exceptions.denormal | exceptions.underflow)) return signalCodes.FPE_FLTUND;
  return raised & exceptions.precision ? signalCodes.FPE_FLTRES : 0;
}

/**
 * The signal that Linux sends for a fault of the instruction at `instruction`, or a trap before it (arch/x86, traps.c
 * and fault.c).
 * `isPresent` says of a page whether the processor finds it: one without any permission it does not.
 */
export function faultSignal(
  fault: Fault,
  instruction: GuestAddress,
  isPresent: (address: GuestAddress) => boolean,
  raised: FloatExceptions,
): SignalInfo {
  const trap = { number: faultVector(fault), errorCode: 0n, address: 0n };
  switch (fault.kind) {
    case "divideError":
      return { signal: signalNumbers.SIGFPE, code: signalCodes.FPE_INTDIV, details: [instruction], trap };
    case "simdException":
      return { signal: signalNumbers.SIGFPE, code: floatCode(raised.simd), details: [instruction], trap };
    case "x87Exception":
      return { signal: signalNumbers.SIGFPE, code: floatCode(raised.x87), details: [instruction], trap };
    case "invalidOpcode":
      return { signal: signalNumbers.SIGILL, code: signalCodes.ILL_ILLOPN, details: [instruction], trap };
    case "breakpointTrap":
      return { signal: signalNumbers.SIGTRAP, code: signalCodes.SI_KERNEL, details: [], trap };
    case "debugTrap": {
      const code = fault.isSingleStep ? signalCodes.TRAP_TRACE : signalCodes.TRAP_BRKPT;
      return { signal: signalNumbers.SIGTRAP, code, details: [instruction], trap };
    }
    case "generalProtection":
      if (fault.isStack) return { signal: signalNumbers.SIGBUS, code: signalCodes.SI_KERNEL, details: [], trap };
      return { signal: signalNumbers.SIGSEGV, code: signalCodes.SI_KERNEL, details: [], trap };
    case "pageFault": {
      const { address, access, mapped } = fault;
      const errorCode =
        pageFaultBits.user |
        (isPresent(address) ? pageFaultBits.present : 0n) |
        (access === "write" ? pageFaultBits.write : 0n) |
        (access === "execute" ? pageFaultBits.instruction : 0n);
      return {
        signal: signalNumbers.SIGSEGV,
        code: mapped ? signalCodes.SEGV_ACCERR : signalCodes.SEGV_MAPERR,
        details: [address],
        trap: { ...trap, errorCode, address },
      };
    }
  }
}
