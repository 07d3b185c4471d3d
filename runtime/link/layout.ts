/** Where the sections of objects go in a program: code, constants, data and zeros on pages of their own. */

import type { ObjectFile, ObjectSection } from "../asm/assembler.js";
import { guestAddress } from "../base/guest-address.js";
import type { Permissions, ProgramSegment } from "../base/program-image.js";
import type { Definition, Placed } from "./debug-information.js";

const imageBase = 0x401000;
const pageSize = 0x1000;
const wordSize = 8;

/** What a section becomes part of, in the order of addresses. */
const groups = ["text", "rodata", "data", "bss"] as const;
export type Group = (typeof groups)[number];

const permissionsOf: Readonly<Record<Group, Permissions>> = {
  text: { read: true, write: false, execute: true },
  rodata: { read: true, write: false, execute: false },
  data: { read: true, write: true, execute: false },
  bss: { read: true, write: true, execute: false },
};

const alignUp = (value: number, alignment: number) => Math.ceil(value / alignment) * alignment;

export function groupOf({ flags, isZeroed }: ObjectSection): Group {
  if (flags.execute) return "text";
  if (!flags.write) return "rodata";
  return isZeroed ? "bss" : "data";
}

export type GroupSegment = ProgramSegment & { readonly group: Group };

export interface Layout {
  readonly segments: readonly GroupSegment[];
  /** The sections that are loaded with the program. */
  readonly placed: readonly Placed[];
  /** Symbols that the linker defines, by name. */
  readonly symbols: ReadonlyMap<string, number>;
  /** Where the table of addresses (GOT) lies, if there is one. */
  readonly addressTable: number;
}

export interface LayoutWishes {
  /** Of each object, the sections that take part. */
  readonly sectionsOf: (object: ObjectFile) => readonly ObjectSection[];
  /** Variables that are declared in several objects: they get their addresses here. */
  readonly commons: Iterable<Definition>;
  /** Words in the table of addresses. */
  readonly addressTableEntries: number;
}

export function layOut(objects: readonly ObjectFile[], wishes: LayoutWishes): Layout {
  const placed = objects.flatMap((object) =>
    wishes
      .sectionsOf(object)
      .filter((section) => section.flags.allocate && !isIdle(object, section))
      .map((section): Placed => ({ object, section, address: 0 })),
  );
  const segments: GroupSegment[] = [];
  const symbols = new Map<string, number>();
  let addressTable = 0;
  let address = imageBase;
  for (const group of groups) {
    const members = joinByName(placed.filter(({ section }) => groupOf(section) === group));
    const start = alignUp(address, pageSize);
    let end = start;
    for (const one of members) {
      one.address = alignUp(end, one.section.alignment);
      end = one.address + one.section.size;
    }
    if (group === "data" && wishes.addressTableEntries > 0) {
      addressTable = alignUp(end, wordSize);
      end = addressTable + wishes.addressTableEntries * wordSize;
    }
    if (group === "bss") end = placeCommons(wishes.commons, end);
    defineBounds(group, start, end, symbols);
    if (end === start) continue;
    const bytes = new Uint8Array(group === "bss" ? 0 : end - start);
    if (group === "text") bytes.fill(0x90);
    for (const { section, address: at } of members) if (!section.isZeroed) bytes.set(section.bytes, at - start);
    segments.push({
      name: `.${group}`,
      group,
      address: guestAddress(start),
      bytes,
      size: end - start,
      permissions: permissionsOf[group],
    });
    address = end;
  }
  defineArrays(placed, symbols);
  return { segments, placed, symbols, addressTable };
}

/** Nothing is in the section, and nobody speaks of it. */
function isIdle(object: ObjectFile, section: ObjectSection): boolean {
  if (section.size > 0 || section.relocations.length > 0) return false;
  const index = object.sections.indexOf(section);
  return !object.symbols.some((symbol) => symbol.section === index);
}

function placeCommons(commons: Iterable<Definition>, from: number): number {
  let end = from;
  for (const definition of commons) {
    const { symbol } = definition;
    definition.address = alignUp(end, Math.max(1, Number(symbol.value)));
    end = definition.address + Number(symbol.size);
  }
  return end;
}

function defineBounds(group: Group, start: number, end: number, symbols: Map<string, number>): void {
  const names = { text: ["_etext", "etext"], rodata: [], data: ["_edata", "edata"], bss: ["_end", "end"] } as const;
  for (const name of names[group]) symbols.set(name, end);
  if (group === "bss") symbols.set("__bss_start", start);
}

/** The tables of functions to call before `main` and after it, for programs that bring their own `_start`. */
function defineArrays(placed: readonly Placed[], symbols: Map<string, number>): void {
  for (const type of ["preinit_array", "init_array", "fini_array"] as const) {
    const members = placed.filter(({ section }) => section.type === type);
    const [start, end] =
      members.length === 0
        ? [imageBase, imageBase]
        : [
            Math.min(...members.map(({ address }) => address)),
            Math.max(...members.map(({ address, section }) => address + section.size)),
          ];
    symbols.set(`__${type}_start`, start);
    symbols.set(`__${type}_end`, end);
  }
}

/** Sections of one name lie together, names in the order of their first use; the bare name comes before its children. */
function joinByName(sections: readonly Placed[]): Placed[] {
  const byName = new Map<string, Placed[]>();
  for (const placed of sections) {
    const list = byName.get(placed.section.name);
    if (list === undefined) byName.set(placed.section.name, [placed]);
    else list.push(placed);
  }
  return [...byName.values()].flat();
}
