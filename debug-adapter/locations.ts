/** Places in sources that values lead to: the code that a pointer points to, and where a variable is declared. */
import type { SourcePosition } from "../runtime/base/source.js";
import type { Launched } from "./launched.js";
import { Numbers } from "./references.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import { sourceToClient } from "./sources.js";

/** Index of a source of the program, and a place in it. */
interface Location {
  readonly source: number;
  readonly line: number;
  readonly column?: number;
}

/** The numbers by which a client asks for places. They hold as long as the program does. */
export class Locations {
  readonly #numbers = new Numbers<Location>();

  of(location: Location): number {
    return this.#numbers.of(`${location.source}:${location.line}:${location.column ?? ""}`, location);
  }

  get(number: number): Location | undefined {
    return this.#numbers.get(number);
  }
}

export const locationRequests: Handlers = {
  locations(session, { locationReference }) {
    const { locations, program } = session.requireLaunched();
    const location = locations.get(locationReference);
    if (location === undefined) throw new RequestError("There is no such location.");
    const { conventions } = session;
    return {
      source: sourceToClient(session, program, location.source),
      line: conventions.lineToClient(location.line),
      ...(location.column !== undefined && { column: conventions.columnToClient(location.column) }),
    };
  },
};

/** Of a value that is the address of code with a source. */
export function valueLocation(
  { locations, program }: Launched,
  address: bigint | undefined,
): { valueLocationReference?: number } {
  const row = address === undefined ? undefined : program.rowAt(address);
  return row === undefined ? {} : { valueLocationReference: locations.of({ source: row.source, line: row.line }) };
}

/** Of a value that tells of a place in the code. */
export function placeLocation(
  launched: Launched,
  position: SourcePosition | undefined,
): { valueLocationReference?: number } {
  const location = locationOf(launched, position);
  return location === undefined ? {} : { valueLocationReference: location };
}

/** Of a variable that the source declares. */
export function declarationLocation(
  launched: Launched,
  position: SourcePosition | undefined,
): { declarationLocationReference?: number } {
  const location = locationOf(launched, position);
  return location === undefined ? {} : { declarationLocationReference: location };
}

function locationOf({ locations, program }: Launched, position: SourcePosition | undefined): number | undefined {
  const source = position && program.sourceNamed(position.path);
  if (position === undefined || source === undefined) return undefined;
  const { line, column } = position;
  return locations.of({ source, line, ...(column !== undefined && { column }) });
}
