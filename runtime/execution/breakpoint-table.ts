import type { GuestAddress } from "../base/guest-address.js";
import type { BreakpointContext, BreakpointId, BreakpointRequest } from "../debuggee.js";

interface Breakpoint {
  readonly id: BreakpointId;
  readonly request: BreakpointRequest;
  hits: number;
}

/** The user's breakpoints: any number at an address, each with its own conditions and hit count. */
export class BreakpointTable {
  private byAddress = new Map<GuestAddress, Breakpoint[]>();
  private nextId = 1;

  /** Replaces all; the n-th request at an address keeps the id and the hit count of the n-th that was there. */
  replace(requests: readonly BreakpointRequest[]): BreakpointId[] {
    const old = this.byAddress;
    this.byAddress = new Map();
    return requests.map((request) => {
      const here = this.byAddress.get(request.address) ?? [];
      const kept = old.get(request.address)?.[here.length];
      const breakpoint = { id: kept?.id ?? (this.nextId++ as BreakpointId), request, hits: kept?.hits ?? 0 };
      this.byAddress.set(request.address, [...here, breakpoint]);
      return breakpoint.id;
    });
  }

  /** How many inlined functions a stop there is in: the most that one of these breakpoints says; undefined for all. */
  inlinedDepth(address: GuestAddress, ids: readonly BreakpointId[]): number | undefined {
    const depths = (this.byAddress.get(address) ?? [])
      .filter(({ id }) => ids.includes(id))
      .map(({ request }) => request.inlinedDepth ?? Number.POSITIVE_INFINITY);
    const most = Math.max(0, ...depths);
    return most === Number.POSITIVE_INFINITY ? undefined : most;
  }

  addresses(): Iterable<GuestAddress> {
    return this.byAddress.keys();
  }

  /**
   * Execution has arrived at `address`: counts hits, writes logs, and returns the breakpoints that stop. A condition
   * that does not hold is not a hit.
   */
  arrive(address: GuestAddress, context: BreakpointContext): readonly BreakpointId[] {
    const here = this.byAddress.get(address);
    if (here === undefined) return [];
    const stopping: BreakpointId[] = [];
    for (const breakpoint of here) {
      const { condition, hitCondition, log } = breakpoint.request;
      if (condition !== undefined && !condition(context)) continue;
      breakpoint.hits++;
      if (hitCondition !== undefined && !hitCondition(breakpoint.hits)) continue;
      if (log !== undefined) log(context);
      else stopping.push(breakpoint.id);
    }
    return stopping;
  }
}
