/** The frame that Linux makes for a signal's handler (`rt_sigframe`), as an unwinder meets it. */
import { type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { GuestMemory } from "../../engine/machine.js";

/** `mov $15, %rax` or `mov $15, %eax`, and `syscall`: what handlers return to calls rt_sigreturn(2). */
const restorers: readonly (readonly number[])[] = [
  [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05],
  [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05],
];

/** Hardware numbers of the registers of `struct sigcontext` in its order, from r8 to rsp; rip follows. */
const savedRegisters = [8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 3, 2, 0, 1, 4];
/** Bytes from a `struct ucontext` to its `struct sigcontext`: flags, link and stack lie before. */
const contextOffset = 40;

/** What was interrupted, and where its registers are, by hardware number. */
export interface InterruptedFrame {
  readonly rip: bigint;
  readonly registers: readonly { readonly value: bigint; readonly address: GuestAddress }[];
}

/** Undefined unless the code at `rip` is what a handler returns to; then `rsp` is at the interrupted context. */
export function interruptedFrame(
  memory: GuestMemory,
  rip: GuestAddress,
  rsp: bigint | undefined,
): InterruptedFrame | undefined {
  const code = memory.read(rip, 9);
  if (rsp === undefined || !restorers.some((restorer) => restorer.every((byte, index) => code[index] === byte))) {
    return undefined;
  }
  const registers: { value: bigint; address: GuestAddress }[] = [];
  const base = rsp + BigInt(contextOffset);
  for (const [index, number] of savedRegisters.entries()) {
    const address = guestAddress(base + BigInt(8 * index));
    const value = memory.readWord(address);
    if (value === undefined) return undefined;
    registers[number] = { value, address };
  }
  const interrupted = memory.readWord(guestAddress(base + BigInt(8 * savedRegisters.length)));
  return interrupted === undefined ? undefined : { rip: interrupted, registers };
}
