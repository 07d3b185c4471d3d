/**
 * The view numbers of `.loc … view NAME` (GNU as; DWARF proposal "location views"): how many rows of the line table
 * before this one stand at its address. Compilers refer to them by name from `.debug_loclists`.
 */
import { anonymousSymbol, combine } from "./evaluate.js";
import type { Section } from "./section.js";
import { type AssemblySymbol, constantValue, symbolValue, type Value } from "./symbols.js";

interface Row {
  readonly place: AssemblySymbol;
  readonly view: Value;
}

interface PendingRow {
  readonly section: Section;
  /** A view was asked for. */
  readonly hasView: boolean;
  /** Gets the number; absent for `view 0` and `view -0`. */
  readonly name: AssemblySymbol | undefined;
  /** `view -0`: counting begins anew. */
  readonly isReset: boolean;
}

export class LineViews {
  private readonly last = new Map<Section, Row>();
  private pending: PendingRow | undefined;

  /** Notes a `.loc`. With a view its row stands here, without one where the next instruction or the next `.loc` is. */
  add(row: PendingRow): void {
    this.settle();
    this.pending = row;
    if (row.hasView) this.settle();
  }

  /** The row that waits, if there is one, stands here: before an instruction, another `.loc` or the end. */
  settle(): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    const { section, name, isReset } = pending;
    const before = isReset ? undefined : this.last.get(section);
    const place = anonymousSymbol(section);
    const view = before === undefined ? constantValue(0n) : viewBehind(before, place);
    this.last.set(section, { place, view });
    if (name !== undefined) name.state = { kind: "value", value: view };
  }
}

function viewBehind({ place: before, view }: Row, place: AssemblySymbol): Value {
  if (isApart(before, place)) return constantValue(0n);
  // GNU as's "==" is −1 or 0.
  const isSame = combine("-", constantValue(0n), combine("==", symbolValue(place), symbolValue(before)));
  return combine("*", isSame, combine("+", view, constantValue(1n)));
}

/** Whether something that takes room for certain lies between two places; alignment and gaps may take none. */
function isApart(from: AssemblySymbol, to: AssemblySymbol): boolean {
  if (from.state.kind !== "label" || to.state.kind !== "label") return false;
  const [start, end] = [from.state.location, to.state.location];
  if (start.offset !== end.offset) return true;
  return end.section.fragments
    .slice(start.fragment, end.fragment)
    .some(({ kind }) => kind === "branch" || kind === "leb");
}
