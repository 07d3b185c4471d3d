/** How the source would write a type. */
import type { Type } from "./types.js";

/** Languages of which the compilers name every type as the source writes it (`DW_LANG_Rust`). */
const DW_LANG_Rust = 0x1c;

/** Languages in which a struct's name is not a type's (`DW_LANG_C89`, `C`, `C99`, `C11`, `C17`). */
const languagesOfTags: ReadonlySet<number> = new Set([0x01, 0x02, 0x0c, 0x1d, 0x2c]);

/** Types that contain themselves without a name are damaged. */
const deepest = 32;

/** The type as C++ writes it, or as the unit's language does (`DW_LANG_*`) where that is C or Rust. */
export function typeName(type: Type | undefined, language?: number): string {
  if (language === DW_LANG_Rust) return rustName(type, 0);
  return declare(type, "", { depth: 0, hasTags: languagesOfTags.has(language ?? 0) }).trimEnd();
}

/** A declaration of `declarator` with that type: what is around the name is put together from the inside out. */
function declare(type: Type | undefined, declarator: string, style: Style): string {
  if (type === undefined) return joined("void", declarator);
  if (style.depth > deepest) return joined("…", declarator);
  const inner = { ...style, depth: style.depth + 1 };
  switch (type.kind) {
    case "base":
    case "unspecified":
      return joined(type.name ?? "?", declarator);
    case "struct":
      return joined(tagged(type.keyword, type.qualifiedName, style), declarator);
    case "enum":
      return joined(tagged("enum", type.qualifiedName, style), declarator);
    case "typedef":
      return joined(type.qualifiedName ?? type.name ?? "?", declarator);
    case "pointer": {
      const sign = { pointer: "*", reference: "&", "rvalue-reference": "&&" }[type.mode];
      return declare(type.target, inParentheses(type.target, sign + declarator), inner);
    }
    case "member-pointer": {
      const home = declare(type.containing, "", inner).trimEnd();
      return declare(type.target, inParentheses(type.target, `${home}::*${declarator}`), inner);
    }
    case "qualified": {
      const word = type.qualifier === "atomic" ? "_Atomic" : type.qualifier;
      // What qualifies a pointer stands behind its star; what qualifies anything else, before it.
      const target = type.target;
      if (target?.kind === "pointer") return declare(target, joined(` ${word}`, declarator), inner);
      // Of several, "const" comes first.
      if (word === "volatile" && target?.kind === "qualified" && target.qualifier === "const") {
        return `const volatile ${declare(target.target, declarator, inner)}`;
      }
      return `${word} ${declare(target, declarator, inner)}`;
    }
    case "array": {
      const sizes = type.dimensions.map(({ count }) => `[${count ?? ""}]`).join("");
      return declare(type.element, `${declarator}${sizes}`, inner);
    }
    case "function": {
      const parameters = type.parameters.map((parameter) => declare(parameter, "", inner).trimEnd());
      if (type.isVariadic) parameters.push("...");
      const list = parameters.length === 0 ? "void" : parameters.join(", ");
      return declare(type.result, `${declarator}(${list})`, inner);
    }
  }
}

interface Style {
  readonly depth: number;
  /** Names of structs and enumerations need their keyword. */
  readonly hasTags: boolean;
}

function tagged(keyword: string, name: string | undefined, { hasTags }: Style): string {
  if (name === undefined) return `${keyword} {...}`;
  return hasTags ? `${keyword} ${name}` : name;
}

function inParentheses(target: Type | undefined, declarator: string): string {
  return target?.kind === "array" || target?.kind === "function" ? `(${declarator})` : declarator;
}

function joined(name: string, declarator: string): string {
  return declarator === "" || declarator.startsWith(" ") ? `${name}${declarator}` : `${name} ${declarator}`;
}

function rustName(type: Type | undefined, depth: number): string {
  if (type === undefined) return "()";
  if (depth > deepest) return "…";
  const name = (type.kind === "struct" || type.kind === "enum" ? type.qualifiedName : undefined) ?? type.name;
  if (name !== undefined) return name;
  switch (type.kind) {
    case "array": {
      let element = rustName(type.element, depth + 1);
      for (const { count } of [...type.dimensions].reverse()) element = `[${element}; ${count ?? "_"}]`;
      return element;
    }
    case "function": {
      const result = type.result ? ` -> ${rustName(type.result, depth + 1)}` : "";
      return `fn(${type.parameters.map((parameter) => rustName(parameter, depth + 1)).join(", ")})${result}`;
    }
    case "pointer":
      return `*${rustName(type.target, depth + 1)}`;
    default:
      return "?";
  }
}
