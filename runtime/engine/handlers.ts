/**
 * Which code of the interpreter executes what. Handlers are numbered: first those that are no instructions, then the
 * specialised forms, then every variant of every definition. Who generates the code and who writes records count alike.
 */

import { allDefinitions, type InstructionDefinition } from "../x86/semantics/index.js";
import type { Width } from "../x86/value.js";
import { type SpecialisedForm, specialisedForms } from "./specialised-forms.js";
import { usualForms } from "./usual-forms.js";
import type { Signature } from "./wasm-writer.js";

/** Handlers that are not instructions: they do not count. */
export const pseudoHandlers = {
  /** Enters the compiled region that begins here. */
  region: 0,
  /** Counts the visit, then executes the instruction: once there were enough visits, a region is compiled. */
  count: 1,
  /** Looks its own address up: the record is no longer valid. */
  lookup: 2,
  /** Goes on at the record it is linked to, the one for its own address. */
  link: 3,
  breakpoint: 4,
  /** Before and after an instruction that may switch stacks. */
  noteStack: 5,
  checkStack: 6,
  /** The engine does not have this instruction. */
  invalid: 7,
} as const;
export const firstSpecialised = Object.keys(pseudoHandlers).length;
/** From here on, handlers are in groups that are loaded when a program has one of them. */
export const firstRare = firstSpecialised + specialisedForms.length;
/** log2 of the handlers in a group. */
export const groupShift = 5;

/**
 * A compiled region takes the instructions that are left and returns how many are left when it is left again: rIP and the
 * rest of the state are in memory. The complement (a negative number) says that the stack was switched: `state.record`.
 */
export const regionSignature: Signature = { parameters: ["i32"], results: ["i32"] };

export interface Handler {
  readonly id: number;
  /** Bit k: the semantics write operand k. */
  readonly writes: number;
  /** The group of rare instructions whose code must have been loaded. */
  readonly group?: number;
}

/** The letters of `form` are those of `specialisedForms` and of `Variant`. */
export interface HandlerForm {
  readonly definition: InstructionDefinition;
  readonly form: string;
  readonly widths: readonly Width[];
}

/** The number of the handler that executes the variant of the definition, whatever its operands are. */
export function rareHandler(definition: InstructionDefinition, variant: number): number {
  return firstRare + (rareNumbers().of.get(definition.name)?.[variant] ?? 0);
}

/** The number of the handler for exactly these kinds of operands, all in plain memory or registers, where there is one. */
export function specialisedHandler(name: string, form: string, widths: readonly Width[]): number | undefined {
  for (const [number, specialised] of specialisedByName().get(name) ?? []) {
    if (isOfForm(specialised, form) && String(specialised.widths) === String(widths)) return firstSpecialised + number;
  }
  return undefined;
}

/** The group of a handler; undefined for those that are always there. */
export function groupOf(handler: number): number | undefined {
  return handler < firstRare ? undefined : (handler - firstRare) >> groupShift;
}

/** The forms that handlers are generated from, in the order of their numbers. */
export function formsOfHandlers(): {
  readonly specialised: readonly HandlerForm[];
  readonly rare: readonly HandlerForm[];
} {
  const specialised = specialisedForms.map(({ name, form, widths }) => {
    const definition = allDefinitions().get(name);
    if (!definition) throw new Error(`the specialised instruction ${name} is not defined`);
    return { definition, form, widths };
  });
  const rare: HandlerForm[] = [];
  for (const definition of allDefinitions().values()) {
    for (const [number, { form, widths }] of definition.variants.entries()) {
      rare[rareHandler(definition, number) - firstRare] = { definition, form, widths };
    }
  }
  const missing = usualForms.find((_, number) => rare[number] === undefined);
  if (missing) throw new Error(`the usual form ${missing.name} ${missing.variant} is not defined`);
  return { specialised, rare };
}

/** How many handlers there are. */
export function handlerCount(): number {
  return firstRare + rareNumbers().count;
}

/** How many groups of rare handlers there are. */
export function groupCount(): number {
  return Math.ceil(rareNumbers().count / (1 << groupShift));
}

interface RareNumbers {
  /** By name of the definition: the number of each variant. */
  readonly of: ReadonlyMap<string, readonly number[]>;
  readonly count: number;
}
let rare: RareNumbers | undefined;

/** The rare handlers: those of the usual forms, then the others in the order of their definitions. */
function rareNumbers(): RareNumbers {
  if (!rare) {
    const usual = new Map<string, Map<string, number>>();
    for (const [number, { name, variant }] of usualForms.entries()) {
      usual.set(name, (usual.get(name) ?? new Map()).set(variant, number));
    }
    const of = new Map<string, readonly number[]>();
    let count = usualForms.length;
    for (const { name, variants } of allDefinitions().values()) {
      const among = usual.get(name);
      of.set(
        name,
        variants.map(({ form, widths }) => among?.get(`${form} ${widths}`) ?? count++),
      );
    }
    rare = { of, count };
  }
  return rare;
}

let specialised: Map<string, (readonly [number, SpecialisedForm])[]> | undefined;

function specialisedByName() {
  if (!specialised) {
    specialised = new Map();
    for (const [number, form] of specialisedForms.entries()) {
      const list = specialised.get(form.name);
      if (list) list.push([number, form]);
      else specialised.set(form.name, [[number, form]]);
    }
  }
  return specialised;
}

/** `form` has registers or immediates where the specialised form takes both. */
function isOfForm({ form: wanted }: SpecialisedForm, form: string): boolean {
  if (wanted.length !== form.length) return false;
  for (let i = 0; i < form.length; i++) {
    const isSource = wanted[i] === "s" && (form[i] === "r" || form[i] === "i");
    if (!isSource && wanted[i] !== form[i]) return false;
  }
  return true;
}
