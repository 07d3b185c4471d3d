/** What names of the source mean at an instruction: variables, types and enumerators. Nothing is read before it is asked for. */
import type { SourcePosition } from "../base/source.js";
import type { DebugInformation, SourceFrame } from "../object/debug-information.js";
import type { FrameValues, Locator } from "../object/dwarf/locate.js";
import type { Enumerator } from "../object/dwarf/name-index.js";
import type { Type } from "../object/dwarf/types.js";
import type { Variable } from "../object/dwarf/variable.js";
import { registerName } from "./register-names.js";
import { placeOf, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";

/** A variable whose place was looked up for the instruction; its value is asked of a frame there. */
export interface VisibleVariable {
  readonly name: string;
  readonly kind: "parameter" | "local" | "global";
  readonly type: Type | undefined;
  /** An inner variable has the same name: this one cannot be named here. */
  readonly isHidden: boolean;
  /** Where the source declares it. */
  readonly declaration: SourcePosition | undefined;
  read(frame: FrameValues, source: ValueSource): SourceValue;
}

/** Tables of virtual functions, which Rust's compiler describes as variables: nobody wrote them. */
const isOfCompiler = /\{vtable\}$/;

/** `DW_LANG_Rust`. */
const languageRust = 0x1c;

export class VisibleNames {
  #frame: SourceFrame | undefined | "unread" = "unread";
  #locals: readonly VisibleVariable[] | undefined;
  #globals: readonly VisibleVariable[] | undefined;

  /** `depth`: of the functions that the instruction belongs to, which one; 0 is the innermost, inlined one. */
  constructor(
    private readonly debugInformation: DebugInformation,
    /** Of the instruction that is under way in the frame. */
    readonly address: number,
    private readonly depth: number,
  ) {}

  /** The function, inlined or not. */
  get frame(): SourceFrame | undefined {
    if (this.#frame === "unread") this.#frame = this.debugInformation.framesAt(this.address)[this.depth];
    return this.#frame;
  }

  /** `DW_LANG_*` of the code. */
  get language(): number | undefined {
    return this.debugInformation.languageAt(this.address);
  }

  /** Parameters and locals, the innermost block's first. */
  get locals(): readonly VisibleVariable[] {
    this.#locals ??=
      this.frame === undefined ? [] : this.#visible(this.debugInformation.variablesAt(this.frame, this.address));
    return this.#locals;
  }

  /** The variables at fixed places that the code's unit has, by their qualified names. */
  get globals(): readonly VisibleVariable[] {
    this.#globals ??= this.#visible(this.debugInformation.globalsAt(this.address)).filter(
      ({ name }) => !isOfCompiler.test(name),
    );
    return this.#globals;
  }

  /** A parameter or local that the name means. */
  local(name: string): VisibleVariable | undefined {
    return this.locals.find((variable) => variable.name === name && !variable.isHidden);
  }

  /**
   * A variable at a fixed place: one that the name means in the scopes around the function, the innermost first; of the
   * code's unit before others; or as `file::name`.
   */
  global(name: string): VisibleVariable | undefined {
    const found = this.#inScope(name, this.debugInformation.globalsNamed(name, this.address)) ?? this.#inFile(name);
    return found && this.#visible([found])[0];
  }

  #inScope(name: string, all: readonly Variable[]): Variable | undefined {
    const plain = (text = "") => text.replaceAll("(anonymous namespace)::", "");
    const named = all.map((variable) => ({ variable, name: plain(variable.qualifiedName) }));
    let scope = plain(this.frame?.name);
    for (;;) {
      const full = scope === "" ? name : `${scope}::${name}`;
      const found = named.find((one) => one.name === full);
      if (found !== undefined) return found.variable;
      if (scope === "") break;
      scope = scope.includes("::") ? scope.slice(0, scope.lastIndexOf("::")) : "";
    }
    // A path of Rust's may begin anywhere, as after a `use`; elsewhere a shorter name is another variable's.
    return this.language === languageRust || name.includes("::") ? all[0] : undefined;
  }

  #inFile(name: string): Variable | undefined {
    const [, file, rest = ""] = /^(.+?\.\w+)::(.*)$/.exec(name) ?? [];
    if (file === undefined) return undefined;
    const isThere = (path = "") => path === file || path.endsWith(`/${file}`);
    return this.debugInformation
      .globalsNamed(rest, this.address)
      .find(({ declaration, entry }) => isThere(declaration?.path) || isThere(entry.unit.name));
  }

  type(name: string): Type | undefined {
    return this.debugInformation.typeNamed(name, this.address);
  }

  /** The whole of a type that is only announced here. */
  definitionOf(type: Type): Type {
    return this.debugInformation.definitionOf(type);
  }

  /** An enumerator that the code's unit knows. */
  enumerator(name: string): Enumerator | undefined {
    return this.debugInformation.enumeratorsNamed(name, this.address)[0];
  }

  /** One of another unit. */
  enumeratorElsewhere(name: string): Enumerator | undefined {
    return this.debugInformation.enumeratorNamed(name);
  }

  /** All that can be named, the nearest first, for completion and for guessing what was meant. */
  *all(): Generator<{ readonly name: string; readonly kind: VisibleVariable["kind"] | "enumerator" }> {
    for (const variable of this.locals) if (!variable.isHidden) yield variable;
    yield* this.globals;
    for (const { type, name } of this.debugInformation.enumeratorsNear(this.address)) {
      const isQualified = type.isScoped && type.name !== undefined;
      yield { name: isQualified ? `${type.name}::${name}` : name, kind: "enumerator" };
    }
  }

  #visible(variables: readonly Variable[]): VisibleVariable[] {
    const seen = new Set<string>();
    return variables.flatMap((variable): VisibleVariable[] => {
      const name = variable.kind === "global" ? variable.qualifiedName : variable.name;
      if (name === undefined) return [];
      const isHidden = seen.has(name);
      seen.add(name);
      return [this.#located(variable, name, isHidden)];
    });
  }

  #located(variable: Variable, name: string, isHidden: boolean): VisibleVariable {
    const { kind, type } = variable;
    let locator: Locator | undefined;
    const size = sizeOfType(type);
    return {
      name,
      kind,
      type,
      isHidden,
      get declaration() {
        return variable.declaration;
      },
      read: (frame, source) => {
        locator ??= this.debugInformation.locatorOf(variable, this.frame?.home, this.address);
        const place = placeOf(locator(frame), size, source, (number) => {
          const value = frame.register(number);
          return value === undefined ? undefined : { value, name: registerName(number) };
        });
        return { type, place };
      },
    };
  }
}
