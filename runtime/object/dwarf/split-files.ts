/**
 * Debug information outside of the program (DWARF 5, sections 3.1.3 and 7.3; GNU's "DebugFission" before that): `.dwo`
 * files, each with the rest of one unit, and `.dwp` packages of many. The files are handed in by whoever can read them.
 */
import { joinPath } from "../../base/source-path.js";
import { attempt, ByteCursor, MalformedData } from "../byte-cursor.js";
import { ObjectFile, type SectionSource } from "../object-file.js";
import { DwarfFile } from "./dwarf-file.js";
import type { Unit } from "./unit.js";

export class SplitFiles {
  readonly #files = new Map<string, ObjectFile>();
  readonly #packages: Package[] = [];
  readonly #units = new Map<Unit, Unit>();

  /** Takes a file in; `path` is as `pathOf` told it, or anything for a package. */
  add(path: string, bytes: Uint8Array): boolean {
    const object = new ObjectFile(bytes);
    if (!object.hasSection(".debug_info.dwo") && !object.hasSection(".zdebug_info.dwo")) return false;
    if (object.section(".debug_cu_index") || object.section(".debug_tu_index"))
      this.#packages.push(new Package(object));
    else this.#files.set(path, object);
    return true;
  }

  /** The whole of a unit that the program has a skeleton of; undefined while its file is not at hand. */
  unitOf(skeleton: Unit): Unit | undefined {
    let unit = this.#units.get(skeleton);
    if (unit === undefined) {
      unit = attempt(skeleton.file.note, "a unit in another file", () => this.#find(skeleton));
      if (unit) this.#units.set(skeleton, unit);
    }
    return unit;
  }

  #find(skeleton: Unit): Unit | undefined {
    const id = skeleton.dwoId;
    if (id === undefined) return undefined;
    for (const one of this.#packages) {
      const source = one.unit(id);
      if (!source) continue;
      const types = (signature: bigint) => typeUnitIn(one, signature, skeleton);
      return unitWith(
        id,
        new DwarfFile(source, skeleton.file.addresses, skeleton.file.note, skeleton, undefined, types),
      );
    }
    const path = pathOf(skeleton);
    const object = path === undefined ? undefined : this.#files.get(path);
    if (!object) return undefined;
    const unit = unitWith(id, new DwarfFile(object, skeleton.file.addresses, skeleton.file.note, skeleton));
    if (!unit) skeleton.file.note(`${path} is of another build than the program`);
    return unit;
  }
}

/** The file with the rest of the unit, as absolute as the compiler told it; undefined when nothing is missing. */
export function pathOf(skeleton: Unit): string | undefined {
  const name = skeleton.dwoName;
  return name === undefined ? undefined : joinPath(skeleton.directory ?? "", name);
}

function unitWith(id: bigint, file: DwarfFile): Unit | undefined {
  return file.units.find((unit) => unit.typeSignature === undefined && unit.dwoId === id);
}

function typeUnitIn(one: Package, signature: bigint, skeleton: Unit): Unit | undefined {
  const source = one.type(signature);
  if (!source) return undefined;
  const types = (other: bigint) => typeUnitIn(one, other, skeleton);
  const file = new DwarfFile(source, skeleton.file.addresses, skeleton.file.note, skeleton, undefined, types);
  return file.units.find((unit) => unit.typeSignature === signature);
}

/** Sections of a package by the numbers of its index (`DW_SECT_*`), before and since DWARF 5. */
const oldSections = ["", "info", "types", "abbrev", "line", "loc", "str_offsets", "macinfo", "macro"];
const newSections = ["", "info", "", "abbrev", "line", "loclists", "str_offsets", "macro", "rnglists"];

class Package {
  readonly #units: PackageIndex | undefined;
  readonly #types: PackageIndex | undefined;

  constructor(readonly object: ObjectFile) {
    this.#units = PackageIndex.read(object, ".debug_cu_index");
    this.#types = PackageIndex.read(object, ".debug_tu_index");
  }

  unit(id: bigint): SectionSource | undefined {
    return this.#units?.sharesOf(id);
  }

  type(signature: bigint): SectionSource | undefined {
    return this.#types?.sharesOf(signature);
  }
}

/** Which part of each section belongs to which unit (DWARF 5, section 7.3.5.3). */
class PackageIndex {
  private constructor(
    readonly object: ObjectFile,
    readonly rows: ReadonlyMap<bigint, ReadonlyMap<string, { readonly offset: number; readonly size: number }>>,
  ) {}

  static read(object: ObjectFile, name: string): PackageIndex | undefined {
    const section = object.section(name);
    if (!section) return undefined;
    return attempt(
      (problem) => object.notes.push(problem),
      `the index ${name}`,
      () => {
        const cursor = new ByteCursor(section);
        const version = cursor.u16();
        cursor.skip(2);
        const [columns, units, slots] = [cursor.u32(), cursor.u32(), cursor.u32()];
        if (version !== 2 && version !== 5) throw new MalformedData(`version ${version} is not known`);
        if (slots * 12 + (2 * units + 1) * columns * 4 > section.length) throw new MalformedData("it is cut off");
        const names = version === 5 ? newSections : oldSections;
        const signatures = Array.from({ length: slots }, () => cursor.u64());
        const indices = Array.from({ length: slots }, () => cursor.u32());
        const sections = Array.from({ length: columns }, () => `.debug_${names[cursor.u32()] ?? ""}.dwo`);
        const offsets = Array.from({ length: units * columns }, () => cursor.u32());
        const sizes = Array.from({ length: units * columns }, () => cursor.u32());
        const rows = new Map(
          signatures.flatMap((signature, slot) => {
            const row = (indices[slot] ?? 0) - 1;
            if (row < 0) return [];
            const shares = sections.map((section, column) => {
              const at = row * columns + column;
              return [section, { offset: offsets[at] ?? 0, size: sizes[at] ?? 0 }] as const;
            });
            return [[signature, new Map(shares)] as const];
          }),
        );
        return new PackageIndex(object, rows);
      },
    );
  }

  sharesOf(signature: bigint): SectionSource | undefined {
    const row = this.rows.get(signature);
    if (!row) return undefined;
    return {
      section: (name) => {
        const whole = this.object.section(name);
        // What the index does not tell of is common to all units.
        const share = row.get(name);
        return share ? whole?.subarray(share.offset, share.offset + share.size) : whole;
      },
    };
  }
}
