import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { typeName } from "../../../runtime/object/dwarf/type-name.js";
import { plainType, sizeOf } from "../../../runtime/object/dwarf/type-reader.js";
import type { Member, StructType, Type } from "../../../runtime/object/dwarf/types.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { gdb } from "./judges.js";
import { hasTools, Workshop } from "./toolchain.js";

describe.runIf(hasTools("gcc", "g++", "gdb"))("types beside gdb", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it.each([
    ["types.c", "-gdwarf-2"],
    ["types.c", "-gdwarf-4"],
    ["types.c", "-gdwarf-5"],
    ["types.c", "-gdwarf-5", "-fdebug-types-section"],
    ["types.cc", "-gdwarf-4"],
    ["types.cc", "-gdwarf-5", "-fdebug-types-section"],
  ] as const)("names and sizes of the globals of %s %s %s", (source, ...flags) => {
    const { path, bytes } = workshop.compile(source, ...flags);
    const debug = new DebugInformation(new ObjectFile(bytes));
    const globals = globalsOf(debug);
    expect(globals.size).toBeGreaterThan(15);
    const names = [...globals.keys()];
    const language = source.endsWith(".c") ? 0x1d : 0x21;
    const told = gdb(path, ...names.flatMap((name) => [`whatis ${name}`, `output sizeof(${name})`, "echo \\n"])).split(
      "\n",
    );
    const gdbs = names.map((name, index) => [name, told[index * 2]?.replace(/^type = /, ""), told[index * 2 + 1]]);
    const ours = names.map((name) => [
      name,
      shortened(typeName(globals.get(name), language)),
      `${sizeInSource(globals.get(name))}`,
    ]);
    expect(ours).toEqual(gdbs);
  });

  it.each([
    ["types.c", "-gdwarf-2", "bits"],
    ["types.c", "-gdwarf-3", "nested"],
    ["types.c", "-gdwarf-4", "bits"],
    ["types.c", "-gdwarf-5", "bits"],
    ["types.c", "-gdwarf-5", "nested"],
    ["types.cc", "-gdwarf-4", "derived"],
    ["types.cc", "-gdwarf-5", "box"],
    ["types.cc", "-gdwarf-5", "packed"],
  ] as const)("layout of a struct in %s %s: %s", (source, flag, name) => {
    const { path, bytes } = workshop.compile(source, flag);
    const type = plainType(globalsOf(new DebugInformation(new ObjectFile(bytes))).get(name));
    if (type?.kind !== "struct") throw new Error(`${name} is no struct`);
    // Offsets, with the bit for bit fields, and sizes of all members down to the innermost anonymous ones.
    const judged = [
      ...gdb(path, `ptype /o ${name}`).matchAll(
        /^\/\* *(?:(\d+)(?:: *(\d+))? *\|)? *(\d+) *\*\/ .*?(\w+)(?:\[\d*\])*(?: : (\d+))?;/gm,
      ),
    ];
    const expected = judged.map(([, bytes, bit, size, member, width]) =>
      width === undefined
        ? `${member} ${bytes ?? "-"} ${size}`
        : `${member} ${Number(bytes) * 8 + Number(bit)}:${width}`,
    );
    expect(expected.length).toBeGreaterThan(2);
    expect(layoutOf(type, 0)).toEqual(expected);
  });

  it("enumerators have their values and signs", () => {
    const { path, bytes } = workshop.compile("types.cc", "-g");
    const globals = globalsOf(new DebugInformation(new ObjectFile(bytes)));
    for (const name of ["colour", "wide", "narrow"]) {
      const type = plainType(globals.get(name));
      if (type?.kind !== "enum") throw new Error(`${name} is no enumeration`);
      const scope = type.isScoped ? `${type.qualifiedName}::` : "";
      const values = gdb(path, ...type.enumerators.map(({ name: one }) => `print/d (long long)${scope}${one}`));
      const expected = [...values.matchAll(/= (-?\d+)/g)].map(([, value]) => value);
      expect(type.enumerators.map(({ value }) => `${BigInt.asIntN(64, value)}`)).toEqual(expected);
    }
  });

  it("classes have their bases, template parameters and static members", () => {
    const { bytes } = workshop.compile("types.cc", "-g");
    const globals = globalsOf(new DebugInformation(new ObjectFile(bytes)));
    const derived = plainType(globals.get("derived"));
    const box = plainType(globals.get("box"));
    if (derived?.kind !== "struct" || box?.kind !== "struct") throw new Error("no classes");
    expect(derived.bases.map(({ type, isVirtual }) => [typeName(type), isVirtual])).toEqual([
      ["geometry::Base", false],
      ["geometry::Mixin", true],
    ]);
    expect(derived.bases[1]?.place.kind).toBe("expression");
    expect(box.templateParameters.map(({ name, type, value }) => [name, typeName(type), value])).toEqual([
      ["T", "float", undefined],
      ["N", "int", 3n],
    ]);
    expect(derived.members.find(({ name }) => name === "count")?.place).toBeUndefined();
  });
});

