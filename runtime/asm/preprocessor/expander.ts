/** Macros to what they stand for: arguments, `#`, `##` and rescanning, in the order that GNU cpp has. */
import { singleToken } from "./lexer.js";
import type { PreprocessorMacro } from "./macro.js";
import { isPunctuator, type Place, type Token } from "./token.js";

/** Tokens that are read before the source goes on. */
interface Frame {
  readonly tokens: readonly Token[];
  at: number;
  /** What these are the expansion of: not expanded again while they are read. */
  readonly macro?: PreprocessorMacro;
  /** An argument that is expanded by itself: its end is the end. */
  readonly isClosed?: boolean;
}

export interface ExpanderSource {
  /** The next token of the source. */
  read(): Token;
  report(place: Place, message: string): void;
}

/** Tokens that one source may expand to, so that definitions that double each other end. */
const mostTokens = 500_000;

const endToken = (place: Place): Token => ({
  kind: "end",
  text: "",
  isSpaced: false,
  isFirst: false,
  place,
  isExpanded: true,
  isFinal: false,
});

/** An empty argument beside `##`: joins to nothing (the placemarker of C11 6.10.3.3). */
const nothing = ({ place }: Token): Token => ({ ...endToken(place), kind: "other" });

export class Expander {
  readonly macros = new Map<string, PreprocessorMacro>();
  private readonly frames: Frame[] = [];
  private readonly pushedBack: Token[] = [];
  private count = 0;

  constructor(private readonly source: ExpanderSource) {}

  /** Nothing is waiting: the next token is the source's. */
  get isIdle(): boolean {
    return this.frames.length === 0 && this.pushedBack.length === 0;
  }

  get isExhausted(): boolean {
    return this.count > mostTokens;
  }

