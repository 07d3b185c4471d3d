/**
 * Places where regions are left for an address that they do not hold: how often, and for which addresses lately. The
 * regions note it in the engine's memory as they run; whoever compiles looks at it now and then.
 */
import { operations } from "../../x86/operations.js";
import type { EngineMemory } from "../engine-memory.js";
import { exitSites, exitSitesEnd } from "../layout.js";
import { type FunctionWriter, op } from "../wasm-writer.js";
import { regionLocals } from "./region-locals.js";

/** 32 bits each: the count, then the addresses. */
const addressesKept = 16;
const siteSize = 4 + 4 * addressesKept;

export class ExitSites {
  private readonly free: number[] = [];
  private end: number = exitSites + siteSize;

  constructor(private readonly memory: EngineMemory) {}

  /** Where a place notes; when there is no more room, they share one to which nobody listens. */
  allocate(): number {
    const site = this.free.pop() ?? this.end;
    if (site + siteSize > exitSitesEnd) return exitSites;
    if (site === this.end) this.end += siteSize;
    this.clear(site);
    return site;
  }

  release(site: number): void {
    if (site !== exitSites) this.free.push(site);
  }

  clear(site: number): void {
    this.memory.data.setUint32(site, 0, true);
  }

  count(site: number): number {
    return site === exitSites ? 0 : this.memory.data.getUint32(site, true);
  }

  /** The addresses lately, each as often as it was seen. */
  addresses(site: number): number[] {
    const seen = Math.min(this.count(site), addressesKept);
    return Array.from({ length: seen }, (_, i) => this.memory.data.getUint32(site + 4 + 4 * i, true));
  }
}

/** Notes, at the site in the local, that control goes to the address in the local `target`. */
export function emitExitNote(code: FunctionWriter): void {
  const { site, entry, target } = regionLocals;
  const operation = (name: keyof typeof operations) => code.opcode(operations[name][0]);
  code.get(site);
  code.get(site);
  code.memory(op.i32Load, 0);
  code.local(op.localTee, entry);
  code.i32(1);
  operation("i32.add");
  code.memory(op.i32Store, 0);
  code.get(entry);
  code.i32(addressesKept - 1);
  operation("i32.and");
  code.i32(2);
  operation("i32.shl");
  code.get(site);
  operation("i32.add");
  code.get(target);
  operation("i32.wrap_i64");
  code.memory(op.i32Store, 4);
}
