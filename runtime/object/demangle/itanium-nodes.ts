/** What a mangled C++ name is made of, and how each part prints. */

/** Which element of the packs that are being expanded is printed. */
export interface Expansion {
  index: number;
  /** Undefined until the first pack tells it. */
  count: number | undefined;
}

/** A part of a name. Types print in two halves: what is declared with them stands between. */
export interface Node {
  left(state?: Expansion): string;
  right?(state?: Expansion): string;
  /** Pointers to these need parentheses. */
  shape?(state?: Expansion): "function" | "array" | undefined;
  /** The innermost name without arguments: what constructors are called. */
  last?(state?: Expansion): string;
  /** What a reference refers to. */
  referred?(state?: Expansion): Reference | undefined;
  /** Of a pack of template arguments. */
  readonly elements?: readonly Node[];
  /** Of a member function, without parameters. */
  readonly functionName?: Node;
  /** In expressions it stands without parentheses. */
  readonly isSimple?: boolean;
}

interface Reference {
  readonly target: Node;
  readonly sign: string;
}

export function text(value: string): Node {
  return { left: () => value };
}

/** Both halves. */
export function show(node: Node, state?: Expansion): string {
  return node.left(state) + (node.right?.(state) ?? "");
}

/** A name with its template arguments. */
export function templated(node: Node, list: Node): Node {
  return {
    left: (state) => {
      const name = show(node, state);
      return name + (name.endsWith("<") ? " " : "") + list.left(state);
    },
    last: (state) => (node.last ? node.last(state) : show(node, state)),
  };
}

export function templateArguments(list: readonly Node[]): Node {
  return {
    left: (state) => {
      const shown = list.map((node) => show(node, state));
      const inner = shown.filter((one) => one !== "").join(", ");
      // Behind an empty pack binutils forget the space.
      return `<${inner}${inner.endsWith(">") && shown.at(-1) !== "" ? " " : ""}>`;
    },
  };
}

/** The elements of a pack where they are told. */
export function argumentPack(elements: readonly Node[]): Node {
  return { elements, left: (state) => joined(elements, state) };
}

function joined(elements: readonly Node[], state?: Expansion): string {
  return elements
    .map((node) => show(node, state))
    .filter((one) => one !== "")
    .join(", ");
}

/** A parameter pack: one element of it where it is being expanded, all of them elsewhere. */
export function pack(elements: readonly Node[]): Node {
  const current = (state: Expansion | undefined): Node | undefined => {
    if (!state) return undefined;
    state.count ??= elements.length;
    return elements[state.index];
  };
  return {
    elements,
    left: (state) => (state ? (current(state)?.left() ?? "") : joined(elements)),
    right: (state) => current(state)?.right?.() ?? "",
    shape: (state) => current(state)?.shape?.(),
    referred: (state) => current(state)?.referred?.(),
  };
}

/** What stands before `...`, once for each element of the packs in it. */
export function expansion(pattern: Node): Node {
  return {
    left: () => {
      const state: Expansion = { index: 0, count: undefined };
      const first = show(pattern, state);
      if (state.count === undefined) return `${first}...`;
      const all = state.count === 0 ? [] : [first];
      for (state.index = 1; state.index < (state.count ?? 0); state.index++) all.push(show(pattern, state));
      return all.join(", ");
    },
  };
}

export function qualified(node: Node, words: string): Node {
  return {
    // An array's elements are what is qualified.
    left: (state) => node.left(state) + words,
    right: (state) => node.right?.(state) ?? "",
    shape: (state) => node.shape?.(state),
  };
}

export function indirection(node: Node, sign: string): Node {
  const collapsed = (state: Expansion | undefined) => collapse({ target: node, sign }, state);
  return {
    left: (state) => {
      const { target, sign: mark } = collapsed(state);
      const shape = target.shape?.(state);
      return target.left(state) + (shape === undefined ? mark : `${shape === "array" ? " (" : "("}${mark}`);
    },
    right: (state) => {
      const { target } = collapsed(state);
      return (target.shape?.(state) === undefined ? "" : ")") + (target.right?.(state) ?? "");
    },
    referred: (state) => (sign === "*" ? undefined : collapsed(state)),
  };
}

/** A reference to a reference is one: `&` wins. */
function collapse(reference: Reference, state: Expansion | undefined): Reference {
  const inner = reference.sign === "*" ? undefined : reference.target.referred?.(state);
  if (!inner) return reference;
  return { target: inner.target, sign: reference.sign === "&" || inner.sign === "&" ? "&" : "&&" };
}

export function memberPointer(home: Node, node: Node): Node {
  return {
    left: (state) => {
      const shape = node.shape?.(state);
      const open = shape === undefined ? " " : shape === "array" ? " (" : "(";
      return `${node.left(state)}${open}${show(home, state)}::*`;
    },
    right: (state) => (node.shape?.(state) === undefined ? "" : ")") + (node.right?.(state) ?? ""),
  };
}

export function array(element: Node, size: Node): Node {
  return {
    left: (state) => element.left(state),
    right: (state) => {
      const inner = element.right?.(state) ?? "";
      return `${inner.startsWith(" [") || inner === "" ? " " : ""}[${show(size, state)}]${inner.trimStart()}`;
    },
    shape: () => "array",
  };
}

/** A function's type, or with a name a function. */
export function functionType(
  result: Node | undefined,
  parameters: readonly Node[],
  qualifiers: string,
  name: Node | undefined,
): Node {
  const list = (state?: Expansion) =>
    parameters
      .map((parameter) => show(parameter, state))
      .filter((one) => one !== "")
      .join(", ");
  return {
    left: (state) => {
      const before = result ? `${result.left(state)} ` : "";
      return name ? before + show(name, state) : before;
    },
    right: (state) => `(${list(state)})${qualifiers}${result?.right?.(state) ?? ""}`,
    shape: () => "function",
  };
}

export function scoped(home: Node, inner: Node): Node {
  return { left: (state) => `${show(home, state)}::${inner.left(state)}`, last: lastPart(inner) };
}

export function prefixed(words: string, node: Node): Node {
  return { left: (state) => words + show(node, state) };
}

export function suffixed(node: Node, suffix: string | Node): Node {
  return { left: (state) => show(node, state) + (typeof suffix === "string" ? suffix : suffix.left(state)) };
}

export function shownList(nodes: readonly Node[], state?: Expansion): string {
  return nodes
    .map((node) => show(node, state))
    .filter((one) => one !== "")
    .join(", ");
}

export function inParentheses(node: Node, state: Expansion | undefined): string {
  return node.isSimple ? show(node, state) : `(${show(node, state)})`;
}

export function lastPart(node: Node): NonNullable<Node["last"]> {
  return node.last ?? ((state) => node.left(state));
}
