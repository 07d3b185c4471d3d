import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { fixtures, hasTools, output, Workshop } from "./toolchain.js";

const whole = new Uint8Array(gunzipSync(readFileSync(join(fixtures, "shapes.c.elf.gz"))));

describe("symbols", () => {
  const { symbols } = new ObjectFile(whole);

  it("are found by name and by any address inside", () => {
    const main = symbols.named("main");
    expect(main).toMatchObject({ name: "main", kind: "function", binding: "global" });
    for (let offset = 0; offset < (main?.size ?? 0); offset++) {
      expect(symbols.at((main?.address ?? 0) + offset)).toEqual(main);
    }
    expect(symbols.at((main?.address ?? 0) + (main?.size ?? 0))?.name).not.toBe("main");
    expect(symbols.named("nothing of that name")).toBeUndefined();
  });

  it("are none below the first one", () => {
    expect(symbols.at(0)).toBeUndefined();
  });
});

describe.runIf(hasTools("gcc", "nm", "readelf", "objcopy"))("beside binutils", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it("the symbols are those of nm, with their sizes", () => {
    const { path, bytes } = workshop.compile("shapes.c", "-static", "-g");
    const { symbols } = new ObjectFile(bytes);
    // Absolute and thread-local symbols are no places in the program.
    const expected = output("nm", ["-n", "-f", "posix", path])
      .split("\n")
      .flatMap((line) => {
        const [name, type, address, size] = line.split(" ");
        const isPlace = type !== undefined && !/[aAUwv]/.test(type) && !name?.startsWith("tls");
        return isPlace ? [`${name} ${Number.parseInt(address ?? "", 16)} ${Number.parseInt(size || "0", 16)}`] : [];
      });
    const ours = new Set([...symbols].map(({ name, address, size }) => `${name} ${address} ${size}`));
    expect(expected.length).toBeGreaterThan(1000);
    const threadLocal = new Set(
      output("readelf", ["-sW", path])
        .split("\n")
        .flatMap((line) => / TLS .* (\S+)$/.exec(line)?.[1] ?? []),
    );
    const missing = expected.filter((symbol) => !ours.has(symbol) && !threadLocal.has(symbol.split(" ")[0] ?? ""));
    expect(missing).toEqual([]);
  });

  it("the build id is the one that readelf prints", () => {
    const { path, bytes } = workshop.compile("shapes.c", "-g", "-Wl,--build-id");
    const id = /Build ID: ([0-9a-f]+)/.exec(output("readelf", ["-n", path]))?.[1];
    expect(id).toBeDefined();
    expect(new ObjectFile(bytes).buildId).toBe(id);
  });

  it("the debug link names its file", () => {
    const { path } = workshop.compile("shapes.c", "-g");
    output("objcopy", ["--only-keep-debug", path, `${path}.debug`]);
    output("objcopy", ["--strip-debug", `--add-gnu-debuglink=${path}.debug`, path, `${path}.stripped`]);
    const { debugLink } = new ObjectFile(readFileSync(`${path}.stripped`));
    expect(`${path}`).toMatch(new RegExp(`${debugLink?.name.replace(".debug", "")}$`));
    const printed = /CRC value: 0x([0-9a-f]+)/.exec(output("readelf", ["--debug-dump=links", `${path}.stripped`]))?.[1];
    expect(debugLink?.checksum).toBe(Number.parseInt(printed ?? "", 16));
    expect(new DebugInformation(new ObjectFile(readFileSync(`${path}.debug`))).isPresent).toBe(true);
  });

  it.each(["zlib-gabi", "zlib-gnu", "zstd"])("sections compressed with %s are the same as plain ones", (method) => {
    const { path, bytes } = workshop.compile("shapes.c", "-g");
    output("objcopy", [`--compress-debug-sections=${method}`, path, `${path}.${method}`]);
    const [plain, compressed] = [new ObjectFile(bytes), new ObjectFile(readFileSync(`${path}.${method}`))];
    for (const name of [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str"]) {
      const expected = plain.section(name);
      expect(expected?.length).toBeGreaterThan(0);
      expect(compressed.section(name), name).toEqual(expected);
    }
    expect(compressed.notes).toEqual([]);
  });
});