describe.runIf(hasTools("rustc"))("types of Rust", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it("enums with data tell their variants, niches included", () => {
    const { bytes } = workshop.compile("shapes.rs", "-Cdebuginfo=2");
    const object = new ObjectFile(bytes);
    const debug = new DebugInformation(object);
    const main = [...object.symbols].find(({ name }) => /6shapes4main/.test(name));
    const home = debug.functionAt(main?.address ?? 0);
    const variables = new Map<string, Type | undefined>();
    const collect = (scope: NonNullable<typeof home>["scope"]): void => {
      for (const { start } of scope.ranges) {
        for (const { name, type } of debug.variablesAt({ scope }, start)) variables.set(name ?? "", type);
      }
      for (const child of scope.children) if (child.kind === "block") collect(child);
    };
    if (home) collect(home.scope);
    const language = 0x1c;
    const named = (name: string) => typeName(variables.get(name), language);
    expect(named("slice")).toBe("&str");
    expect(named("dynamic")).toBe("&dyn shapes::Area");
    expect(named("shapes")).toMatch(/^alloc::vec::Vec<shapes::Shape, alloc::alloc::Global>$/);
    const option = variables.get("boxed");
    if (option?.kind !== "struct") throw new Error("no enum");
    expect(option.qualifiedName).toBe("core::option::Option<alloc::boxed::Box<i32, alloc::alloc::Global>>");
    const [part] = option.variantParts;
    // The null pointer stands for None.
    expect(part?.discriminant?.place).toEqual({ kind: "offset", bytes: 0 });
    expect(part?.variants.map(({ values, members }) => [values, members[0]?.name])).toEqual([
      [[{ low: 0n, high: 0n }], "None"],
      [[], "Some"],
    ]);
    const vec = variables.get("shapes");
    const shape = vec?.kind === "struct" ? vec.templateParameters[0]?.type : undefined;
    if (shape?.kind !== "struct") throw new Error("no shape");
    const variants = shape.variantParts[0]?.variants ?? [];
    expect(variants.map(({ members }) => members[0]?.name)).toEqual(["Circle", "Rect", "Unit"]);
    const rect = variants[1]?.members[0]?.type;
    expect(
      rect?.kind === "struct" ? rect.members.map(({ name, type }) => [name, typeName(type, language)]) : [],
    ).toEqual([
      ["w", "u32"],
      ["h", "u32"],
    ]);
  });
});

/** The types of the global variables of the unit that has `main`, by name. */
function globalsOf(debug: DebugInformation): Map<string, Type | undefined> {
  const main = debug.object.symbols.named("main");
  return new Map(debug.globalsAt(main?.address ?? 0).map((variable) => [variable.qualifiedName ?? "", variable.type]));
}

/** gdb knows the fundamental types of C by shorter names than gcc gives them. */
function shortened(name: string): string {
  return name
    .replaceAll("long long unsigned int", "unsigned long long")
    .replaceAll(/\b(short|long)( unsigned)? int\b/g, (_, size, sign) => (sign ? `unsigned ${size}` : size));
}

/** In C++ a reference has the size of what it refers to; types without values have none. */
function sizeInSource(type: Type | undefined): number | undefined {
  if (plainType(type)?.kind === "unspecified") return 0;
  return sizeOf(type?.kind === "pointer" && type.mode !== "pointer" ? type.target : type);
}

/** gdb shows the members of the bases with the bases. */
function layoutOf(type: StructType, base: number): string[] {
  return type.members
    .filter(({ place, isArtificial }) => place && !isArtificial)
    .flatMap((member) =>
      type.keyword === "union" ? [`${member.name} - ${sizeOf(member.type)}`] : memberLayout(member, base),
    );
}

function memberLayout({ name, type, place }: Member, base: number): string[] {
  if (place?.kind === "bits") return [`${name} ${base * 8 + place.bitOffset}:${place.bitSize}`];
  const offset = base + (place?.kind === "offset" ? place.bytes : 0);
  const inner = plainType(type);
  // gdb opens up the structs that have no name of their own.
  if (inner?.kind === "struct" && inner.name === undefined) {
    return layoutOf(inner, offset);
  }
  return [`${name} ${offset} ${sizeOf(type)}`];
}
