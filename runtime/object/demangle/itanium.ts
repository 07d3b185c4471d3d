/**
 * Names of C++ symbols (Itanium C++ ABI, section 5.1), as `c++filt` writes them. What is read is a tree of nodes that
 * print themselves when the whole is known: parameter packs and back references need that.
 */
import { operators, specialNames } from "./itanium-names.js";
import {
  functionType,
  lastPart,
  type Node,
  prefixed,
  scoped,
  show,
  shownList,
  templated,
  text,
} from "./itanium-nodes.js";
import { ItaniumTypes } from "./itanium-types.js";
import { NotMangled } from "./mangled-reader.js";

/** The name as the source has it, with parameters; undefined when the symbol is not a mangled one of C++. */
export function demangleItanium(symbol: string): string | undefined {
  const match = /^(_{1,2}Z|_{3}Z)(.*)$/.exec(symbol);
  if (!match) return undefined;
  try {
    return new ItaniumDemangler(match[2] ?? "").whole();
  } catch (error) {
    if (error instanceof NotMangled) return undefined;
    throw error;
  }
}

/** What is known of a name besides how it prints. */
interface Name {
  readonly node: Node;
  /** Its last part has template arguments: then the function's result is told. */
  readonly isTemplate: boolean;
  /** Constructors, destructors and conversions tell no result. */
  readonly hasNoResult: boolean;
  /** Of a member function, behind the parameters. */
  readonly qualifiers: string;
}

class ItaniumDemangler extends ItaniumTypes {
  whole(): string {
    let name = show(this.encoding());
    // The compiler's clones of a function: `.cold`, `.part.0`, `.constprop.1`.
    const clone = /^(?:\.[a-z_]+(?:\.\d+)*|\.\d+)+/i.exec(this.rest)?.[0];
    if (clone !== undefined) {
      for (const part of clone.match(/\.[a-z_]+(?:\.\d+)*|\.\d+/gi) ?? []) name += ` [clone ${part}]`;
      this.at += clone.length;
    }
    if (this.at < this.source.length) throw new NotMangled();
    return name;
  }

  /** A function or variable; functions around a local name tell no result. */
  protected encoding(tellsResult = true): Node {
    return this.nested(() => {
      if (this.peek() === "T" || this.starts("GV") || this.starts("GR") || this.starts("GTt")) return this.special();
      const outer = this.forward;
      this.forward = [];
      const isNested = this.peek() === "N";
      const name = this.name();
      for (const one of this.forward) one.resolved = this.parameters[one.index];
      this.forward = outer;
      if (this.isEndOfEncoding()) return name.node;
      const hasResult = name.isTemplate && !name.hasNoResult;
      const result = hasResult ? this.type() : undefined;
      const parameters = this.parameterList();
      const whole = functionType(tellsResult ? result : undefined, parameters, name.qualifiers, name.node);
      return isNested && !name.isTemplate ? { ...whole, functionName: name.node } : whole;
    });
  }

  protected special(): Node {
    if (this.eat("GV")) return prefixed("guard variable for ", this.name().node);
    if (this.eat("GR")) {
      const name = this.name().node;
      const index = /^[0-9A-Z]*_/.exec(this.rest)?.[0] ?? "";
      this.at += index.length;
      const number = index.length <= 1 ? 0 : Number.parseInt(index, 36) + 1;
      return prefixed(`reference temporary #${number} for `, name);
    }
    if (this.eat("GTt")) return prefixed("transaction clone for ", this.encoding());
    if (this.eat("TC")) {
      const derived = this.type();
      this.digits();
      this.expect("_");
      const base = this.type();
      return { left: (state) => `construction vtable for ${show(base, state)}-in-${show(derived, state)}` };
    }
    if (this.starts("Th") || this.starts("Tv")) {
      const isVirtual = this.starts("Tv");
      this.at++;
      this.callOffset();
      return prefixed(isVirtual ? "virtual thunk to " : "non-virtual thunk to ", this.encoding());
    }
    if (this.eat("Tc")) {
      this.callOffset();
      this.callOffset();
      return prefixed("covariant return thunk to ", this.encoding());
    }
    const known = specialNames[this.source.slice(this.at, this.at + 2)];
    if (known === undefined) throw new NotMangled();
    this.at += 2;
    const isOfName = known.startsWith("TLS") || known.startsWith("template parameter");
    return prefixed(known, isOfName ? this.name().node : this.type());
  }

  protected callOffset(): void {
    if (this.eat("h")) this.integer();
    else if (this.eat("v")) {
      this.integer();
      this.expect("_");
      this.integer();
    } else throw new NotMangled();
    this.expect("_");
  }

  protected name(): Name {
    return this.nested(() => {
      if (this.peek() === "N") return this.nestedName();
      if (this.peek() === "Z") return this.localName();
      if (this.peek() === "S" && !this.starts("St")) {
        const node = this.substitution();
        if (this.peek() !== "I") throw new NotMangled();
        return named(templated(node, this.templateArguments()), { isTemplate: true });
      }
      const isStandard = this.eat("St");
      const own = this.unqualified();
      const node = isStandard ? scoped(text("std"), own.node) : own.node;
      if (this.peek() !== "I") return named(node, own);
      this.substitutions.push(node);
      return named(templated(node, this.templateArguments()), { ...own, isTemplate: true });
    });
  }

