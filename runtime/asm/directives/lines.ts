/** `.loc`: of a row of the line table, its view number is what other directives can refer to. */
import type { DirectiveHandler } from "./arguments.js";
import { restOf } from "./arguments.js";

const loc: DirectiveHandler = (assembly, statement) => {
  const view = /\bview\s+(-?\s*0\b|[\w.$]+)/.exec(restOf(assembly, statement))?.[1];
  const isName = view !== undefined && !/^-?\s*\d/.test(view);
  const name = isName ? assembly.symbols.get(view) : undefined;
  if (name?.isDefined === true) {
    assembly.report("error", statement.range, `\`${name.name}\` is already defined, so it cannot name a view.`);
    return;
  }
  if (name !== undefined) name.definition = assembly.span(statement.range);
  assembly.lineViews.add({
    section: assembly.section,
    hasView: view !== undefined,
    name,
    isReset: view?.startsWith("-") ?? false,
  });
};

export const lineDirectives: Readonly<Record<string, DirectiveHandler>> = { ".loc": loc };
