/** Directives that choose a section. */
import type { Assembly } from "../assembly.js";
import { splitArguments, unquoted } from "../macros.js";
import type { Section, SectionType } from "../section.js";
import type { DirectiveStatement } from "../syntax.js";
import { type DirectiveHandler, numberArgument, restOf } from "./arguments.js";

interface SectionTraits {
  readonly flags: Section["flags"];
  readonly type: SectionType;
  readonly isThreadLocal?: boolean;
}

const flags = (text: string): Section["flags"] => ({
  allocate: text.includes("a"),
  write: text.includes("w"),
  execute: text.includes("x"),
});

/** What GNU as takes well-known names for. */
const wellKnown: readonly (readonly [RegExp, SectionTraits])[] = [
  [/^\.(text|init|fini|plt)(\.|$)/, { flags: flags("ax"), type: "progbits" }],
  [/^\.(rodata|rodata1|eh_frame|gcc_except_table)(\.|$)/, { flags: flags("a"), type: "progbits" }],
  [/^\.(data|data1)(\.|$)/, { flags: flags("aw"), type: "progbits" }],
  [/^\.(bss)(\.|$)/, { flags: flags("aw"), type: "nobits" }],
  [/^\.tdata(\.|$)/, { flags: flags("aw"), type: "progbits", isThreadLocal: true }],
  [/^\.tbss(\.|$)/, { flags: flags("aw"), type: "nobits", isThreadLocal: true }],
  [/^\.init_array(\.|$)/, { flags: flags("aw"), type: "init_array" }],
  [/^\.fini_array(\.|$)/, { flags: flags("aw"), type: "fini_array" }],
  [/^\.preinit_array(\.|$)/, { flags: flags("aw"), type: "preinit_array" }],
  [/^\.note\.GNU-stack$/, { flags: flags(""), type: "progbits" }],
  [/^\.note(\.|$)/, { flags: flags(""), type: "note" }],
];

const typeNames: Readonly<Record<string, SectionType>> = {
  progbits: "progbits",
  nobits: "nobits",
  note: "note",
  init_array: "init_array",
  fini_array: "fini_array",
  preinit_array: "preinit_array",
  unwind: "unwind",
};

function enter(assembly: Assembly, name: string, subsection = 0): void {
  const known = wellKnown.find(([pattern]) => pattern.test(name))?.[1] ?? { flags: flags(""), type: "progbits" };
  const section = assembly.findSection(name, known.flags, known.type);
  if (known.isThreadLocal) section.isThreadLocal = true;
  assembly.switchSection(section.subsection(subsection));
}

/** `.section name, "flags", @type, entry size`. */
function section(assembly: Assembly, statement: DirectiveStatement): boolean {
  const list = splitArguments(restOf(assembly, statement));
  const name = unquoted(list[0] ?? "");
  if (name === "") {
    assembly.report("error", statement.range, `\`${statement.name.text}\` needs the name of a section.`);
    return false;
  }
  const isNew = !assembly.sections.some((known) => known.name === name);
  const written = list[1] ?? "";
  if (!written.startsWith('"')) {
    enter(assembly, name);
    return true;
  }
  const letters = unquoted(written);
  const unknown = /[^awxMSGTeoRd?]/.exec(letters)?.[0];
  if (unknown !== undefined) {
    assembly.report(
      "error",
      statement.rest,
      `There is no section flag "${unknown}". Usual flags are "a" (allocated), "w" (writable) and "x" (executable).`,
    );
    return false;
  }
  const typeName = (list[2] ?? "").replace(/^[@%]|^"|"$/g, "");
  const known = wellKnown.find(([pattern]) => pattern.test(name))?.[1];
  const type = typeName === "" ? (known?.type ?? "progbits") : typeNames[typeName];
  if (type === undefined) {
    assembly.report(
      "error",
      statement.rest,
      `There is no section type "${typeName}". Usual types are @progbits and @nobits.`,
    );
    return false;
  }
  const found = assembly.findSection(name, flags(letters), type);
  if (isNew) {
    found.isMergeable = letters.includes("M");
    found.isStrings = letters.includes("S");
    found.isThreadLocal = letters.includes("T");
    if (found.isMergeable) found.entrySize = Number(list[3] ?? 0) || 0;
  }
  assembly.switchSection(found);
  return true;
}

/** The number of a subsection, 0 to 8192; undefined (and reported) when it is wrong. */
function subsectionNumber(assembly: Assembly, statement: DirectiveStatement): number | undefined {
  const number = numberArgument(assembly, statement, 0, "the number of a subsection", 0n);
  if (number === undefined) return undefined;
  if (number >= 0n && number <= 8192n) return Number(number);
  assembly.report("error", statement.rest, "The number of a subsection must be 0 to 8192.");
  return undefined;
}

const plain =
  (name: string): DirectiveHandler =>
  (assembly, statement) => {
    const number = subsectionNumber(assembly, statement);
    if (number !== undefined) enter(assembly, name, number);
  };

export const sectionDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".text": plain(".text"),
  ".data": plain(".data"),
  ".bss": plain(".bss"),
  ".section": section,
  ".subsection": (assembly, statement) => {
    const number = subsectionNumber(assembly, statement);
    const { name, flags: traits, type } = assembly.section;
    if (number !== undefined) assembly.switchSection(assembly.findSection(name, traits, type).subsection(number));
  },
  ".pushsection": (assembly, statement) => {
    const entry = { section: assembly.section, previous: assembly.previousSection };
    if (section(assembly, statement)) assembly.sectionStack.push(entry);
  },
  ".popsection": (assembly, statement) => {
    const entry = assembly.sectionStack.pop();
    if (entry === undefined) {
      assembly.report("error", statement.range, "There is no `.pushsection` that this `.popsection` could end.");
      return;
    }
    assembly.section = entry.section;
    assembly.previousSection = entry.previous;
  },
  ".previous": (assembly) => {
    assembly.switchSection(assembly.previousSection);
  },
};
