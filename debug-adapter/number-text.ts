/** Numbers as the client shows them: with the symbol or the stack that an address belongs to. */
import { formatAddress, guestAddress } from "../runtime/base/guest-address.js";
import { formatWithDecimal } from "../runtime/expressions/format.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";

/** `0x00401136 <counter_one+0x12>`, `0x101fffe0 <stack of thread 2>`, `0x10600018` in other memory, `0x2a (42)`. */
export function describeWord(launched: Launched, bits: bigint): string {
  const meaning = meaningOfAddress(launched, bits);
  if (meaning !== undefined) return `${formatAddress(bits)} <${meaning}>`;
  return isMapped(launched, bits) ? formatAddress(bits) : formatWithDecimal(BigInt.asIntN(64, bits), bits);
}

/** What lies at an address, in a word or two; undefined when the number is no known address. */
export function meaningOfAddress(launched: Launched, bits: bigint): string | undefined {
  const symbol = launched.program.describeAddress(bits);
  if (symbol !== undefined) return symbol;
  const thread = launched.debuggee.stackOwner(guestAddress(bits));
  return thread && `stack of ${thread.name}`;
}

/** What the client needs to open an address in a memory view; nothing where no memory is. */
export function memoryReferenceFor(launched: Launched, bits: bigint): { memoryReference?: string } {
  return isMapped(launched, bits) ? { memoryReference: memoryReference(bits) } : {};
}

function isMapped(launched: Launched, bits: bigint): boolean {
  return launched.debuggee.memory.permissionsAt(guestAddress(bits)) !== undefined;
}

/** What stands behind a number as a hint: `(42)`, `<main>`, `[zf]`, `"text"`, `'x'`. */
const hint = /^(\S+)\s+(\([^()]*\)|<[^<>]*>|\[[^[\]]*\]|"(?:[^"\\]|\\.)*"…?|'[^']+')$/;

/** Takes the hint off a value that the client sends back as it was shown. */
export function withoutHint(text: string): string {
  return text.replace(hint, "$1");
}
