/** What may stand where the cursor is in an expression. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { compileExpression } from "../runtime/expressions/expression.js";
import { namesOfMembers } from "../runtime/expressions/members.js";
import { EvaluationFailure } from "../runtime/expressions/operands.js";
import { flagBits, registerPartNames } from "../runtime/expressions/registers.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";

/** Symbols that are offered at the most: there are thousands. */
const mostSymbols = 200;

interface Candidate {
  readonly name: string;
  readonly type: DebugProtocol.CompletionItemType;
}

export const completionRequests: Handlers = {
  completions(session, args) {
    session.requireLaunched();
    const { conventions } = session;
    const before = args.text.slice(0, conventions.columnFromClient(args.column) - 1);
    const word = /[$%]?(?:[A-Za-z_][\w$]*(?:::[\w$]*)*)?$/.exec(before)?.[0] ?? "";
    const sigil = /^[$%]/.exec(word)?.[0] ?? "";
    const typed = word.slice(sigil.length);
    const start = conventions.columnToClient(before.length - typed.length + 1) - conventions.columnToClient(1);
    const rest = before.slice(0, before.length - word.length);
    const found = candidates(session, args.frameId, rest, sigil, word);
    const matching = found.filter(
      ({ name }) => name.toLowerCase().startsWith(typed.toLowerCase()) || isPart(name, typed),
    );
    const unique = [...new Map(matching.map((candidate) => [candidate.name, candidate])).values()];
    return {
      targets: unique.map(
        ({ name, type }, index): DebugProtocol.CompletionItem => ({
          label: name,
          type,
          // The nearest first, which is the order in which they were found.
          sortText: String(index).padStart(5, "0"),
          start,
          length: typed.length,
        }),
      ),
    };
  },
};

/** Of a qualified name, its last part is what people begin to write. */
function isPart(name: string, typed: string): boolean {
  return typed !== "" && (name.split("::").at(-1) ?? "").toLowerCase().startsWith(typed.toLowerCase());
}

function candidates(
  session: Session,
  frameId: number | undefined,
  before: string,
  sigil: string,
  word: string,
): readonly Candidate[] {
  const scope = scopeFor(session, frameId);
  const inFrame = /((?:thread\(([^()]*)\)\.)?frame\(([^()]*)\)\.)$/.exec(before);
  const [, whole, thread, frame = ""] = inFrame ?? [];
  const here = whole === undefined ? scope : scope && otherScope(scope, thread, frame);
  if (sigil !== "") return here === undefined && whole !== undefined ? [] : registers();
  if (whole !== undefined) return here ? [...variables(here), ...registers()] : [];
  const object = /(\.|->)\s*$/.exec(before);
  if (object) return members(scope, before.slice(0, object.index));
  if (word === "") return [];
  return [
    ...(scope ? variables(scope) : []),
    ...registers(),
    { name: "thread", type: "property" },
    ...symbols(session, word),
  ];
}

/** Undefined while the program runs. */
function scopeFor(session: Session, frameId: number | undefined): ExpressionScope | undefined {
  const launched = session.requireLaunched();
  if (launched.isRunning || launched.debuggee.state !== "stopped") return undefined;
  const { thread, frame } = session.frameFor(frameId);
  return launched.scope(thread, frame);
}

function otherScope(scope: ExpressionScope, thread: string | undefined, frame: string): ExpressionScope | undefined {
  const [number, index] = [thread, frame].map((text) => (text === undefined ? undefined : Number(text)));
  if (Number.isNaN(number) || index === undefined || Number.isNaN(index)) return undefined;
  const other = scope.other(number, index);
  return other.ok ? other.value : undefined;
}

function registers(): Candidate[] {
  return [...registerPartNames(), ...Object.keys(flagBits)].map((name) => ({ name, type: "variable" }));
}

const kinds = {
  parameter: "variable",
  local: "variable",
  member: "field",
  global: "variable",
  enumerator: "enum",
} as const satisfies Readonly<Record<string, DebugProtocol.CompletionItemType>>;

function variables(scope: ExpressionScope): Candidate[] {
  return [...scope.names.visible(scope)].map(({ name, kind }) => ({ name, type: kinds[kind] }));
}

function symbols(session: Session, word: string): Candidate[] {
  const typed = word.toLowerCase();
  return session
    .requireLaunched()
    .program.symbols.filter(({ name }) => name.toLowerCase().startsWith(typed))
    .slice(0, mostSymbols)
    .map(({ name, kind }) => ({ name, type: kind === "function" ? "function" : "value" }));
}

/** What stands behind the dot of `before`. */
function members(scope: ExpressionScope | undefined, before: string): Candidate[] {
  const object = objectAtEnd(before);
  const isThread = /^thread(\([^()]*\))?$/.test(object);
  if (isThread && scope?.names.hides("thread") !== true) {
    const properties = ["id", "name", "slot", "state", "entry"].map((name): Candidate => ({ name, type: "property" }));
    return object === "thread" ? properties : [{ name: "frame", type: "method" }, ...properties];
  }
  if (scope === undefined || object === "") return [];
  const compiled = compileExpression(object, scope.names);
  const value = compiled.ok ? compiled.value.evaluate(scope) : compiled;
  if (!value.ok) return [];
  try {
    return namesOfMembers(value.value, scope).map((name) => ({ name, type: "field" }));
  } catch (error) {
    if (error instanceof EvaluationFailure) return [];
    throw error;
  }
}

/** The operand that a text ends with: names, members, elements and what is in parentheses. */
export function objectAtEnd(text: string): string {
  let at = text.length;
  for (;;) {
    const closed = text[at - 1];
    if (closed === "]" || closed === ")") {
      let depth = 0;
      do {
        at--;
        if (text[at] === "]" || text[at] === ")") depth++;
        else if (text[at] === "[" || text[at] === "(") depth--;
      } while (at > 0 && depth > 0);
      if (depth > 0) return "";
      // What is called or indexed stands before; a parenthesis may also begin the operand.
      if (/[\w$\])]$/.test(text.slice(0, at))) continue;
      return text.slice(at);
    }
    const name = /[$%]?[\w$:]+$/.exec(text.slice(0, at));
    if (!name) return "";
    at = name.index;
    const link = /(\.|->)$/.exec(text.slice(0, at));
    if (!link) return text.slice(at);
    at = link.index;
  }
}
