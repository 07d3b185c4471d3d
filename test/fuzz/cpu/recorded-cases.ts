/** Cases with what the processor made of them, as lines of JSON: for machines that have another processor. */
import { assemble, type FuzzCase, type Outcome, worldRegions } from "./fuzz-case.js";
import { CpuState, stateSize } from "./state.js";

interface RecordedCase {
  readonly code: string;
  /** Where the states are not zero: offset and bytes, in hexadecimal digits; of the second, where it differs from the first. */
  readonly before: readonly (readonly [number, string])[];
  readonly after: readonly (readonly [number, string])[];
  readonly memory: readonly (readonly [address: number, bytes: string])[];
  readonly vector: number;
  readonly pageFault?: readonly [address: string, access: number];
  /** Words that are not as the world has them. */
  readonly changes: readonly (readonly [address: number, word: string])[];
}

const chunk = 8;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

function difference(from: Uint8Array, to: Uint8Array): [number, string][] {
  const found: [number, string][] = [];
  for (let at = 0; at < stateSize; at += chunk) {
    const part = to.subarray(at, at + chunk);
    if (part.some((byte, i) => byte !== from[at + i])) found.push([at, hex(part)]);
  }
  return found;
}

function withParts(state: CpuState, parts: readonly (readonly [number, string])[]): CpuState {
  const changed = state.copy();
  for (const [at, text] of parts) changed.bytes.set(bytesOf(text), at);
  return changed;
}

/** Undefined for what is not worth keeping: a case that does not end. */
export function recordCase(test: FuzzCase, outcome: Outcome): string | undefined {
  const { state, patches } = test;
  if (outcome.vector === "endless") return undefined;
  const recorded: RecordedCase = {
    // Without the INT3 behind it.
    code: hex(assemble(test).bytes.slice(0, -1)),
    before: difference(new Uint8Array(stateSize), state.bytes),
    after: difference(state.bytes, outcome.state.bytes),
    memory: patches.map(({ address, bytes }) => [address, hex(bytes)]),
    vector: outcome.vector,
    ...(outcome.pageFault && { pageFault: [outcome.pageFault.address.toString(16), outcome.pageFault.access] }),
    changes: [...withoutCode(outcome).changes].map(([address, word]) => [address, word.toString(16)]),
  };
  return JSON.stringify(recorded);
}

export function readCase(line: string): { readonly test: FuzzCase; readonly outcome: Outcome } {
  const { code, before, after, memory, vector, pageFault, changes }: RecordedCase = JSON.parse(line);
  const state = withParts(new CpuState(), before);
  const test: FuzzCase = {
    units: [{ bytes: bytesOf(code) }],
    state,
    patches: memory.map(([address, text]) => ({ address, bytes: bytesOf(text) })),
  };
  const outcome: Outcome = {
    vector,
    ...(pageFault && { pageFault: { address: BigInt(`0x${pageFault[0]}`), access: pageFault[1] } }),
    state: withParts(state, after),
    changes: new Map(changes.map(([address, word]) => [address, BigInt(`0x${word}`)])),
  };
  return { test, outcome };
}

/** Without the words of the code, as `recordCase` leaves them out. */
export function withoutCode(outcome: Outcome): Outcome {
  const [code] = worldRegions;
  const isCode = (address: number) =>
    code !== undefined && address >= code.address && address < code.address + code.content.length;
  return { ...outcome, changes: new Map([...outcome.changes].filter(([address]) => !isCode(address))) };
}
