/** A path through the product in steps: each is a test, and when one fails, the rest have no ground to stand on. */
import { it } from "vitest";

export function scenario(): (name: string, action: () => Promise<void>) => void {
  let failed: string | undefined;
  return (name, action) => {
    it(name, async () => {
      if (failed !== undefined) throw new Error(`not tried, because this failed before: ${failed}`);
      failed = name;
      await action();
      failed = undefined;
    });
  };
}
