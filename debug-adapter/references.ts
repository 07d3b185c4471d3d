/**
 * The numbers by which a client names frames and groups of variables. The same thing keeps its number for the whole
 * session, so a client that asks again after a step can compare.
 */
import type { ThreadId } from "../runtime/debuggee.js";

export interface FrameReference {
  readonly thread: ThreadId;
  /** 0 is the innermost. */
  readonly frame: number;
}

export type VariableGroup =
  | "locals"
  | "globals"
  /** What was evaluated: the path begins with the expression. */
  | "expression"
  | "context"
  | "general"
  | "flags"
  | "sse"
  | "x87"
  | "segment"
  | "thread"
  | "creation"
  | `xmm${number}`;

export interface GroupReference extends FrameReference {
  readonly group: VariableGroup;
  /** Of a part of a variable: the names from the variable on. */
  readonly path?: readonly string[];
}

/** Hands out a number for each distinct key, from 1. */
export class Numbers<Value> {
  readonly #byKey = new Map<string, number>();
  readonly #values: Value[] = [];

  of(key: string, value: Value): number {
    let number = this.#byKey.get(key);
    if (number === undefined) {
      number = this.#values.push(value);
      this.#byKey.set(key, number);
    }
    return number;
  }

  get(number: number): Value | undefined {
    return this.#values[number - 1];
  }
}

export class References {
  readonly #frames = new Numbers<FrameReference>();
  readonly #groups = new Numbers<GroupReference>();

  frameId(thread: ThreadId, frame: number): number {
    return this.#frames.of(`${thread}/${frame}`, { thread, frame });
  }

  frame(id: number): FrameReference | undefined {
    return this.#frames.get(id);
  }

  groupId(thread: ThreadId, frame: number, group: VariableGroup, path: readonly string[] = []): number {
    const key = `${thread}/${frame}/${group}/${JSON.stringify(path)}`;
    return this.#groups.of(key, { thread, frame, group, ...(path.length > 0 && { path }) });
  }

  group(id: number): GroupReference | undefined {
    return this.#groups.get(id);
  }
}
