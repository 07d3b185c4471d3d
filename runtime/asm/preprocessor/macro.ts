/** `#define`: what a name stands for (C11 6.10.3). */
import { isPunctuator, type Token } from "./token.js";

export interface PreprocessorMacro {
  readonly name: string;
  /** Absent for a name without parentheses. */
  readonly parameters: readonly string[] | undefined;
  /** The last parameter takes all arguments that are left. */
  readonly isVariadic: boolean;
  readonly body: readonly Token[];
  /** `__LINE__` and its kind make their text anew at each use. */
  readonly compute?: (use: Token) => string;
}

/** A definition out of the tokens behind `#define`; a text says what is wrong with it. */
export function parseDefinition(tokens: readonly Token[]): PreprocessorMacro | string {
  const [name, open] = tokens;
  if (name?.kind !== "name") return "`#define` needs a name.";
  if (name.text === "defined") return "`defined` cannot be the name of a macro.";
  let at = 1;
  let parameters: string[] | undefined;
  let isVariadic = false;
  if (isPunctuator(open, "(") && open?.isSpaced === false) {
    parameters = [];
    at = 2;
    while (!isPunctuator(tokens[at], ")")) {
      if (isVariadic) return "`...` must be the last parameter.";
      const parameter = tokens[at++];
      if (parameter?.kind === "name") {
        if (parameters.includes(parameter.text)) return `There are two parameters \`${parameter.text}\`.`;
        parameters.push(parameter.text);
        if (isPunctuator(tokens[at], "...")) {
          isVariadic = true;
          at++;
        }
      } else if (isPunctuator(parameter, "...")) {
        isVariadic = true;
        parameters.push("__VA_ARGS__");
      } else return "The parameters of a macro are names, parted by commas and closed by `)`.";
      if (isPunctuator(tokens[at], ",") && tokens[at + 1]?.kind !== "punctuator") at++;
      else if (isPunctuator(tokens[at], ",") && isPunctuator(tokens[at + 1], "...")) at++;
      else if (!isPunctuator(tokens[at], ")")) return "A comma or `)` is missing behind a parameter.";
    }
    at++;
  }
  const body = tokens.slice(at);
  if (isPunctuator(body[0], "##") || isPunctuator(body.at(-1), "##")) {
    return "`##` joins two tokens: it can stand at neither end of a macro.";
  }
  return { name: name.text, parameters, isVariadic, body };
}

/** Whether two definitions of a name say the same, so that the second is no mistake. */
export function isSameDefinition(a: PreprocessorMacro, b: PreprocessorMacro): boolean {
  const text = ({ parameters, isVariadic, body }: PreprocessorMacro) =>
    `${parameters?.join() ?? "-"} ${isVariadic} ${body.map((t, i) => (i > 0 && t.isSpaced ? " " : "") + t.text).join("\0")}`;
  return a.compute === b.compute && text(a) === text(b);
}
