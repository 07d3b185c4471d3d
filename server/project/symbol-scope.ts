/**
 * Which places of a workspace mean the same symbol. A file and what it includes is a unit, as the assembler sees it;
 * units meet in the names that are global in them: declared so, or used and not defined.
 */
import { directoryName, pathKey } from "../../runtime/base/source-path.js";
import { type FileFacts, isDefinition, type Occurrence } from "./file-facts.js";
import { includedKeys } from "./project-index.js";

/** A file with what it includes, in no order. */
interface Unit {
  readonly root: FileFacts;
  readonly files: ReadonlySet<FileFacts>;
}

export interface PlacedOccurrence {
  readonly file: FileFacts;
  readonly occurrence: Occurrence;
}

export interface SymbolScope {
  /** The files in which the name means this symbol. */
  readonly files: readonly FileFacts[];
  /** Units that define the symbol each for itself: which of them a use means, only a linker's command line tells. */
  readonly rivals: readonly FileFacts[];
}

/** The units of a set of files: each file that nobody includes, and each that is included in a circle. */
function unitsOf(files: readonly FileFacts[]): Unit[] {
  const byKey = new Map(files.map((file) => [pathKey(file.uri), file]));
  const included = new Set(files.flatMap(includedKeys));
  const units: Unit[] = [];
  const covered = new Set<FileFacts>();
  const add = (root: FileFacts): void => {
    const reached = new Set<FileFacts>();
    const pending = [root];
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      covered.add(file);
      pending.push(...includedKeys(file).flatMap((key) => byKey.get(key) ?? []));
    }
    units.push({ root, files: reached });
  };
  for (const file of files) if (!included.has(pathKey(file.uri))) add(file);
  for (const file of files) if (!covered.has(file)) add(file);
  return units;
}

/** The files that are assembled together with one, it among them. */
export function unitFiles(files: readonly FileFacts[], file: FileFacts): FileFacts[] {
  const own = unitsOf(files).filter((unit) => unit.files.has(file));
  return [...new Set(own.flatMap((unit) => [...unit.files]))];
}

/** The symbol `name` as `file` means it. `files` is the whole project. */
export function symbolScope(files: readonly FileFacts[], file: FileFacts, name: string): SymbolScope {
  const all = unitsOf(files).map((unit) => describe(unit, name));
  const own = all.filter(({ unit }) => unit.files.has(file));
  const scope = new Set(own);
  let rivals: UnitOfName[] = [];
  if (own.some(({ isGlobal }) => isGlobal)) {
    const others = all.filter((other) => other.isGlobal && !scope.has(other));
    const definers = others.filter(({ isDefined }) => isDefined);
    const users = others.filter(({ isDefined }) => !isDefined);
    if (own.some(({ isDefined }) => isDefined)) {
      // Users that lie nearer to another definition mean that one.
      const ownRoots = own.map(({ unit }) => unit.root);
      for (const user of users) {
        const nearest = closeness(user.unit.root, ownRoots);
        const foreign = closeness(
          user.unit.root,
          definers.map(({ unit }) => unit.root),
        );
        if (definers.length === 0 || nearest > foreign) scope.add(user);
        else if (nearest === foreign) rivals = definers;
      }
    } else {
      const best = Math.max(...definers.map(({ unit }) => closeness(unit.root, [file])));
      const nearest = definers.filter(({ unit }) => closeness(unit.root, [file]) === best);
      if (nearest.length > 1) rivals = nearest;
      for (const definer of nearest) scope.add(definer);
      for (const user of users) {
        const away = closeness(
          user.unit.root,
          nearest.map(({ unit }) => unit.root),
        );
        const others = definers.filter((definer) => !nearest.includes(definer)).map(({ unit }) => unit.root);
        if (others.length === 0 || away > closeness(user.unit.root, others)) scope.add(user);
      }
    }
  }
  // An included file that has the name has it in all units that include it.
  for (let size = -1; size !== scope.size; ) {
    size = scope.size;
    const shared = [...scope].flatMap(({ unit }) => [...unit.files].filter(({ symbols }) => symbols.has(name)));
    for (const candidate of all) if (shared.some((one) => candidate.unit.files.has(one))) scope.add(candidate);
  }
  const found = new Set([...scope].flatMap(({ unit }) => [...unit.files]));
  return {
    files: files.filter((candidate) => found.has(candidate) && candidate.symbols.has(name)),
    rivals: rivals.map(({ unit }) => unit.root),
  };
}

interface UnitOfName {
  readonly unit: Unit;
  readonly isDefined: boolean;
  readonly isGlobal: boolean;
}

function describe(unit: Unit, name: string): UnitOfName {
  const places = [...unit.files].flatMap(({ symbols }) => symbols.get(name) ?? []);
  const isDefined = places.some(isDefinition);
  const isDeclared = [...unit.files].some(({ globals }) => globals.has(name));
  return { unit, isDefined, isGlobal: isDeclared || (places.length > 0 && !isDefined) };
}

/** How many folders a file shares with the nearest of others; −1 without others. */
function closeness({ uri }: FileFacts, others: readonly FileFacts[]): number {
  const path = pathKey(directoryName(uri)).split("/");
  return Math.max(
    -1,
    ...others.map((other) => {
      const folders = pathKey(directoryName(other.uri)).split("/");
      const different = path.findIndex((folder, i) => folder !== folders[i]);
      return different < 0 ? path.length : different;
    }),
  );
}
