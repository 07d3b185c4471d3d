import type { Fault } from "../runtime/engine/machine.js";

/** The signal by which Linux would end a program that causes `fault` (arch/x86: the trap's signal). */
export function signalOf(fault: Fault): { readonly name: string; readonly number: number } {
  switch (fault.kind) {
    case "divideError":
    case "simdException":
    case "x87Exception":
      return { name: "SIGFPE", number: 8 };
    case "breakpointTrap":
      return { name: "SIGTRAP", number: 5 };
    case "invalidOpcode":
      return { name: "SIGILL", number: 4 };
    case "generalProtection":
      return fault.isStack ? { name: "SIGBUS", number: 7 } : { name: "SIGSEGV", number: 11 };
    case "pageFault":
      return { name: "SIGSEGV", number: 11 };
  }
}
