/** Names of Rust's symbols: the legacy scheme and v0 (RFC 2603), as `c++filt` writes them without disambiguators. */

/** The name as the source has it; undefined when the symbol is not one of Rust's. */
export function demangleRust(symbol: string): string | undefined {
  const plain = symbol.replace(/\.llvm\.[0-9A-F@]+$/, "");
  return demangleLegacy(plain) ?? demangleV0(plain);
}

const legacyPattern = /^_?_?ZN((?:\d+[^\d].*?)*)17h[0-9a-f]{16}E(\..*)?$/;

/** What cannot be part of a C++ name was written with dollars. */
const escapes: ReadonlyMap<string, string> = new Map([
  ["SP", "@"],
  ["BP", "*"],
  ["RF", "&"],
  ["LT", "<"],
  ["GT", ">"],
  ["LP", "("],
  ["RP", ")"],
  ["C", ","],
]);

function demangleLegacy(symbol: string): string | undefined {
  const match = legacyPattern.exec(symbol);
  if (!match) return undefined;
  const parts: string[] = [];
  let rest = match[1] ?? "";
  while (rest !== "") {
    const digits = /^\d+/.exec(rest)?.[0] ?? "";
    const length = Number(digits);
    if (digits === "" || digits.length + length > rest.length) return undefined;
    parts.push(unescaped(rest.slice(digits.length, digits.length + length)));
    rest = rest.slice(digits.length + length);
  }
  return parts.length === 0 ? undefined : parts.join("::");
}

function unescaped(part: string): string {
  const inner = part.startsWith("_$") ? part.slice(1) : part;
  return inner
    .replaceAll(/\$(?:u([0-9a-f]+)|([A-Z]+))\$/g, (whole, code: string | undefined, name: string | undefined) =>
      code === undefined ? (escapes.get(name ?? "") ?? whole) : String.fromCodePoint(Number.parseInt(code, 16)),
    )
    .replaceAll("..", "::");
}

function demangleV0(symbol: string): string | undefined {
  const start = /^_{0,2}R(?=[A-Z])/.exec(symbol)?.[0].length;
  if (start === undefined) return undefined;
  // What the compiler put behind it is not part of the name.
  const body = symbol.slice(start).replace(/\..*$/, "");
  if (!/^[A-Za-z0-9_]*$/.test(body)) return undefined;
  try {
    return new V0Demangler(body).whole();
  } catch (error) {
    if (error instanceof NotMangled) return undefined;
    throw error;
  }
}

class NotMangled extends Error {}

const basicTypes: Readonly<Record<string, string>> = {
  a: "i8",
  b: "bool",
  c: "char",
  d: "f64",
  e: "str",
  f: "f32",
  h: "u8",
  i: "isize",
  j: "usize",
  l: "i32",
  m: "u32",
  n: "i128",
  o: "u128",
  p: "_",
  s: "i16",
  t: "u16",
  u: "()",
  v: "...",
  x: "i64",
  y: "u64",
  z: "!",
};

const deepest = 300;
const longestName = 100_000;

class V0Demangler {
  #at = 0;
  #depth = 0;
  /** Lifetimes that the binders around bring in. */
  #bound = 0;
  #printed = 0;

  constructor(readonly text: string) {}

