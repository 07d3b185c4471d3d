import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generateRequestArguments } from "../../build/generate-request-arguments.mjs";

it("the shapes of arguments that are checked in are those of the specification", () => {
  const file = new URL("../../debug-adapter/generated/request-arguments.ts", import.meta.url);
  expect(readFileSync(file, "utf8"), "run `node build/generate-request-arguments.mjs`").toBe(
    generateRequestArguments(),
  );
});
