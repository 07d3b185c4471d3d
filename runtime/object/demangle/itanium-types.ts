/** Types and template arguments (Itanium C++ ABI, sections 5.1.5 and 5.1.8). */
import { ItaniumExpressions } from "./itanium-expressions.js";
import { basicTypes, standardNames } from "./itanium-names.js";
import {
  argumentPack,
  array,
  expansion,
  functionType,
  indirection,
  memberPointer,
  type Node,
  pack,
  qualified,
  show,
  shownList,
  suffixed,
  templateArguments,
  templated,
  text,
} from "./itanium-nodes.js";
import { NotMangled } from "./mangled-reader.js";

export abstract class ItaniumTypes extends ItaniumExpressions {
  /** Parameters that are told before the list that they are in (conversions to a template's parameter). */
  protected forward: { index: number; resolved: Node | undefined }[] = [];
  protected isConversion = false;

  protected abstract name(): { readonly node: Node };

  protected isEndOfEncoding(): boolean {
    const next = this.peek();
    return next === undefined || next === "E" || next === "." || next === "_";
  }

  protected parameterList(): Node[] {
    if (this.eat("v")) return [];
    const parameters: Node[] = [];
    do parameters.push(this.type());
    while (!this.isEndOfEncoding() && !(this.starts("RE") || this.starts("OE")));
    return parameters;
  }

  /** Arguments within a type are not those that parameters behind it mean. */
  protected type(): Node {
    const parameters = this.parameters;
    const type = this.anyType();
    this.parameters = parameters;
    return type;
  }

  protected anyType(): Node {
    return this.nested(() => {
      const next = this.peek() ?? "";
      if (/[rVK]/.test(next)) {
        const constness = this.constness();
        // Qualifiers of a function type belong to member functions.
        if (this.peek() === "F" || this.starts("DoF") || this.starts("DxF"))
          return this.known(this.functionType(constness));
        return this.known(qualified(this.type(), constness));
      }
      switch (next) {
        case "P":
        case "R":
        case "O":
          this.at++;
          return this.known(indirection(this.type(), { P: "*", R: "&", O: "&&" }[next]));
        case "C":
        case "G":
          this.at++;
          return this.known(suffixed(this.type(), next === "C" ? " _Complex" : " _Imaginary"));
        case "F":
          return this.known(this.functionType(""));
        case "A":
          return this.known(this.arrayType());
        case "M": {
          this.at++;
          const home = this.type();
          return this.known(memberPointer(home, this.type()));
        }
        case "U": {
          this.at++;
          const vendor = this.sourceName();
          const argumentList = this.peek() === "I" ? this.templateArguments() : undefined;
          const inner = this.type();
          return this.known(
            suffixed(inner, { left: (state) => ` ${vendor}${argumentList ? argumentList.left(state) : ""}` }),
          );
        }
        case "T": {
          if (/^T[sue]\d|^T[sue]N/.test(this.rest)) {
            this.at += 2;
            return this.known(this.name().node);
          }
          const parameter = this.known(this.templateParameter());
          if (this.peek() !== "I" || this.isConversion) return parameter;
          return this.known(templated(parameter, this.templateArguments()));
        }
        case "S": {
          if (this.starts("St")) break;
          const node = this.substitution();
          if (this.peek() !== "I") return node;
          return this.known(templated(node, this.templateArguments()));
        }
        case "D":
          return this.otherType();
        case "u": {
          this.at++;
          const name = this.sourceName();
          return this.known(text(name));
        }
      }
      const basic = basicTypes[next];
      if (basic !== undefined) {
        this.at++;
        return text(basic);
      }
      return this.known(this.name().node);
    });
  }

  /** Types whose code begins with `D`. */
  protected otherType(): Node {
    const code = this.source.slice(this.at, this.at + 2);
    const basic = basicTypes[code];
    if (basic !== undefined) {
      this.at += 2;
      return text(basic);
    }
    switch (code) {
      case "Dp":
        this.at += 2;
        return this.known(expansion(this.type()));
      case "Dt":
      case "DT":
        return this.known(this.decltype());
      case "Dv": {
        this.at += 2;
        const size = this.eat("_") ? this.expression() : text(`${this.digits()}`);
        this.expect("_");
        const element = this.type();
        return this.known(suffixed(element, { left: (state) => ` __vector(${show(size, state)})` }));
      }
      case "Do":
      case "DO":
      case "Dw":
      case "Dx":
        return this.known(this.functionType(""));
      default: {
        const float = /^DF(\d+)(_|x|b)/.exec(this.rest);
        if (!float) throw new NotMangled();
        this.at += float[0].length;
        return text(float[2] === "b" ? `std::bfloat${float[1]}_t` : `_Float${float[1]}${float[2] === "x" ? "x" : ""}`);
      }
    }
  }

