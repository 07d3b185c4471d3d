/**
 * The breakpoints that the client has set, of every kind, and what becomes of each in a program. The client may set
 * them before a program is loaded, and keeps them over a restart: they are resolved again for each program.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { BreakpointPlace } from "../runtime/base/code-places.js";
import { guestAddress } from "../runtime/base/guest-address.js";
import type { Result } from "../runtime/base/result.js";
import type { BreakpointId, BreakpointRequest, DataBreakpointHit, DataBreakpointRequest } from "../runtime/debuggee.js";
import { compileExpression, describeExpressionError, type Expression } from "../runtime/expressions/expression.js";
import { compileHitCondition } from "../runtime/expressions/hit-condition.js";
import type { ExpressionError } from "../runtime/expressions/lexer.js";
import { compileLogMessage } from "../runtime/expressions/log-message.js";
import { compileAnywhere } from "../runtime/expressions/placed-expression.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import { describeAccesses, frameIsOver } from "./data-breakpoints.js";
import { EventStops } from "./event-stops.js";
import type { Launched } from "./launched.js";

type Kind = "source" | "function" | "instruction" | "data";

/** What the client is told about the place of a breakpoint. */
type Shown = Omit<DebugProtocol.Breakpoint, "id" | "verified">;

/** Where a breakpoint ends up: in code, in memory whose accesses stop, or why it has no place. */
export type Placement =
  | {
      /** Without a depth, all that there is at the address is shown when it stops. */
      readonly places: readonly (Pick<BreakpointPlace, "address"> & Partial<BreakpointPlace>)[];
      readonly shown: Shown;
    }
  | {
      readonly data: Pick<DataBreakpointRequest, "range" | "onlyChanges" | "frame">;
      /** What is watched, in words. */
      readonly label: string;
      readonly shown: Shown;
    }
  | { readonly problem: string };

interface Wish {
  readonly kind: Kind;
  readonly id: number;
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
  readonly place: (launched: Launched) => Placement;
}

interface DataOwner {
  readonly wish: Wish;
  readonly label: string;
}

/** What a client may say about any breakpoint. */
export type BreakpointModifiers = Pick<DebugProtocol.SourceBreakpoint, "condition" | "hitCondition" | "logMessage">;

export class BreakpointStore {
  /** Groups that the client replaces as one: each source, the functions, the instructions. */
  readonly #groups = new Map<string, readonly Wish[]>();
  readonly #ids = new Map<string, number>();
  #owners = new Map<BreakpointId, Wish>();
  #dataOwners = new Map<BreakpointId, DataOwner>();
  /** Numbers of the data breakpoints that belonged to frames which are over. */
  readonly #ended = new Set<number>();
  readonly events = new EventStops(
    (key) => this.#idOf(key),
    (condition, scope) => this.#holds(condition, scope),
  );
  #conditionProblem: string | undefined;

