/** Runs in a dedicated worker of the browser: fetches what to do, does it, and says what it found. */
import { type Materials, rate, smoke } from "./smoke.js";

async function work(): Promise<unknown> {
  const materials = (await (await fetch("materials.json")).json()) as Materials;
  return { found: await smoke(materials), rate: await rate(materials.paced) };
}

work().then(postMessage, (error: unknown) =>
  postMessage({ error: error instanceof Error ? error.stack : String(error) }),
);
