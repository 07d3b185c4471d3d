/** The events that stop the program, as the client has ticked them in its list of filters, with their conditions. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { StopEvent, StopEventKind } from "../runtime/debuggee.js";
import { describeExpressionError, type Expression } from "../runtime/expressions/expression.js";
import { compileAnywhere } from "../runtime/expressions/placed-expression.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import { defaultFilters, eventKindsOf, isMeant } from "./exception-filters.js";
import type { Launched } from "./launched.js";

export interface EventStop {
  readonly filter: StopEventKind;
  readonly condition?: string;
}

interface Compiled extends EventStop {
  /** Undefined: without one. */
  readonly expression?: Expression;
  /** What is wrong with the condition: the filter does not stop. */
  readonly problem?: string;
}

export class EventStops {
  #stops: readonly EventStop[] = defaultFilters.map((filter) => ({ filter }));

  /** `idOf` numbers breakpoints of all kinds; `holds` evaluates a condition, and remembers what is wrong with it. */
  constructor(
    private readonly idOf: (key: string) => number,
    private readonly holds: (condition: Expression, scope: ExpressionScope) => boolean,
  ) {}

  /** Replaces the filters; returns, in order, whether each is as wished. */
  replace(stops: readonly EventStop[], launched: Launched | undefined): DebugProtocol.Breakpoint[] {
    this.#stops = stops;
    const problems = this.apply(launched);
    return stops.map(({ filter }, index) => {
      const problem = problems[index];
      const id = this.id(filter);
      return problem === undefined ? { id, verified: true } : { id, verified: false, message: problem };
    });
  }

  /** Gives the filters to the debuggee; returns, in order, what is wrong with each condition. */
  apply(launched: Launched | undefined): (string | undefined)[] {
    if (launched === undefined) return this.#stops.map(() => undefined);
    const compiled = this.#stops.map((stop) => compile(stop, launched));
    // Without debugging a fault ends the program; it is explained then, too.
    const isDebugging = launched.attributes.noDebug !== true;
    const active = isDebugging
      ? compiled.filter(({ problem }) => problem === undefined)
      : [{ filter: "fault" } as const];
    const kinds = isDebugging ? active.flatMap(({ filter }) => eventKindsOf(filter)) : (["fault"] as const);
    launched.debuggee.setEventStops(new Set(kinds), (event) =>
      active.some(
        ({ filter, expression }: Compiled) =>
          isMeant(filter, event) && (expression === undefined || this.holds(expression, eventScope(launched, event))),
      ),
    );
    return compiled.map(({ problem }) => problem);
  }

  /** The number of a filter, as a breakpoint. */
  id(filter: StopEventKind): number {
    return this.idOf(`event ${filter}`);
  }
}

function compile(stop: EventStop, { debuggee }: Launched): Compiled {
  const { condition } = stop;
  if (condition === undefined || condition.trim() === "") return stop;
  const compiled = compileAnywhere(condition, debuggee.processorScope.names);
  return compiled.ok
    ? { ...stop, expression: compiled.value }
    : { ...stop, problem: describeExpressionError(condition, compiled.error) };
}

/** What a condition sees: the thread that it happened to, and its innermost frame. */
function eventScope(launched: Launched, event: StopEvent): ExpressionScope {
  const { debuggee } = launched;
  const { processorScope } = debuggee;
  const frame = () => debuggee.scopeOf(event.thread, 0);
  return {
    get names() {
      return (frame() ?? processorScope).names;
    },
    get frame() {
      return frame()?.frame;
    },
    source: processorScope.source,
    thread: debuggee.thread(event.thread),
    register: (name) => frame()?.register(name),
    other: (thread, index) => processorScope.other(thread ?? event.thread, index),
  };
}
