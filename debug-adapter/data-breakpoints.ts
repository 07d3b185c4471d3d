/** Data breakpoints: stops at accesses to ranges of memory. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, formatAddress, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { DataBreakpointHit } from "../runtime/debuggee.js";
import { formatWithDecimal } from "../runtime/expressions/format.js";
import { sizeOfType, traitsOf } from "../runtime/expressions/types.js";
import { evaluateIn } from "./assignment.js";
import type { Placement } from "./breakpoint-store.js";
import { modifiers } from "./breakpoints.js";
import type { Launched } from "./launched.js";
import { parseMemoryReference } from "./memory-reference.js";
import { meaningOfAddress } from "./number-text.js";
import type { Handlers } from "./requests.js";

/** A range as it travels in the protocol: `0x404010,8`. */
const dataIdForm = /^(0x[0-9a-f]{1,16}),([0-9]{1,7})$/;
/** Every access to a page with a watched range is looked at: a whole heap would only be slow. */
const mostBytes = 2 ** 20;
const wordSize = 8;

interface Range {
  readonly address: GuestAddress;
  readonly bytes: number;
}

export const dataBreakpointRequests: Handlers = {
  dataBreakpointInfo(session, args) {
    const launched = session.requireStopped();
    if (args.variablesReference !== undefined && args.variablesReference > 0) {
      return refused(
        `${args.name} is a register. Data breakpoints watch memory: add one for an expression such as *(long*)$rsp.`,
      );
    }
    const range =
      args.asAddress === true
        ? rangeAt(parseMemoryReference(args.name), args.bytes)
        : rangeOf(launched, args.name, args.bytes, session.frameFor(args.frameId));
    if (range === undefined) return refused(`"${args.name}" is not in memory, so no access to it can be seen.`);
    const problem = whyNot(launched, range);
    if (problem !== undefined) return refused(problem);
    return {
      dataId: `${formatAddress(range.address)},${range.bytes}`,
      description: describeRange(launched, range),
      accessTypes: ["read", "write", "readWrite"],
      canPersist: false,
    };
  },

  setDataBreakpoints(session, args) {
    return {
      breakpoints: session.breakpoints.replace(
        "data",
        "",
        args.breakpoints.map((wish) => ({
          ...modifiers(wish),
          key: `${wish.dataId} ${wish.accessType}`,
          place: (launched) => placeOnData(launched, wish),
        })),
        session.launched,
        (text) => session.output.note(text),
      ),
    };
  },
};

/** What a stop at data breakpoints is about: `word (8 bytes): 0x1 → 0x2, written at main+0x9`. */
export function describeAccesses(launched: Launched, hits: readonly DataBreakpointHit[]): string {
  return hits
    .map(({ range, access, before, instruction }) => {
      const address = guestAddress(BigInt(range.start));
      const name = describeRange(launched, { address, bytes: range.length });
      const where = meaningOfAddress(launched, instruction) ?? formatAddress(instruction);
      if (access === "read") return `${name} was read at ${where}`;
      const [old, now] = [before, launched.debuggee.memory.read(address, range.length)].map(numberText);
      if (old === undefined || now === undefined) return `${name} was written at ${where}`;
      return `${name}: ${old} → ${now}, written at ${where}`;
    })
    .join("\n");
}

function refused(description: string): DebugProtocol.DataBreakpointInfoResponse["body"] {
  return { dataId: null, description };
}

function rangeAt(address: GuestAddress | undefined, bytes = wordSize): Range | undefined {
  return address === undefined ? undefined : { address, bytes };
}

/** Where an expression's value is; of a symbol, what it labels. */
function rangeOf(
  launched: Launched,
  text: string,
  bytes: number | undefined,
  { thread, frame }: ReturnType<Launched["frame"]>,
): Range | undefined {
  const { place, type, bits } = evaluateIn(launched.scope(thread, frame), text);
  if (place.kind === "memory") {
    if (bits === undefined) return rangeAt(guestAddress(place.address), bytes ?? (sizeOfType(type) || undefined));
    const first = Math.floor(bits.offset / 8);
    const last = Math.ceil((bits.offset + bits.size) / 8);
    return rangeAt(guestAddress(place.address + BigInt(first)), bytes ?? last - first);
  }
  const traits = traitsOf(type);
  if (place.kind === "number" && place.register === undefined && traits.kind === "pointer") {
    return rangeAt(guestAddress(place.bits), bytes ?? (sizeOfType(traits.target) || undefined));
  }
  return undefined;
}

function whyNot(launched: Launched, { address, bytes }: Range): string | undefined {
  if (!(bytes >= 1 && bytes <= mostBytes)) return `A data breakpoint is for 1 to ${mostBytes} bytes, not ${bytes}.`;
  const { memory } = launched.debuggee;
  const last = addressPlus(address, bytes - 1);
  if (memory.permissionsAt(address) && memory.permissionsAt(last)) return undefined;
  return `Nothing is mapped at ${formatAddress(address)}.`;
}

function placeOnData(launched: Launched, wish: DebugProtocol.DataBreakpoint): Placement {
  const [, start, length] = dataIdForm.exec(wish.dataId) ?? [];
  if (start === undefined || length === undefined) return { problem: `"${wish.dataId}" does not name data.` };
  const range = { address: guestAddress(BigInt(start)), bytes: Number(length) };
  const problem = whyNot(launched, range);
  if (problem !== undefined) return { problem };
  return {
    range: { start: Number(range.address), length: range.bytes, access: wish.accessType ?? "write" },
    shown: { message: describeRange(launched, range) },
  };
}

/** `word (8 bytes)`. */
function describeRange(launched: Launched, { address, bytes }: Range): string {
  const name = meaningOfAddress(launched, address);
  const place =
    name === undefined
      ? formatAddress(address)
      : name.replace(/^stack of/, `${formatAddress(address)} on the stack of`);
  return `${place} (${bytes} ${bytes === 1 ? "byte" : "bytes"})`;
}

/** A small range as the number it holds; undefined for a larger one. */
function numberText(bytes: Uint8Array): string | undefined {
  if (![1, 2, 4, wordSize].includes(bytes.length)) return undefined;
  const bits = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return formatWithDecimal(BigInt.asIntN(8 * bytes.length, bits), bits);
}
