/** Expressions in template arguments and types (Itanium C++ ABI, section 5.1.6). */
import { operators } from "./itanium-names.js";
import { expansion, inParentheses, type Node, scoped, show, shownList, templated, text } from "./itanium-nodes.js";
import { MangledReader } from "./mangled-reader.js";

export abstract class ItaniumExpressions extends MangledReader {
  protected abstract type(): Node;
  protected abstract encoding(tellsResult?: boolean): Node;
  protected abstract operator(): { node: Node; isConversion: boolean };
  protected abstract sourceName(): string;
  protected abstract templateParameter(): Node;
  /** The arguments that parameters mean. */
  protected parameters: Node[] = [];
  protected abstract templateArguments(): Node;

  protected literal(): Node {
    this.expect("L");
    if (this.eat("_Z")) {
      const name = this.encoding();
      this.expect("E");
      return name;
    }
    const code = this.peek() ?? "";
    const type = this.type();
    const match = /^(n?)([0-9a-f]*)/.exec(this.rest);
    this.at += match?.[0].length ?? 0;
    const value = `${match?.[1] === "n" ? "-" : ""}${match?.[2] ?? ""}`;
    this.expect("E");
    if (code === "b" && (value === "0" || value === "1")) return text(value === "1" ? "true" : "false");
    const suffix = { i: "", j: "u", l: "l", m: "ul", x: "ll", y: "ull" }[code];
    if (suffix !== undefined) return text(value + suffix);
    if (/^[fde]$/.test(code)) return { left: (state) => `(${show(type, state)})[${value}]` };
    if (value === "" || (value === "0" && code === "D")) return type;
    return { left: (state) => `(${show(type, state)})${value}` };
  }

  protected expression(): Node {
    return this.nested(() => {
      const next = this.peek() ?? "";
      if (next === "L") return this.literal();
      if (next === "T") return this.templateParameter();
      const parameter = /^f(?:L\d+)?p[rVK]*(\d*)_/.exec(this.rest);
      if (parameter) {
        this.at += parameter[0].length;
        const index = parameter[1] === "" ? 1 : Number(parameter[1]) + 2;
        return { ...text(`{parm#${index}}`), isSimple: true };
      }
      if (this.eat("fpT")) return text("this");
      const code = this.source.slice(this.at, this.at + 2);
      switch (code) {
        case "sp":
          this.at += 2;
          return expansion(this.expression());
        case "sZ":
        case "sP": {
          this.at += 2;
          const inner = this.expression();
          return { left: (state) => `sizeof...(${show(inner, state)})` };
        }
        case "st":
        case "at":
        case "ti": {
          this.at += 2;
          const type = this.type();
          const word = { st: "sizeof", at: "alignof", ti: "typeid" }[code];
          return { left: (state) => `${word} (${show(type, state)})` };
        }
        case "cl": {
          this.at += 2;
          const callee = this.expression();
          const passed = this.expressionsToEnd();
          return { left: (state) => `${inParentheses(callee, state)}(${shownList(passed, state)})` };
        }
        case "cv": {
          this.at += 2;
          const type = this.type();
          const values = this.eat("_") ? this.expressionsToEnd() : [this.expression()];
          return { left: (state) => `(${show(type, state)})(${shownList(values, state)})` };
        }
        case "tl":
        case "il": {
          this.at += 2;
          const type = code === "tl" ? this.type() : undefined;
          const values = this.expressionsToEnd();
          return { left: (state) => `${type ? show(type, state) : ""}{${shownList(values, state)}}` };
        }
        case "sr":
          return this.unresolvedName();
        case "dt":
        case "pt": {
          this.at += 2;
          const object = this.expression();
          const member = this.unresolvedName();
          const sign = code === "dt" ? "." : "->";
          return { left: (state) => `${inParentheses(object, state)}${sign}${show(member, state)}` };
        }
        case "on":
        case "gs":
          return this.unresolvedName();
      }
      const operator = operators[code];
      if (operator) return this.operation(operator);
      return this.unresolvedName();
    });
  }

  protected operation({ name, operands }: { readonly name: string; readonly operands: number }): Node {
    this.at += 2;
    const first = this.expression();
    if (name === "++" || name === "--") this.eat("_");
    if (operands === 1) {
      const { functionName } = first;
      if (name === "&" && functionName) return { left: (state) => `&${show(functionName, state)}` };
      const isWord = /[a-z]/.test(name);
      return { left: (state) => `${name}${isWord ? " " : ""}${inParentheses(first, state)}` };
    }
    const second = this.expression();
    if (name === "[]") return { left: (state) => `${inParentheses(first, state)}[${show(second, state)}]` };
    if (operands === 3) {
      const third = this.expression();
      return {
        left: (state) =>
          `${inParentheses(first, state)}?${inParentheses(second, state)} : ${inParentheses(third, state)}`,
      };
    }
    return {
      left: (state) => {
        const whole = `${inParentheses(first, state)}${name}${inParentheses(second, state)}`;
        // What would end the list of arguments is put into parentheses.
        return name === ">" ? `(${whole})` : whole;
      },
    };
  }

  protected expressionsToEnd(): Node[] {
    const list: Node[] = [];
    while (!this.eat("E")) list.push(this.expression());
    return list;
  }

  /** A name in an expression that means something once the template's arguments are known. */
  protected unresolvedName(): Node {
    const global = this.eat("gs") ? "::" : "";
    if (this.eat("sr")) {
      const home = this.unresolvedHome();
      const member = this.simpleName();
      const isSimple = !this.source.slice(0, this.at).endsWith("E");
      return { left: (state) => `${global}${show(home, state)}::${show(member, state)}`, isSimple };
    }
    const name = this.simpleName();
    return { left: (state) => `${global}${show(name, state)}`, isSimple: name.isSimple };
  }

  /** What is before `::`: names up to an "E" as clang tells them, or a type as gcc does. */
  protected unresolvedHome(): Node {
    const [start, known] = [this.at, this.substitutions.length];
    if (/\d/.test(this.peek() ?? "")) {
      let home = this.simpleName();
      while (/\d/.test(this.peek() ?? "") && this.rest.includes("E")) home = scoped(home, this.simpleName());
      if (this.eat("E")) return home;
      this.at = start;
      this.substitutions.length = known;
    }
    return this.type();
  }

  protected simpleName(): Node {
    this.eat("on");
    let node: Node;
    if (this.eat("dn")) {
      const type = /\d/.test(this.peek() ?? "") ? text(this.sourceName()) : this.type();
      node = { left: (state) => `~${show(type, state)}` };
    } else if (/\d/.test(this.peek() ?? "")) node = { ...text(this.sourceName()), isSimple: true };
    else node = this.operator().node;
    if (this.peek() !== "I") return node;
    const outer = this.parameters;
    const list = this.templateArguments();
    this.parameters = outer;
    return templated(node, list);
  }
}
