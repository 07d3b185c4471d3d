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
          place: (launched) => placeOnLine(session, launched, source, wish),
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
    // A line without a column is meant as a whole.
    const [firstColumn, lastColumn] = [args.column, args.endColumn].map((column) =>
      column === undefined ? undefined : conventions.columnFromClient(column),
    );
    const isWithin = (line: number, column: number | undefined) =>
      column === undefined ||
      ((line !== first || column >= (firstColumn ?? 1)) &&
        (line !== last || args.endLine === undefined || column <= (lastColumn ?? column)));
    return {
      breakpoints: launched.program
        .statementsIn(index, first, last)
        .filter(({ line, column }) => isWithin(line, column))
        .map(({ line, column }) => ({
          line: conventions.lineToClient(line),
          ...(column === undefined ? {} : { column: conventions.columnToClient(column) }),
        })),
    };
  },
};

export function modifiers(wish: Pick<DebugProtocol.SourceBreakpoint, "condition" | "hitCondition" | "logMessage">) {
  return { condition: wish.condition, hitCondition: wish.hitCondition, logMessage: wish.logMessage };
}

function placeOnLine(
  session: Session,
  { program }: Launched,
  source: DebugProtocol.Source,
  wish: DebugProtocol.SourceBreakpoint,
): Placement {
  const { conventions } = session;
  const index = findSource(program, source);
  if (index === undefined) {
    return {
      problem: `The program that is being debugged was not made from ${source.name ?? source.path ?? "this source"}.`,
    };
  }
  const line = conventions.lineFromClient(wish.line);
  const column = wish.column === undefined ? undefined : conventions.columnFromClient(wish.column);
  const places = program.placesOfLine(index, line, column);
  if (places === undefined) return { problem: "There is no instruction on this line or below it." };
  const shown = {
    source: sourceToClient(session, program, index),
    line: conventions.lineToClient(places.line),
    ...(places.column === undefined ? {} : { column: conventions.columnToClient(places.column) }),
  };
  return {
    places: places.places,
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
  const places = program.placesOfFunction(name);
  const [first, second] = places;
  if (first === undefined) {
    const isData = program.symbolNamed(name) !== undefined;
    return { problem: isData ? `"${name}" is not a function.` : `The program has no function named "${name}".` };
  }
  const shown = shownAddress(session, program, BigInt(first.address));
  return {
    places,
    shown:
      second === undefined
        ? shown
        : { ...shown, message: `In ${places.length} places: each function of that name, and where one was inlined.` },
  };
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
  return { places: [{ address: Number(address) }], shown: shownAddress(session, program, address) };
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
