/** `textDocument/hover`: what the thing under the pointer is. The texts are made in `../hover/`. */
import { type Connection, type Hover, MarkupKind, type Position, type ServerCapabilities } from "vscode-languageserver";
import { describeDirective } from "../data/directives.js";
import { instructionHover } from "../hover/instruction-hover.js";
import { numberHover } from "../hover/number-hover.js";
import { registerHover as registerText } from "../hover/register-hover.js";
import { symbolHover } from "../hover/symbol-hover.js";
import type { Project } from "../project/project.js";
import type { Source } from "../source-store.js";
import { macroDefinition, type Thing, thingAt } from "../syntax-queries.js";

export function registerHover(connection: Connection, { sources }: Project): ServerCapabilities {
  connection.onHover(({ textDocument, position }) => {
    const source = sources.get(textDocument.uri);
    return source === undefined ? null : hoverAt(source, position);
  });
  return { hoverProvider: true };
}

function hoverAt(source: Source, position: Position): Hover | null {
  const found = thingAt(source.analysis, position);
  const value = found && describe(found.thing, source, position.line);
  if (found === undefined || value === undefined) return null;
  return { contents: { kind: MarkupKind.Markdown, value }, range: found.range };
}

function describe(thing: Thing, { analysis, document }: Source, line: number): string | undefined {
  switch (thing.kind) {
    case "instruction": {
      const macro = macroDefinition(analysis, thing.name);
      if (macro !== undefined) return `**${thing.name}** is a macro, defined in line ${macro.start.line + 1}.`;
      return instructionHover(thing.name, thing.statement, analysis.lineBytes(line + 1)?.bytes);
    }
    case "directive": {
      const directive = describeDirective(thing.name);
      return directive && `\`${directive.form}\`\n\n${capitalised(directive.summary)}`;
    }
    case "register":
      return registerText(thing.register);
    case "number":
      return numberHover(thing.text);
    case "symbol":
      return symbolHover(thing.name, analysis, document.uri);
    case "localLabel":
    case "include":
      return undefined;
  }
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
