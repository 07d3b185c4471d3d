/** Directives that choose a section. */
import type { Assembly } from "../assembly.js";
import type { Section, SectionType } from "../section.js";
import type { DirectiveStatement } from "../syntax.js";
import { type DirectiveHandler, restOf } from "./arguments.js";
import { splitArguments, unquoted } from "../macros.js";

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

function enter(assembly: Assembly, name: string): void {
  const known = wellKnown.find(([pattern]) => pattern.test(name))?.[1] ?? { flags: flags(""), type: "progbits" };
  const section = assembly.findSection(name, known.flags, known.type);
  if (known.isThreadLocal) section.isThreadLocal = true;
  assembly.switchSection(section);
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
    assembly.report("error", statement.rest, `There is no section type "${typeName}". Usual types are @progbits and @nobits.`);
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

const plain =
  (name: string): DirectiveHandler =>
  (assembly, statement) => {
    if (statement.arguments.length > 0) {
      const argument = statement.arguments[0];
      const isZero = argument?.kind === "expression" && argument.value.kind === "number" && argument.value.value === 0n;
      if (!isZero) assembly.report("error", statement.rest, `Subsections are not supported; write \`${name}\` alone.`);
    }
    enter(assembly, name);
  };

export const sectionDirectives: Readonly<Record<string, DirectiveHandler>> = {
  ".text": plain(".text"),
  ".data": plain(".data"),
  ".bss": plain(".bss"),
  ".section": section,
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