  /**
   * Replaces a group. A breakpoint whose `key` the group had before keeps its id. Returns what each is now, in order.
   */
  replace(
    kind: Kind,
    group: string,
    wishes: readonly (BreakpointModifiers & { readonly key: string; readonly place: Wish["place"] })[],
    launched: Launched | undefined,
    log: (text: string) => void,
  ): DebugProtocol.Breakpoint[] {
    this.#groups.set(
      `${kind} ${group}`,
      wishes.map(({ key, ...wish }) => ({ ...wish, kind, id: this.#idOf(`${kind} ${group} ${key}`) })),
    );
    const all = this.apply(launched, log);
    return (this.#groups.get(`${kind} ${group}`) ?? []).map(
      (wish) => all.get(wish.id) ?? { id: wish.id, verified: false },
    );
  }

  /** Places all breakpoints in the program and gives them to the debuggee; returns what each is now, by id. */
  apply(launched: Launched | undefined, log: (text: string) => void): Map<number, DebugProtocol.Breakpoint> {
    const shown = new Map<number, DebugProtocol.Breakpoint>();
    const requests: BreakpointRequest[] = [];
    const owners: Wish[] = [];
    const dataRequests: DataBreakpointRequest[] = [];
    const dataOwners: DataOwner[] = [];
    for (const wish of [...this.#groups.values()].flat()) {
      const problem = (message: string, reason: "pending" | "failed") =>
        shown.set(wish.id, { id: wish.id, verified: false, message, reason });
      if (launched === undefined) {
        problem("The program has not been loaded yet.", "pending");
        continue;
      }
      const placement = wish.place(launched);
      if ("problem" in placement) {
        problem(placement.problem, "failed");
        continue;
      }
      const { debuggee } = launched;
      if ("data" in placement) {
        if (this.#ended.has(wish.id)) {
          problem(frameIsOver, "failed");
          continue;
        }
        const here = debuggee.processorScope.names;
        const compiled = this.#compile(wish, launched, (text) => compileAnywhere(text, here), log);
        if ("problem" in compiled) {
          problem(compiled.problem, "failed");
          continue;
        }
        const { condition, hitCondition } = compiled;
        dataRequests.push({ ...placement.data, condition, hitCondition });
        dataOwners.push({ wish, label: placement.label });
      } else {
        const placed: BreakpointRequest[] = [];
        let wrong: string | undefined;
        for (const { address: start, inlinedDepth } of placement.places) {
          const address = guestAddress(BigInt(start));
          const names = debuggee.namesAt(address, inlinedDepth);
          const compiled = this.#compile(wish, launched, (text) => compileExpression(text, names), log);
          if ("problem" in compiled) wrong ??= compiled.problem;
          else placed.push({ address, ...(inlinedDepth === undefined ? {} : { inlinedDepth }), ...compiled });
        }
        if (wrong !== undefined) {
          problem(wrong, "failed");
          continue;
        }
        for (const request of placed) {
          requests.push(request);
          owners.push(wish);
        }
      }
      shown.set(wish.id, { id: wish.id, verified: true, ...placement.shown });
    }
    if (launched !== undefined && launched.attributes.noDebug !== true) {
      this.#owners = pair(launched.debuggee.setBreakpoints(requests), owners);
      this.#dataOwners = pair(launched.debuggee.setDataBreakpoints(dataRequests), dataOwners);
    }
    return shown;
  }

  /** What the client is told about a stop at breakpoints. */
  describeHits(
    hits: readonly BreakpointId[],
  ): Pick<DebugProtocol.StoppedEvent["body"], "reason" | "description" | "text" | "hitBreakpointIds"> {
    const wishes = hits.flatMap((hit) => this.#owners.get(hit) ?? []);
    const problem = this.#conditionProblem;
    this.#conditionProblem = undefined;
    const kind = wishes[0]?.kind ?? "source";
    const reason = kind === "source" ? "breakpoint" : `${kind} breakpoint`;
    return {
      reason,
      description: `Paused on ${reason}`,
      ...(problem === undefined ? {} : { text: problem }),
      hitBreakpointIds: [...new Set(wishes.map((wish) => wish.id))],
    };
  }

  /** What the client is told about a stop at data breakpoints, and at `breakpoints` that are in the same place. */
  describeAccesses(
    launched: Launched,
    hits: readonly DataBreakpointHit[],
    breakpoints: readonly BreakpointId[],
  ): Pick<DebugProtocol.StoppedEvent["body"], "reason" | "description" | "text" | "hitBreakpointIds"> {
    const data = hits.flatMap((hit) => this.#dataOwners.get(hit.breakpoint) ?? []);
    const labelled = hits.map((hit) => ({ ...hit, label: this.#dataOwners.get(hit.breakpoint)?.label }));
    const { text = describeAccesses(launched, labelled), hitBreakpointIds = [] } = this.describeHits(breakpoints);
    return {
      reason: "data breakpoint",
      description: "Paused on data breakpoint",
      text,
      hitBreakpointIds: [...data.map(({ wish }) => wish.id), ...hitBreakpointIds],
    };
  }

  /** The frame of a data breakpoint is over: what the client is told of the breakpoint. */
  dataBreakpointEnded(breakpoint: BreakpointId): DebugProtocol.Breakpoint | undefined {
    const id = this.#dataOwners.get(breakpoint)?.wish.id;
    if (id === undefined) return undefined;
    this.#ended.add(id);
    return { id, verified: false, message: frameIsOver, reason: "failed" };
  }

  #idOf(key: string): number {
    const id = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, id);
    return id;
  }

  #compile(
    wish: Wish,
    { debuggee }: Launched,
    compile: (text: string) => Result<Expression, ExpressionError>,
    log: (text: string) => void,
  ): Omit<BreakpointRequest, "address"> | { readonly problem: string } {
    const request: { -readonly [Key in keyof Omit<BreakpointRequest, "address">]: BreakpointRequest[Key] } = {};
    if (isGiven(wish.condition)) {
      const condition = compile(wish.condition);
      if (!condition.ok) return { problem: `Condition: ${describeExpressionError(wish.condition, condition.error)}` };
      request.condition = () => this.#holds(condition.value, debuggee.processorScope);
    }
    if (isGiven(wish.hitCondition)) {
      const hits = compileHitCondition(wish.hitCondition);
      if (!hits.ok) return { problem: `Hit count: ${hits.error}.` };
      request.hitCondition = hits.value;
    }
    if (isGiven(wish.logMessage)) {
      const message = compileLogMessage(wish.logMessage, compile);
      if (!message.ok) return { problem: `Log message: ${message.error}` };
      request.log = () => log(message.value(debuggee.processorScope));
    }
    return request;
  }

  /** A condition that cannot be evaluated stops, so that its author learns of it. */
  #holds(condition: Expression, scope: ExpressionScope): boolean {
    const answer = condition.holds(scope);
    if (answer.ok) return answer.value;
    this.#conditionProblem = `The condition cannot be evaluated. ${describeExpressionError(condition.text, answer.error)}`;
    return true;
  }
}

function pair<Owner>(ids: readonly BreakpointId[], owners: readonly Owner[]): Map<BreakpointId, Owner> {
  return new Map(ids.flatMap((id, index) => owners.slice(index, index + 1).map((owner) => [id, owner] as const)));
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "";
}
