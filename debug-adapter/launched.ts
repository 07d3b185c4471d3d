/** The program that a session debugs, from `launch` to its end. */
import type { LazyList } from "../runtime/base/lazy-list.js";
import type { Debuggee, DebuggeeStop, GreenThread, StackFrame, ThreadId } from "../runtime/debuggee.js";
import type { ExpressionScope } from "../runtime/expressions/scope.js";
import type { ConsoleInput } from "./console-streams.js";
import { DamageNotes } from "./damage-notes.js";
import type { LoadedProgram } from "./loaded-program.js";
import { Locations } from "./locations.js";
import { meaningOfAddress } from "./number-text.js";
import type { Program } from "./program.js";
import type { LaunchAttributes } from "./protocol.js";
import type { FrameReference } from "./references.js";
import { RequestError } from "./request-error.js";

/** So many threads stay among those that the client is shown, however long they have not run. */
const mostKept = 100;

export class Launched {
  readonly locations = new Locations();
  /** The client has configured the session, and the program may run. */
  hasStarted = false;
  /** It has been asked to end. */
  isTerminating = false;
  /** Between a request to run and the stop that ends it. */
  isRunning = false;
  /** Why the program stopped last. */
  lastStop: DebuggeeStop | undefined;
  /** Threads in which the program stopped, or that the user looked at, the latest last. */
  readonly keptShown = new Set<ThreadId>();
  /** The client has been told that it is shown a part of the threads. */
  hasSaidPart = false;
  readonly damage: DamageNotes;
  #hasEnded = false;

  constructor(
    readonly attributes: LaunchAttributes,
    readonly loaded: LoadedProgram,
    readonly debuggee: Debuggee,
    /** Where the program's input is typed, unless the launch configuration gives it some. */
    readonly consoleInput?: ConsoleInput,
  ) {
    this.damage = new DamageNotes(loaded.program.image);
  }

  get program(): Program {
    return this.loaded.program;
  }

  /** The thread stays among those that the client is shown. */
  keepShown(thread: ThreadId): void {
    this.keptShown.delete(thread);
    this.keptShown.add(thread);
    const [oldest] = this.keptShown;
    if (this.keptShown.size > mostKept && oldest !== undefined) this.keptShown.delete(oldest);
  }

  /** The session is done with it: a run that is under way ends and tells nobody. */
  end(): void {
    this.#hasEnded = true;
    if (this.isRunning) this.debuggee.requestPause();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The living thread with that DAP id. */
  thread(id: number): GreenThread {
    const thread = this.debuggee.thread(id as ThreadId);
    if (thread === undefined) throw new RequestError(`There is no green thread ${id}: it may have finished.`);
    return thread;
  }

  /** The frames of a living thread, innermost first, worked out as far as somebody looks. */
  frames(id: ThreadId): LazyList<StackFrame> {
    const frames = this.debuggee.frames(id);
    if (frames === undefined) throw new RequestError(`There is no green thread ${id}: it may have finished.`);
    return frames;
  }

  /** The frame that the client means, as it is now. */
  frame(reference: FrameReference | undefined): { thread: GreenThread; frame: StackFrame } {
    if (reference === undefined) throw new RequestError("There is no such stack frame.");
    const thread = this.thread(reference.thread);
    const frame = this.frames(reference.thread).at(reference.frame);
    if (frame === undefined) throw new RequestError("This stack frame is gone: its function has returned.");
    return { thread, frame };
  }

  /** What expressions see in a frame. */
  scope(thread: GreenThread, frame: StackFrame): ExpressionScope {
    const scope = this.debuggee.scopeOf(thread.id, frame.index);
    if (scope === undefined) throw new RequestError("This stack frame is gone: its function has returned.");
    const describe = (address: bigint) => meaningOfAddress(this, address);
    return { ...scope, source: { ...scope.source, describe } };
  }
}