  whole(): string {
    const name = this.#path(true);
    // The crate that instantiated it is not part of the name.
    if (this.#at < this.text.length) this.#path(false);
    if (this.#at < this.text.length) throw new NotMangled();
    return name;
  }

  #path(isValue: boolean): string {
    return this.#nested(() => {
      switch (this.#next()) {
        case "C": {
          this.#disambiguator();
          return this.#identifier();
        }
        case "N": {
          const namespace = this.#next();
          const inner = this.#path(isValue);
          const index = this.#disambiguator();
          const name = this.#identifier();
          if (namespace >= "A" && namespace <= "Z") {
            const kind = { C: "closure", S: "shim" }[namespace] ?? namespace;
            return `${inner}::{${kind}${name === "" ? "" : `:${name}`}#${index}}`;
          }
          return name === "" ? inner : `${inner}::${name}`;
        }
        case "M":
          this.#implementation();
          return `<${this.#type()}>`;
        case "X":
          this.#implementation();
          return `<${this.#type()} as ${this.#path(false)}>`;
        case "Y":
          return `<${this.#type()} as ${this.#path(false)}>`;
        case "I": {
          const inner = this.#path(isValue);
          return `${inner}${isValue ? "::" : ""}<${this.#list(() => this.#argument()).join(", ")}>`;
        }
        case "B":
          return this.#back(() => this.#path(isValue));
        default:
          throw new NotMangled();
      }
    });
  }

  /** Where the implementation is: not part of the name. */
  #implementation(): void {
    this.#disambiguator();
    this.#path(false);
  }

  #argument(): string {
    if (this.#eat("L")) return this.#lifetime(this.#base62());
    if (this.#eat("K")) return this.#constant();
    return this.#type();
  }

  #type(): string {
    return this.#nested(() => {
      const tag = this.#next();
      const basic = basicTypes[tag];
      if (basic !== undefined) return basic;
      switch (tag) {
        case "R":
        case "Q": {
          const lifetime = this.#eat("L") ? this.#base62() : 0;
          const shown = lifetime === 0 ? "" : `${this.#lifetime(lifetime)} `;
          return `&${shown}${tag === "Q" ? "mut " : ""}${this.#type()}`;
        }
        case "P":
          return `*const ${this.#type()}`;
        case "O":
          return `*mut ${this.#type()}`;
        case "A":
          return `[${this.#type()}; ${this.#constant()}]`;
        case "S":
          return `[${this.#type()}]`;
        case "T": {
          const parts = this.#list(() => this.#type());
          return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
        }
        case "F":
          return this.#binding((binder) => binder + this.#signature());
        case "D": {
          const bounds = this.#binding((binder) => `dyn ${binder}${this.#list(() => this.#traitBound()).join(" + ")}`);
          if (!this.#eat("L")) throw new NotMangled();
          const lifetime = this.#base62();
          return lifetime === 0 ? bounds : `${bounds} + ${this.#lifetime(lifetime)}`;
        }
        case "B":
          return this.#back(() => this.#type());
        default:
          this.#at--;
          return this.#path(false);
      }
    });
  }

  #signature(): string {
    const isUnsafe = this.#eat("U");
    let convention: string | undefined;
    if (this.#eat("K")) convention = this.#eat("C") ? "C" : this.#identifier().replaceAll("_", "-");
    const parameters = this.#list(() => this.#type()).join(", ");
    const result = this.#eat("u") ? "" : ` -> ${this.#type()}`;
    const external = convention === undefined ? "" : `extern "${convention}" `;
    return `${isUnsafe ? "unsafe " : ""}${external}fn(${parameters})${result}`;
  }

  /** A trait with what its associated types are. */
  #traitBound(): string {
    let { name, isOpen } = this.#openPath();
    while (this.#eat("p")) {
      name += `${isOpen ? ", " : "<"}${this.#identifier()} = `;
      isOpen = true;
      name += this.#type();
    }
    return isOpen ? `${name}>` : name;
  }

  /** A path whose list of arguments is left open for associated types. */
  #openPath(): { name: string; isOpen: boolean } {
    if (this.#eat("B")) return this.#back(() => this.#openPath());
    if (!this.#eat("I")) return { name: this.#path(false), isOpen: false };
    return { name: `${this.#path(false)}<${this.#list(() => this.#argument()).join(", ")}`, isOpen: true };
  }

  #constant(): string {
    return this.#nested(() => {
      const tag = this.#next();
      switch (tag) {
        case "p":
          return "_";
        case "B":
          return this.#back(() => this.#constant());
        case "h":
        case "t":
        case "m":
        case "y":
        case "o":
        case "j":
        case "a":
        case "s":
        case "l":
        case "x":
        case "n":
        case "i": {
          const sign = this.#eat("n") ? "-" : "";
          const digits = this.#hexadecimal();
          return sign + (digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits || "0"}`).toString());
        }
        case "b":
          return this.#hexadecimal() === "1" ? "true" : "false";
        case "c":
          return quoted(String.fromCodePoint(Number.parseInt(this.#hexadecimal() || "0", 16)));
        case "R":
        case "Q":
          return `&${tag === "Q" ? "mut " : ""}${this.#constant()}`;
        case "A":
          return `[${this.#list(() => this.#constant()).join(", ")}]`;
        case "T": {
          const parts = this.#list(() => this.#constant());
          return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
        }
        default:
          throw new NotMangled();
      }
    });
  }

  #binding<Value>(read: (binder: string) => Value): Value {
    const count = this.#eat("G") ? this.#base62() + 1 : 0;
    if (count > longestName) throw new NotMangled();
    this.#bound += count;
    const names = Array.from({ length: count }, (_, index) => this.#lifetime(count - index));
    const value = read(count === 0 ? "" : `for<${names.join(", ")}> `);
    this.#bound -= count;
    return value;
  }

  #lifetime(index: number): string {
    if (index === 0) return "'_";
    const depth = this.#bound - index;
    if (depth < 0) throw new NotMangled();
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }

  #list(read: () => string): string[] {
    const parts: string[] = [];
    while (!this.#eat("E")) parts.push(read());
    return parts;
  }

  #back<Value>(read: () => Value): Value {
    const here = this.#at - 1;
    const target = this.#base62();
    if (target >= here) throw new NotMangled();
    const behind = this.#at;
    this.#at = target;
    const value = read();
    this.#at = behind;
    return value;
  }

  #identifier(): string {
    const isPunycode = this.#eat("u");
    const digits = /^(?:0|[1-9]\d*)/.exec(this.text.slice(this.#at, this.#at + 8))?.[0];
    if (digits === undefined) throw new NotMangled();
    this.#at += digits.length;
    this.#eat("_");
    const end = this.#at + Number(digits);
    if (end > this.text.length) throw new NotMangled();
    const name = this.text.slice(this.#at, end);
    this.#at = end;
    return isPunycode ? punycode(name) : name;
  }

  #disambiguator(): number {
    return this.#eat("s") ? this.#base62() + 1 : 0;
  }

  #base62(): number {
    let value = 0;
    if (this.#eat("_")) return 0;
    for (;;) {
      const letter = this.#next();
      if (letter === "_") return value + 1;
      const digit = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".indexOf(letter);
      if (digit < 0) throw new NotMangled();
      // Those of crates are longer than a number is exact; nobody looks at them.
      value = value * 62 + digit;
    }
  }

  #hexadecimal(): string {
    const digits = /^[0-9a-f]*/.exec(this.text.slice(this.#at))?.[0] ?? "";
    this.#at += digits.length;
    if (!this.#eat("_")) throw new NotMangled();
    return digits;
  }

  #nested(read: () => string): string {
    if (++this.#depth > deepest) throw new NotMangled();
    const text = read();
    // Back references can make a short symbol's name grow without end.
    this.#printed += text.length;
    if (this.#printed > longestName * 10) throw new NotMangled();
    this.#depth--;
    return text;
  }

  #next(): string {
    const letter = this.text[this.#at++];
    if (letter === undefined) throw new NotMangled();
    return letter;
  }

  #eat(letter: string): boolean {
    if (this.text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }
}

function quoted(character: string): string {
  const escaped = { "'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  return `'${escaped ?? character}'`;
}

/** RFC 3492, with an underscore where that has a hyphen. */
function punycode(text: string): string {
  const delimiter = text.lastIndexOf("_");
  const output = [...text.slice(0, Math.max(delimiter, 0))];
  let [code, position, bias, isFirst] = [128, 0, 72, true];
  for (let at = delimiter + 1; at < text.length; ) {
    const before = position;
    for (let weight = 1, k = 36; ; k += 36) {
      const letter = text.charCodeAt(at++);
      const digit =
        letter >= 97 && letter <= 122 ? letter - 97 : letter >= 48 && letter <= 57 ? letter - 22 : Number.NaN;
      if (Number.isNaN(digit)) throw new NotMangled();
      position += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
    }
    const count = output.length + 1;
    let delta = Math.trunc((position - before) / (isFirst ? 700 : 2));
    isFirst = false;
    delta += Math.trunc(delta / count);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.trunc(delta / 35);
    bias = k + Math.trunc((36 * delta) / (delta + 38));
    code += Math.trunc(position / count);
    position %= count;
    if (code > 0x10ffff) throw new NotMangled();
    output.splice(position++, 0, String.fromCodePoint(code));
  }
  return output.join("");
}
