/** `docs/capabilities.md` says what is true. After a change: a note in build/capabilities/notes.ts, `npm run capabilities`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { capabilityNotes, eventNotes, type Notes, requestNotes } from "../../build/capabilities/notes.js";
import { announcedCapabilities, capabilitiesPage, requestOf, specified } from "../../build/capabilities/page.js";
import { commands } from "../../debug-adapter/session.js";
import { specification } from "../debug-adapter/support/schema.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { capabilities, requests, events } = specified(specification as never);

it("is current", async () => {
  const page = await capabilitiesPage(specification as never);
  expect(readFileSync(join(root, "docs/capabilities.md"), "utf8"), "run `npm run capabilities`").toBe(page);
});

describe("the notes", () => {
  it("are about what the specification knows, and all of it", () => {
    expect(Object.keys(capabilityNotes).sort()).toEqual([...capabilities].sort());
    expect(Object.keys(eventNotes).sort()).toEqual([...events].sort());
    expect(capabilities.length).toBeGreaterThan(40);
    expect(requests.length).toBeGreaterThan(40);
    expect(Object.keys(requestNotes).filter((name) => !requests.includes(name))).toEqual([]);
  });

  it("claim exactly what the adapter announces", async () => {
    const announced = Object.entries(await announcedCapabilities()).flatMap(([name, value]) =>
      value === false ? [] : [name],
    );
    const claimed = Object.entries(capabilityNotes).flatMap(([name, note]) => ("does" in note ? [name] : []));
    expect(announced.sort()).toEqual(claimed.sort());
  });

  it("say of every request that is not answered why, and announce every one that is and has a capability", async () => {
    const announced: Record<string, unknown> = { ...(await announcedCapabilities()) };
    for (const command of requests) {
      const capability = capabilities.find((name) => requestOf(name) === command);
      const note = requestNotes[command] ?? (capability === undefined ? undefined : capabilityNotes[capability]);
      if (commands.includes(command)) {
        if (capability !== undefined) expect(announced[capability], command).toBe(true);
      } else {
        expect(note, command).toHaveProperty("whyNot");
      }
    }
  });

  const served = (notes: Notes) =>
    Object.entries(notes).flatMap(([name, note]) =>
      "does" in note ? [[name, note.test, note.mentions ?? requestOf(name) ?? name] as const] : [],
    );
  it.each([...served(capabilityNotes), ...served(eventNotes)])("name a test for %s", (_, test, mention) => {
    const path = join(root, "test", test);
    expect(existsSync(path), path).toBe(true);
    const text = readFileSync(path, "utf8");
    expect(new RegExp(`\\b${mention}\\b`).test(text), `${test} mentions ${mention}`).toBe(true);
  });
});
