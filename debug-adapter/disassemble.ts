/** Disassembly around an address: exact where instructions are known to start, marked as invalid where no code is. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, type GuestAddress, guestAddress } from "../runtime/base/guest-address.js";
import { withSourcesKnown } from "./absent-sources.js";
import { type DecodedInstruction, InstructionDecoder, longestInstruction } from "./instruction-decoder.js";
import type { Launched } from "./launched.js";
import { memoryReference, requireMemoryReference } from "./memory-reference.js";
import type { SourceRow } from "./program.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { sourceToClient } from "./sources.js";
import type { Work } from "./work.js";

/** The most instructions in one answer. */
const longestListing = 20_000;
/** How many instructions away from the address a listing may begin. */
const farthest = 100_000;

export const disassemblyRequests: Handlers = {
  async disassemble(session, args, work) {
    const launched = session.requireStopped();
    const start = addressPlus(requireMemoryReference(args.memoryReference), args.offset ?? 0);
    const count = Math.min(Math.max(0, args.instructionCount), longestListing);
    const first = args.instructionOffset ?? 0;
    if (Math.abs(first) > farthest) {
      throw new RequestError(`A listing cannot begin more than ${farthest} instructions away: name a nearer address.`);
    }
    const decoder = new InstructionDecoder(launched);
    const before = first < 0 ? (await instructionsBefore(launched, decoder, start, -first, work)).slice(0, count) : [];
    const skip = Math.max(0, first);
    if (work.isDue) await work.breathe();
    const after = decoder.decodeRun(start, skip + count - before.length).slice(skip);
    if (work.isDue) await work.breathe();
    const instructions = [...before, ...after];
    const rows = instructions.map(({ address, isValid }) => (isValid ? launched.program.rowAt(address) : undefined));
    const sources = rows.map((row) => row?.source);
    // Lines of a source that cannot be opened are left out: VS Code shows rows of other places for them.
    return withSourcesKnown(session, launched.program, sources, (isAbsent) => {
      const shown = rows.map((row) => (row === undefined || isAbsent(row.source) ? undefined : row));
      return { instructions: toClient(session, launched, instructions, shown, args.resolveSymbols === true) };
    });
  },
};

/**
 * The `count` instructions before `end`. x86 cannot be read backwards, so this decodes forwards from places where an
 * instruction is known to start; where none is known, from the place that leads to `end`.
 */
async function instructionsBefore(
  launched: Launched,
  decoder: InstructionDecoder,
  end: GuestAddress,
  count: number,
  work: Work,
): Promise<DecodedInstruction[]> {
  /** The nearest first. */
  const runs: DecodedInstruction[][] = [];
  let found = 0;
  let reached = end;
  while (found < count) {
    if (work.isDue) await work.breathe();
    const previous = addressPlus(reached, -1);
    const known = launched.program.instructionStartAtOrBefore(previous);
    const run = (known !== undefined && decodeUpTo(decoder, known, reached)) ||
      guessUpTo(decoder, reached) || [decoder.unknownByte(previous)];
    runs.push(run);
    found += run.length;
    reached = run[0]?.address ?? previous;
  }
  return runs
    .reverse()
    .flat()
    .slice(found - count);
}

/** The instructions from `start` that end at `end` exactly; undefined when they do not, or one is no instruction. */
function decodeUpTo(
  decoder: InstructionDecoder,
  start: GuestAddress,
  end: GuestAddress,
): DecodedInstruction[] | undefined {
  const list = decoder.decodeRun(start, Number.POSITIVE_INFINITY, end);
  const last = list[list.length - 1];
  const reaches = last !== undefined && addressPlus(last.address, last.length) === end;
  return reaches && list.every(({ isValid }) => isValid) ? list : undefined;
}

/** An instruction that may stand before `end`: of all that fit, the one that a longer run of code leads to. */
function guessUpTo(decoder: InstructionDecoder, end: GuestAddress): DecodedInstruction[] | undefined {
  for (let distance = 4 * longestInstruction; distance > 0; distance--) {
    if (BigInt(distance) > end) continue;
    const list = decodeUpTo(decoder, guestAddress(end - BigInt(distance)), end);
    if (list !== undefined) return list.slice(-1);
  }
  return undefined;
}

function toClient(
  session: Session,
  { program }: Launched,
  instructions: readonly DecodedInstruction[],
  rows: readonly (SourceRow | undefined)[],
  resolveSymbols: boolean,
): DebugProtocol.DisassembledInstruction[] {
  let lastSource: number | undefined;
  return instructions.map(({ address, bytes, text, isValid }, index) => {
    const row = rows[index];
    const location =
      row === undefined
        ? {}
        : {
            line: session.conventions.lineToClient(row.line),
            ...(row.source === lastSource ? {} : { location: sourceToClient(session, program, row.source) }),
          };
    lastSource = row?.source;
    const symbol = resolveSymbols && isValid ? program.describeAddress(address) : undefined;
    return {
      address: memoryReference(address),
      instructionBytes: hexadecimal(bytes),
      instruction: text,
      ...(symbol === undefined ? {} : { symbol }),
      ...location,
      ...(isValid ? {} : { presentationHint: "invalid" as const }),
    };
  });
}

const bytesInHexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hexadecimal(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += `${text === "" ? "" : " "}${bytesInHexadecimal[byte]}`;
  return text;
}