  protected functionType(constness: string): Node {
    let exception = "";
    if (this.eat("Do")) exception = " noexcept";
    else if (this.eat("DO")) {
      const condition = this.expression();
      this.expect("E");
      exception = ` noexcept(${show(condition)})`;
    } else if (this.eat("Dw")) {
      const types: Node[] = [];
      while (!this.eat("E")) types.push(this.type());
      exception = ` throw(${shownList(types)})`;
    }
    if (this.eat("Dx")) exception += " transaction_safe";
    this.expect("F");
    this.eat("Y");
    const result = this.type();
    const parameters = this.parameterList();
    const reference = this.eat("R") ? " &" : this.eat("O") ? " &&" : "";
    this.expect("E");
    return functionType(result, parameters, constness + reference + exception, undefined);
  }

  protected arrayType(): Node {
    this.expect("A");
    let size: Node = text("");
    if (/\d/.test(this.peek() ?? "")) size = text(`${this.digits()}`);
    else if (this.peek() !== "_") size = this.expression();
    this.expect("_");
    return array(this.type(), size);
  }

  protected decltype(): Node {
    this.at += 2;
    const expression = this.expression();
    this.expect("E");
    return { left: (state) => `decltype (${show(expression, state)})` };
  }

  protected templateParameter(): Node {
    this.expect("T");
    if (this.eat("L")) {
      this.digits();
      this.expect("_");
    }
    const index = this.peek() === "_" ? 0 : this.digits() + 1;
    this.expect("_");
    const parameter = this.parameters[index];
    if (parameter && !this.isConversion) return parameter;
    if (!this.isConversion) {
      // Parameters of a generic lambda have no arguments.
      return text(`auto:${index + 1}`);
    }
    const forward: { index: number; resolved: Node | undefined } = { index, resolved: undefined };
    this.forward.push(forward);
    const resolved = () => {
      if (!forward.resolved) throw new NotMangled();
      return forward.resolved;
    };
    return {
      left: (state) => resolved().left(state),
      right: (state) => resolved().right?.(state) ?? "",
      shape: (state) => resolved().shape?.(state),
      referred: (state) => resolved().referred?.(state),
    };
  }

  protected templateArguments(): Node {
    this.expect("I");
    const list: Node[] = [];
    const parameters: Node[] = [];
    while (!this.eat("E")) {
      const argument = this.templateArgument();
      list.push(argument);
      parameters.push(argument.elements ? pack(argument.elements) : argument);
    }
    // The innermost list that was read last is the one that parameters mean.
    this.parameters = parameters;
    return templateArguments(list);
  }

  protected templateArgument(): Node {
    if (this.eat("X")) {
      const expression = this.expression();
      this.expect("E");
      return expression;
    }
    if (this.peek() === "L") return this.literal();
    // Older compilers wrote packs as lists.
    if (this.eat("J") || this.eat("I")) {
      const elements: Node[] = [];
      while (!this.eat("E")) elements.push(this.templateArgument());
      return argumentPack(elements);
    }
    return this.inArguments(() => this.type());
  }

  /** Arguments inside of an argument do not replace the list that is being read. */
  protected inArguments(read: () => Node): Node {
    const parameters = this.parameters;
    const isConversion = this.isConversion;
    this.isConversion = false;
    const node = read();
    this.parameters = parameters;
    this.isConversion = isConversion;
    return node;
  }

  protected substitution(): Node {
    this.expect("S");
    const next = this.peek() ?? "";
    const standard = standardNames[next];
    if (standard !== undefined) {
      this.at++;
      // A constructor's name shows what the abbreviation stands for.
      const isFollowed = /^[CD][0-9]/.test(this.rest);
      const node: Node = { left: () => (isFollowed ? standard.full : standard.short), last: () => standard.last };
      if (this.peek() !== "B") return node;
      this.at++;
      const tag = this.sourceName();
      return this.known({ left: (state) => `${node.left(state)}[abi:${tag}]`, last: node.last });
    }
    const digits = /^[0-9A-Z]*/.exec(this.rest)?.[0] ?? "";
    this.at += digits.length;
    this.expect("_");
    const found = this.substitutions[digits === "" ? 0 : Number.parseInt(digits, 36) + 1];
    if (!found) throw new NotMangled();
    return found;
  }
}
