/** Breakpoints on lines, functions, instructions and events. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, formatAddress, guestAddress } from "../runtime/base/guest-address.js";
import type { Placement } from "./breakpoint-store.js";
import { exceptionFilters } from "./exception-filters.js";
import type { Launched } from "./launched.js";
import { parseMemoryReference } from "./memory-reference.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { findSource, sourceToClient } from "./sources.js";

export const breakpointRequests: Handlers = {
  setBreakpoints(session, args) {
    const { source } = args;
    const wishes: DebugProtocol.SourceBreakpoint[] = args.breakpoints ?? args.lines?.map((line) => ({ line })) ?? [];
    return {
      breakpoints: session.breakpoints.replace(
        "source",
        source.path ?? `reference ${source.sourceReference}`,
        wishes.map((wish) => ({
          ...modifiers(wish),
          key: `${wish.line}:${wish.column ?? ""}`,
          place: (launched) => placeOnLine(session, launched, source, session.conventions.lineFromClient(wish.line)),
        })),
        session.launched,
        (text) => session.output.note(text),
      ),
    };
  },

  setFunctionBreakpoints(session, args) {
    return {
      breakpoints: session.breakpoints.replace(
        "function",
        "",
        args.breakpoints.map((wish) => ({
          ...modifiers(wish),
          key: wish.name,
          place: (launched) => placeOnFunction(session, launched, wish.name.trim()),
        })),
        session.launched,
        (text) => session.output.note(text),
      ),
    };
  },

  setInstructionBreakpoints(session, args) {
    return {
      breakpoints: session.breakpoints.replace(
        "instruction",
        "",
        args.breakpoints.map((wish) => ({
          ...modifiers(wish),
          key: `${wish.instructionReference}+${wish.offset ?? 0}`,
          place: (launched) => placeOnInstruction(session, launched, wish),
        })),
        session.launched,
        (text) => session.output.note(text),
      ),
    };
  },

  setExceptionBreakpoints(session, args) {
    const wishes = [
      ...args.filters.map((filterId) => ({ filterId, condition: undefined })),
      ...(args.filterOptions ?? []),
    ];
    const known = wishes.flatMap(({ filterId, condition }) => {
      const filter = exceptionFilters.find((candidate) => candidate.filter === filterId);
      return filter === undefined ? [] : [{ filter: filter.filter, condition }];
    });
    const states = session.breakpoints.events.replace(known, session.launched);
    // The response has an element for each filter, the unknown ones included.
    return {
      breakpoints: wishes.map(({ filterId }) => {
        const state = states[known.findIndex(({ filter }) => filter === filterId)];
        return state ?? { verified: false, message: `There is no event named "${filterId}" to stop on.` };
      }),
    };
  },

  breakpointLocations(session, args) {
    const launched = session.requireLaunched();
    const { conventions } = session;
    const index = findSource(launched.program, args.source);
    if (index === undefined) return { breakpoints: [] };
    const first = conventions.lineFromClient(args.line);
    const last = conventions.lineFromClient(args.endLine ?? args.line);
    return {
      breakpoints: launched.program
        .linesWithCode(index, first, last)
        .map((line) => ({ line: conventions.lineToClient(line) })),
    };
  },
};

export function modifiers(wish: Pick<DebugProtocol.SourceBreakpoint, "condition" | "hitCondition" | "logMessage">) {
  return { condition: wish.condition, hitCondition: wish.hitCondition, logMessage: wish.logMessage };
}

function placeOnLine(session: Session, { program }: Launched, source: DebugProtocol.Source, line: number): Placement {
  const index = findSource(program, source);
  if (index === undefined) {
    return {
      problem: `The program that is being debugged was not made from ${source.name ?? source.path ?? "this source"}.`,
    };
  }
  const places = program.placesOfLine(index, line);
  if (places === undefined) return { problem: "There is no instruction on this line or below it." };
  const shown = {
    source: sourceToClient(session, program, index),
    line: session.conventions.lineToClient(places.line),
  };
  return {
    addresses: places.addresses.map((address) => guestAddress(BigInt(address))),
    shown:
      places.line === line
        ? shown
        : {
            ...shown,
            message: `There is no instruction on line ${line}: the breakpoint is on the next line that has one.`,
          },
  };
}

function placeOnFunction(session: Session, { program }: Launched, name: string): Placement {
  const symbol = program.symbolNamed(name);
  if (symbol === undefined) return { problem: `The program has no function named "${name}".` };
  if (symbol.kind === "object" || symbol.kind === "absolute") return { problem: `"${name}" is not a function.` };
  const address = program.bodyStart(symbol.address);
  return { addresses: [address], shown: shownAddress(session, program, address) };
}

function placeOnInstruction(
  session: Session,
  { program, debuggee }: Launched,
  wish: DebugProtocol.InstructionBreakpoint,
): Placement {
  const reference = parseMemoryReference(wish.instructionReference);
  if (reference === undefined) return { problem: `"${wish.instructionReference}" is not an address.` };
  const address = addressPlus(reference, wish.offset ?? 0);
  if (debuggee.memory.permissionsAt(address)?.execute !== true) {
    return { problem: `There is no code at ${formatAddress(address)}.` };
  }
  return { addresses: [address], shown: shownAddress(session, program, address) };
}

function shownAddress(session: Session, program: Launched["program"], address: bigint) {
  const row = program.rowAt(address);
  return {
    instructionReference: formatAddress(guestAddress(address)),
    ...(row === undefined
      ? {}
      : { source: sourceToClient(session, program, row.source), line: session.conventions.lineToClient(row.line) }),
  };
}
