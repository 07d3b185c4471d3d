/** `.macro`: definitions and calls ("Macro" in GNU as's manual). */
import type { Assembly } from "./assembly.js";
import { isSymbolPart } from "./cursor.js";
import type { DirectiveStatement, InstructionStatement, Range } from "./syntax.js";

export interface MacroParameter {
  readonly name: string;
  readonly byDefault: string;
  readonly isRequired: boolean;
  /** Takes the rest of the line. */
  readonly isRest: boolean;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly MacroParameter[];
  readonly body: readonly string[];
}

/** Parts arguments by commas (or spaces), minding quotes and brackets. */
export function splitArguments(text: string): string[] {
  const list: string[] = [];
  let current = "";
  let depth = 0;
  let quote = false;
  const trimmedText = text.trim();
  for (let i = 0; i < trimmedText.length; i++) {
    const character = trimmedText.charAt(i);
    if (quote) {
      current += character;
      if (character === "\\") current += trimmedText.charAt(++i);
      else if (character === '"') quote = false;
      continue;
    }
    if (character === '"') quote = true;
    if (character === "(" || character === "[") depth++;
    if (character === ")" || character === "]") depth--;
    if (character === "," && depth <= 0) {
      list.push(current.trim());
      current = "";
      continue;
    }
    if (/\s/.test(character) && depth <= 0 && current.trim() !== "") {
      // A space parts arguments too, unless an operator joins what stands around it.
      const rest = trimmedText.slice(i).trimStart();
      const joins = /^[-+*/%&|^<>=!),]/.test(rest) && !/^%[a-z]/i.test(rest);
      if (!joins && !/[-+*/&|^<>=!(:]$/.test(current.trim())) {
        list.push(current.trim());
        current = "";
        continue;
      }
    }
    current += character;
  }
  if (current.trim() !== "" || list.length > 0) list.push(current.trim());
  return list;
}

/** An argument without the quotes around it. */
export function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** Puts values for `\name`, `\@` and `\()` in a text. */
export function substitute(text: string, values: ReadonlyMap<string, string>, count: number): string {
  if (!text.includes("\\")) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character !== "\\") {
      out += character;
      continue;
    }
    if (text.startsWith("\\()", i)) {
      i += 2;
      continue;
    }
    if (text.charAt(i + 1) === "@") {
      out += String(count);
      i++;
      continue;
    }
    let end = i + 1;
    while (end < text.length && isSymbolPart(text.charCodeAt(end))) end++;
    // The longest name that is a parameter: `\reg.w` may be `\reg` and ".w".
    let length = end - i - 1;
    while (length > 0 && !values.has(text.slice(i + 1, i + 1 + length))) length--;
    const value = length > 0 ? values.get(text.slice(i + 1, i + 1 + length)) : undefined;
    if (value === undefined) {
      out += character;
      if (i + 1 < text.length) out += text.charAt(++i);
      continue;
    }
    out += value;
    i += length;
  }
  return out;
}

/** Assembles a macro's body with the arguments of a call. */
export function expandMacro(
  assembly: Assembly,
  macro: Macro,
  statement: InstructionStatement | DirectiveStatement,
): void {
  const name = statement.kind === "instruction" ? statement.mnemonic : statement.name;
  const line = assembly.lineText;
  const values = bindArguments(assembly, macro, line.slice(name.range.end, statement.range.end), statement.range);
  if (values === undefined) return;
  const count = assembly.macroCount++;
  const text = macro.body.map((bodyLine) => substitute(bodyLine, values, count)).join("\n");
  const place = assembly.reader.line;
  const range = assembly.reader.columnsOf(statement.range);
  assembly.insert(text, { lineOf: () => place, range });
}

function bindArguments(
  assembly: Assembly,
  macro: Macro,
  text: string,
  range: Range,
): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  const last = macro.parameters.at(-1);
  const list = splitArguments(text);
  let position = 0;
  for (let i = 0; i < list.length; i++) {
    const argument = list[i] ?? "";
    const keyword = /^([\w.$]+)\s*=(?!=)\s*(.*)$/.exec(argument);
    const named = macro.parameters.find(({ name }) => name === keyword?.[1]);
    if (named !== undefined && keyword !== null) {
      values.set(named.name, unquoted(keyword[2] ?? ""));
      continue;
    }
    const parameter = macro.parameters[position++];
    if (parameter === undefined) {
      assembly.report(
        "error",
        range,
        `The macro \`${macro.name}\` takes ${macro.parameters.length} arguments; this call has more.`,
      );
      return undefined;
    }
    if (parameter.isRest && parameter === last) {
      values.set(parameter.name, list.slice(i).join(","));
      break;
    }
    values.set(parameter.name, unquoted(argument));
  }
  for (const { name, byDefault, isRequired } of macro.parameters) {
    const value = values.get(name);
    if (value !== undefined && value !== "") continue;
    if (isRequired && byDefault === "") {
      assembly.report("error", range, `The macro \`${macro.name}\` needs a value for \`${name}\`.`);
      return undefined;
    }
    values.set(name, byDefault);
  }
  return values;
}