  protected nestedName(): Name {
    this.expect("N");
    const constness = this.constness();
    const reference = this.eat("R") ? " &" : this.eat("O") ? " &&" : "";
    let node: Node | undefined;
    let last = { isTemplate: false, hasNoResult: false };
    while (!this.eat("E")) {
      const next = this.peek();
      if (next === "S" && !this.starts("St")) {
        if (node) throw new NotMangled();
        node = this.substitution();
        // It is known already; only what it grows into is new.
        continue;
      }
      if (next === "T") node = this.templateParameter();
      else if (next === "I") {
        if (!node) throw new NotMangled();
        node = templated(node, this.templateArguments());
        last = { ...last, isTemplate: true };
      } else if (this.starts("Dt") || this.starts("DT")) node = this.decltype();
      else if (this.eat("St")) {
        const own = this.unqualified();
        node = scoped(text("std"), own.node);
        last = own;
      } else if (this.eat("M")) continue;
      else {
        const own = this.unqualified(node);
        node = node ? scoped(node, own.node) : own.node;
        last = own;
      }
      if (this.peek() !== "E") this.substitutions.push(node);
    }
    if (!node) throw new NotMangled();
    return named(node, { ...last, qualifiers: constness + reference });
  }

  protected localName(): Name {
    this.expect("Z");
    const home = this.encoding(false);
    this.expect("E");
    if (this.eat("s")) {
      this.discriminator();
      return named(scoped(home, text("string literal")), {});
    }
    if (this.eat("d")) {
      const index = this.peek() === "_" ? 0 : this.digits() + 1;
      this.expect("_");
      const inner = this.name();
      const argument = text(`{default arg#${index + 1}}`);
      return { ...inner, node: scoped(scoped(home, argument), inner.node) };
    }
    const inner = this.name();
    this.discriminator();
    return { ...inner, node: scoped(home, inner.node) };
  }

  protected discriminator(): void {
    const match = /^(?:__\d+_|_\d)/.exec(this.rest);
    if (match) this.at += match[0].length;
  }

  /** A name without what is around it; constructors are called as their class, `home`. */
  protected unqualified(home?: Node): { node: Node; isTemplate: boolean; hasNoResult: boolean } {
    this.eat("L");
    const next = this.peek() ?? "";
    let node: Node;
    let hasNoResult = false;
    if (/\d/.test(next)) node = text(this.sourceName());
    else if (next === "C" || (next === "D" && /^D[0-5]/.test(this.rest))) {
      if (!home) throw new NotMangled();
      this.at++;
      const isInheriting = next === "C" && this.eat("I");
      this.at++;
      if (isInheriting) this.type();
      const name = lastPart(home);
      node = { left: (state) => (next === "D" ? "~" : "") + name(state) };
      hasNoResult = true;
    } else if (this.eat("DC")) {
      const names: string[] = [];
      while (!this.eat("E")) names.push(this.sourceName());
      node = text(`[${names.join(", ")}]`);
    } else if (this.eat("Ut")) node = text(`{unnamed type#${this.ordinal()}}`);
    else if (this.eat("Ul")) {
      const parameters = this.parameterList();
      this.expect("E");
      const ordinal = this.ordinal();
      node = { left: (state) => `{lambda(${shownList(parameters, state)})#${ordinal}}` };
    } else {
      const operator = this.operator();
      node = operator.node;
      hasNoResult = operator.isConversion;
    }
    while (this.eat("B")) {
      const [inner, tag] = [node, this.sourceName()];
      node = { left: (state) => `${inner.left(state)}[abi:${tag}]`, last: lastPart(inner) };
    }
    return { node, isTemplate: false, hasNoResult };
  }

  protected ordinal(): number {
    const ordinal = this.peek() === "_" ? 1 : this.digits() + 2;
    this.expect("_");
    return ordinal;
  }

  protected operator(): { node: Node; isConversion: boolean } {
    if (this.eat("cv")) {
      const outer = this.isConversion;
      this.isConversion = true;
      const type = this.type();
      this.isConversion = outer;
      return { node: { left: (state) => `operator ${show(type, state)}` }, isConversion: true };
    }
    if (this.eat("li")) return { node: text(`operator"" ${this.sourceName()}`), isConversion: false };
    const code = this.source.slice(this.at, this.at + 2);
    const name = operators[code]?.name;
    if (name === undefined) throw new NotMangled();
    this.at += 2;
    return { node: text(`operator${/^[a-z]/.test(name) ? " " : ""}${name}`), isConversion: false };
  }

  protected sourceName(): string {
    const length = this.digits();
    const name = this.source.slice(this.at, this.at + length);
    if (length === 0 || name.length < length) throw new NotMangled();
    this.at += length;
    return /^_GLOBAL_[._$]N/.test(name) ? "(anonymous namespace)" : name;
  }
}

function named(node: Node, parts: Partial<Omit<Name, "node">>): Name {
  return {
    node,
    isTemplate: parts.isTemplate ?? false,
    hasNoResult: parts.hasNoResult ?? false,
    qualifiers: parts.qualifiers ?? "",
  };
}
