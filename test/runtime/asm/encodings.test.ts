import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generateEncodings } from "../../../build/generate-encodings.mjs";
import { cpuidFeatures, encodingRowsOf, tableMnemonics } from "../../../runtime/asm/encoding-table.js";

describe("the generated encoding table", () => {
  it("is what the generator makes of the installed iced-x86", () => {
    const checkedIn = readFileSync(new URL("../../../runtime/asm/generated/encodings.ts", import.meta.url), "utf8");
    expect(checkedIn === generateEncodings(), 'stale: run "node build/generate-encodings.mjs"').toBe(true);
  });

  it("has every row in a form that the assembler reads", () => {
    const rows = tableMnemonics().flatMap(encodingRowsOf);
    expect(rows.length).toBeGreaterThan(4300);
    expect(rows.every(({ access, kinds }) => access.length === kinds.length)).toBe(true);
  });

  it("says what an instruction does and needs", () => {
    const row = encodingRowsOf("add").find(
      ({ kinds }) => kinds.map(({ name }) => name).join() === "r64_or_mem,r64_reg",
    );
    expect(row).toMatchObject({ opcode: 1, operandSize: 64, size: 8, access: "xr" });
    expect(encodingRowsOf("vaddps").slice(0, 1).map(cpuidFeatures)).toEqual([["AVX"]]);
  });
});