  /** The next token as it stands. */
  private raw(): Token {
    for (;;) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return this.pushedBack.pop() ?? this.source.read();
      const token = frame.tokens[frame.at];
      if (token !== undefined) {
        frame.at++;
        return token;
      }
      if (frame.isClosed) return endToken(frame.tokens[0]?.place ?? { source: 0, line: 1, start: 0, end: 1 });
      this.frames.pop();
    }
  }

  private unread(token: Token): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) this.pushedBack.push(token);
    else if (token.kind !== "end") this.frames.push({ tokens: [token], at: 0 });
  }

  /** The next token after expansion. */
  next(): Token {
    for (;;) {
      const token = this.raw();
      if (this.isExhausted) return endToken(token.place);
      if (token.kind !== "name" || token.isFinal) return token;
      const macro = this.macros.get(token.text);
      if (macro === undefined) return token;
      if (this.frames.some((frame) => frame.macro === macro)) return { ...token, isFinal: true };
      if (!this.enter(macro, token)) return token;
    }
  }

  /** A list expanded by itself. */
  expand(tokens: readonly Token[]): Token[] {
    const depth = this.frames.length;
    this.frames.push({ tokens, at: 0, isClosed: true });
    const result: Token[] = [];
    for (let token = this.next(); token.kind !== "end"; token = this.next()) result.push(token);
    this.frames.length = depth;
    return result;
  }

  /** Begins to read a macro's expansion; false when a macro with parameters is not called. */
  private enter(macro: PreprocessorMacro, use: Token): boolean {
    let values: (readonly Token[] | undefined)[] = [];
    if (macro.parameters !== undefined) {
      const open = this.raw();
      if (!isPunctuator(open, "(")) {
        this.unread(open);
        return false;
      }
      const found = this.collect(macro, use);
      if (found === undefined) return true;
      values = found;
    }
    const tokens = this.replace(macro, use, values);
    this.count += tokens.length + 1;
    if (this.isExhausted) return true;
    this.frames.push({ tokens, at: 0, macro });
    return true;
  }

  private collect(macro: PreprocessorMacro, use: Token): (readonly Token[] | undefined)[] | undefined {
    const wanted = macro.parameters?.length ?? 0;
    const values: Token[][] = [[]];
    for (let depth = 0; ; ) {
      const token = this.raw();
      if (token.kind === "end") {
        this.unread(token);
        this.source.report(use.place, `The call of the macro \`${macro.name}\` has no closing \`)\`.`);
        return undefined;
      }
      if (isPunctuator(token, "(")) depth++;
      if (isPunctuator(token, ")") && depth-- === 0) break;
      if (isPunctuator(token, ",") && depth === 0 && !(macro.isVariadic && values.length >= wanted)) values.push([]);
      else {
        const isNested = this.frames.some((frame) => frame.macro?.name === token.text);
        const isFinal = token.isFinal || (token.kind === "name" && isNested);
        values.at(-1)?.push({ ...token, isFirst: false, isSpaced: token.isSpaced || token.isFirst, isFinal });
      }
    }
    if (wanted === 0 && values.length === 1 && values[0]?.length === 0) return [];
    if (values.length === wanted) return values;
    if (macro.isVariadic && values.length === wanted - 1) return [...values, undefined];
    const given = `${values.length} argument${values.length === 1 ? "" : "s"}`;
    this.source.report(use.place, `The macro \`${macro.name}\` takes ${wanted}; this call has ${given}.`);
    return undefined;
  }

  /** The macro's body with arguments in the place of parameters. */
  private replace(macro: PreprocessorMacro, use: Token, values: readonly (readonly Token[] | undefined)[]): Token[] {
    if (macro.compute !== undefined) {
      const text = macro.compute(use);
      const kind = text.startsWith('"') ? "string" : "number";
      return [{ ...use, kind, text, isExpanded: true }];
    }
    const { body, parameters } = macro;
    const result: Token[] = [];
    const expanded = new Map<number, readonly Token[]>();
    let pastes = false;
    const append = (list: readonly Token[], isSpaced: boolean) => {
      list.forEach((token, i) => {
        const last = result.at(-1);
        if (i === 0 && pastes && last !== undefined) {
          const pasted = last.text === "" ? token : token.text === "" ? last : singleToken(last.text + token.text);
          if (pasted !== undefined) {
            result[result.length - 1] = {
              ...last,
              isFinal: false,
              ...pasted,
              isSpaced: last.isSpaced,
              isExpanded: true,
            };
            return;
          }
          result.push({ ...token, isSpaced: false, isExpanded: true });
        } else result.push({ ...token, isSpaced: i === 0 ? isSpaced : token.isSpaced, isExpanded: true });
      });
      pastes = false;
    };
    for (let i = 0; i < body.length; i++) {
      const token = body[i];
      if (token === undefined) break;
      const following = body[i + 1];
      if (parameters !== undefined && isPunctuator(token, "#") && following?.kind === "name") {
        const index = parameters.indexOf(following.text);
        if (index >= 0) {
          append(
            [{ ...token, kind: "string", text: stringify(values[index] ?? []), place: use.place }],
            token.isSpaced,
          );
          i++;
          continue;
        }
      }
      if (isPunctuator(token, "##") && i > 0) {
        pastes = true;
        continue;
      }
      const index = token.kind === "name" ? (parameters?.indexOf(token.text) ?? -1) : -1;
      if (index < 0) {
        append([{ ...token, place: use.place }], token.isSpaced);
        continue;
      }
      const value = values[index];
      const isRest = macro.isVariadic && index === values.length - 1;
      if (pastes && isRest && isPunctuator(result.at(-1), ",")) {
        // GNU's `, ## rest`: the comma goes when there is no rest.
        pastes = false;
        if (value === undefined || (value.length === 0 && values.length === 1)) result.pop();
        else append(this.expand(value), true);
        continue;
      }
      if (pastes || isPunctuator(following, "##")) {
        append(value?.length ? value : [nothing(use)], token.isSpaced);
        continue;
      }
      let list = expanded.get(index);
      if (list === undefined) {
        list = this.expand(value ?? []);
        expanded.set(index, list);
      }
      append(list, token.isSpaced);
    }
    const tokens = result.filter(({ text }) => text !== "");
    const first = tokens[0];
    if (first !== undefined) tokens[0] = { ...first, isSpaced: use.isSpaced, isFirst: use.isFirst };
    return tokens;
  }
}

/** `#parameter`: the argument's text as a string (C11 6.10.3.2). */
function stringify(tokens: readonly Token[]): string {
  const text = tokens.map((token, i) => {
    const isLiteral = token.kind === "string" || token.kind === "character";
    return (i > 0 && token.isSpaced ? " " : "") + (isLiteral ? token.text.replace(/["\\]/g, "\\$&") : token.text);
  });
  return `"${text.join("")}"`;
}
