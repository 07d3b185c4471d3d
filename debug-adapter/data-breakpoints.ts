/** Data breakpoints: stops at accesses to ranges of memory. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, formatAddress, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { DataBreakpointHit, ThreadId, WatchedFrame } from "../runtime/debuggee.js";
import { numberOfValue } from "../runtime/expressions/expression.js";
import { formatWithDecimal } from "../runtime/expressions/format.js";
import type { ExpressionScope, Value } from "../runtime/expressions/scope.js";
import { sizeOfType, traitsOf } from "../runtime/expressions/types.js";
import { evaluateIn } from "./assignment.js";
import type { Placement } from "./breakpoint-store.js";
import { modifiers } from "./breakpoints.js";
import { type DataId, dataIdText, frameHolding, parseDataId } from "./data-id.js";
import type { Launched } from "./launched.js";
import { parseMemoryReference } from "./memory-reference.js";
import { meaningOfAddress } from "./number-text.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { isSourceGroup, resolve } from "./source-variables.js";

/** Every access to a page with a watched range is looked at: a whole heap would only be slow. */
const mostBytes = 2 ** 20;
const wordSize = 8;

interface Range {
  readonly address: GuestAddress;
  readonly bytes: number;
}

/** Otherwise a write of the value that was there before does not stop: clients call it a break on value change. */
export const everyWrite = {
  mode: "everyWrite",
  label: "Every write",
  description: "Stops also at writes of the value that was there before.",
  appliesTo: ["data" as const],
};

export const dataBreakpointRequests: Handlers = {
  dataBreakpointInfo(session, args) {
    const launched = session.requireStopped();
    if (args.mode !== undefined && args.mode !== everyWrite.mode) return refused(`There is no mode "${args.mode}".`);
    const found = rangeFor(session, launched, args);
    if (typeof found === "string") return refused(found);
    const problem = whyNot(launched, found.range);
    if (problem !== undefined) return refused(problem);
    const { range, thread, name } = found;
    const frames = (thread !== undefined && launched.debuggee.stackTrace(thread)) || [];
    const frame = thread === undefined ? undefined : frameHolding(thread, frames, range.address);
    const id = {
      ...range,
      everyWrite: args.mode === everyWrite.mode,
      ...(frame !== undefined && { frame }),
      ...((name !== undefined || frame !== undefined) && { name: name ?? args.name }),
    };
    return {
      dataId: dataIdText(id),
      description: describeData(launched, id),
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
export function describeAccesses(
  launched: Launched,
  hits: readonly (DataBreakpointHit & { readonly label: string | undefined })[],
): string {
  return hits
    .map(({ range, access, before, instruction, label }) => {
      const address = guestAddress(BigInt(range.start));
      const name = label ?? describeRange(launched, { address, bytes: range.length });
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

/** What the client means: a variable that it shows, an address, or an expression in a frame. Or why it is none. */
function rangeFor(
  session: Session,
  launched: Launched,
  { variablesReference = 0, name, bytes, asAddress, frameId }: DebugProtocol.DataBreakpointInfoArguments,
): { readonly range: Range; readonly thread?: ThreadId; readonly name?: string } | string {
  const notInMemory = `"${name}" is not in memory, so no access to it can be seen.`;
  const reference = session.references.group(variablesReference);
  if (variablesReference > 0 && asAddress !== true) {
    if (reference === undefined) return `There is no "${name}" here any more.`;
    const { group } = reference;
    if (!isSourceGroup(group)) {
      return `${name} is a register. Data breakpoints watch memory: add one for an expression such as *(long*)$rsp.`;
    }
    const { thread, frame } = launched.frame(reference);
    const path = [...(reference.path ?? []), name];
    const scope = launched.scope(thread, frame);
    const { value, expression } = resolve(launched, { ...reference, group, path }, scope);
    const { place } = value;
    if ((place.kind === "bytes" || place.kind === "number") && place.register !== undefined) {
      return `"${name}" is in the register ${place.register} here, not in memory: no access to it can be seen.`;
    }
    const range = rangeOf(value, bytes);
    return range === undefined ? notInMemory : { range, thread: thread.id, name: expression ?? name };
  }
  const { thread, frame } = session.frameFor(frameId);
  const scope = launched.scope(thread, frame);
  if (asAddress === true) {
    const address = parseMemoryReference(name) ?? addressOf(name, scope);
    return address === undefined ? notInMemory : { range: { address, bytes: bytes ?? wordSize } };
  }
  const range = rangeOf(evaluateIn(scope, name), bytes);
  return range === undefined ? notInMemory : { range, thread: thread.id };
}

/** The number that an expression is, such as `$rdi` or `&total`. */
function addressOf(text: string, scope: ExpressionScope): GuestAddress | undefined {
  const number = numberOfValue(evaluateIn(scope, text), scope);
  return number === undefined ? undefined : guestAddress(BigInt.asUintN(64, number));
}

/** Where a value is; of a symbol, what it labels. */
function rangeOf({ place, type, bits }: Value, bytes: number | undefined): Range | undefined {
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
  const id = parseDataId(wish.dataId);
  if (id === undefined) return { problem: `"${wish.dataId}" does not name data.` };
  const problem = whyNot(launched, id);
  if (problem !== undefined) return { problem };
  const { frame, everyWrite } = id;
  // While the program runs, stacks cannot be looked at; the debuggee tells when the frame ends.
  if (frame !== undefined && !launched.isRunning && !isThere(launched, frame)) return { problem: frameIsOver };
  const access = wish.accessType ?? "write";
  return {
    data: {
      range: { start: Number(id.address), length: id.bytes, access },
      onlyChanges: access === "write" && !everyWrite,
      ...(frame !== undefined && { frame }),
    },
    label: describeData(launched, id),
    shown: { message: describeData(launched, id) },
  };
}

export const frameIsOver = "The function whose variable this was has returned: there is nothing to watch any more.";

function isThere(launched: Launched, { thread, canonicalFrameAddress, returnAddress }: WatchedFrame): boolean {
  const frames = launched.debuggee.stackTrace(thread) ?? [];
  const index = frames.findIndex((frame) => frame.canonicalFrameAddress === canonicalFrameAddress);
  return index >= 0 && frames.slice(index + 1).some(({ instruction }) => instruction === returnAddress);
}

/** `total (4 bytes)`, or what the memory is. */
function describeData(launched: Launched, { name, ...range }: DataId): string {
  return name === undefined ? describeRange(launched, range) : `${name} (${inBytes(range.bytes)})`;
}

function inBytes(bytes: number): string {
  return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** `word (8 bytes)`. */
function describeRange(launched: Launched, { address, bytes }: Range): string {
  const name = meaningOfAddress(launched, address);
  const place =
    name === undefined
      ? formatAddress(address)
      : name.replace(/^stack of/, `${formatAddress(address)} on the stack of`);
  return `${place} (${inBytes(bytes)})`;
}

/** A small range as the number it holds; undefined for a larger one. */
function numberText(bytes: Uint8Array): string | undefined {
  if (![1, 2, 4, wordSize].includes(bytes.length)) return undefined;
  const bits = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return formatWithDecimal(BigInt.asIntN(8 * bytes.length, bits), bits);
}
