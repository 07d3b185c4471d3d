import type { GuestAddress } from "../../base/guest-address.js";
import { type Fault, faultVector } from "../../engine/machine.js";
import { signalNumbers } from "./signal-numbers.js";
import { type SignalInfo, signalCodes } from "./signal-state.js";

/** Bits of a page fault's error code (Intel SDM vol. 3, 4.7). */
const pageFaultBits = { present: 1n, write: 2n, user: 4n, instruction: 16n } as const;

/**
 * The signal that Linux sends for a fault of the instruction at `instruction` (arch/x86, traps.c and fault.c).
 * `isPresent` says of a page whether the processor finds it: one without any permission it does not.
 */
export function faultSignal(
  fault: Fault,
  instruction: GuestAddress,
  isPresent: (address: GuestAddress) => boolean,
): SignalInfo {
  const trap = { number: faultVector(fault), errorCode: 0n, address: 0n };
  switch (fault.kind) {
    case "divideError":
      return { signal: signalNumbers.SIGFPE, code: signalCodes.FPE_INTDIV, details: [instruction], trap };
    case "simdException":
      return { signal: signalNumbers.SIGFPE, code: signalCodes.FPE_FLTINV, details: [instruction], trap };
    case "invalidOpcode":
      return { signal: signalNumbers.SIGILL, code: signalCodes.ILL_ILLOPN, details: [instruction], trap };
    case "breakpointTrap":
      return { signal: signalNumbers.SIGTRAP, code: signalCodes.SI_KERNEL, details: [], trap };
    case "generalProtection":
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
