/**
 * The debuggee on the emulator: the machine, the Linux process and the green threads, and what a debugger asks of them
 * while they stand still. The run loop moves them.
 */
import type { GuestAddress } from "../base/guest-address.js";
import type { LazyList } from "../base/lazy-list.js";
import type { ProgramImage } from "../base/program-image.js";
import type { Result } from "../base/result.js";
import type {
  BreakpointId,
  BreakpointRequest,
  DataBreakpointRequest,
  Debuggee,
  DebuggeeStop,
  RunRequest,
  StopEvent,
  StopEventKind,
} from "../debuggee.js";
import type { GuestMemory } from "../engine/machine.js";
import type { ExpressionScope, Names } from "../expressions/scope.js";
import { typeName } from "../object/dwarf/type-name.js";
import { debugInformationOf } from "../object/elf-code-places.js";
import type {
  GreenThread,
  MemoryAnnotation,
  StackFrame,
  ThreadCounts,
  ThreadFilter,
  ThreadId,
} from "../threads/types.js";
import type { FrameVariable, FrameVariables } from "../values/frame-variables.js";
import type { SourceValue } from "../values/source-value.js";
import type { DebuggeeParts } from "./debuggee-parts.js";
import { ExpressionScopes } from "./expression-scopes.js";
import { RunLoop } from "./run-loop.js";
import { sourceFrames } from "./source-frames.js";
import { SourceStacks } from "./source-stacks.js";
import type { ThreadEventRelay } from "./thread-event-relay.js";
import { UnenteredCalls } from "./unentered-calls.js";

export class EmulatedDebuggee implements Debuggee {
  private readonly loop: RunLoop;
  private readonly expressionScopes: ExpressionScopes;
  private readonly stacks: SourceStacks;

  constructor(
    private readonly parts: DebuggeeParts,
    threadEvents: ThreadEventRelay,
  ) {
    const unentered = new UnenteredCalls(parts.machine, parts.index.places);
    this.expressionScopes = new ExpressionScopes(parts.image, parts.machine, parts.index, this);
    this.stacks = new SourceStacks(parts, unentered);
    this.loop = new RunLoop(parts, unentered, threadEvents);
  }

  get state(): Debuggee["state"] {
    return this.loop.state;
  }

  run(request: RunRequest): Promise<DebuggeeStop> {
    return this.loop.run(request);
  }

  requestPause(): void {
    this.loop.requestPause();
  }

  setBreakpoints(requests: readonly BreakpointRequest[]): readonly BreakpointId[] {
    return this.loop.setBreakpoints(requests);
  }

  setDataBreakpoints(requests: readonly DataBreakpointRequest[]): readonly BreakpointId[] {
    return this.loop.setDataBreakpoints(requests);
  }

  setEventStops(kinds: ReadonlySet<StopEventKind>, accept?: (event: StopEvent) => boolean): void {
    this.loop.setEventStops(kinds, accept);
  }

  signalHandled(signal: number): void {
    this.loop.signalHandled(signal);
  }

  get image(): ProgramImage {
    return this.parts.image;
  }

  get memory(): GuestMemory {
    return this.parts.machine.memory;
  }

  get instructionCount(): number {
    return this.parts.machine.instructionCount;
  }

  sendSignal(signal: number): void {
    this.parts.process.signalFromHost(signal);
  }

  threads(): readonly GreenThread[] {
    return this.parts.threads.list();
  }

  get threadCount(): number {
    return this.parts.threads.listing.count;
  }

  recentThreads(most: number, first: Iterable<ThreadId>): readonly GreenThread[] {
    return this.parts.threads.listing.recent(most, first);
  }

  threadCounts(filter: ThreadFilter): ThreadCounts {
    return this.parts.threads.listing.counts(filter);
  }

  threadsPage(filter: ThreadFilter, start: number, count: number): readonly GreenThread[] {
    return this.parts.threads.listing.page(filter, start, count);
  }

  stackOwner(address: GuestAddress): GreenThread | undefined {
    return this.parts.threads.listing.stackOwner(address);
  }

  thread(thread: ThreadId): GreenThread | undefined {
    return this.parts.threads.thread(thread);
  }

  currentThread(): ThreadId {
    return this.parts.threads.current();
  }

  stackTrace(thread: ThreadId): readonly StackFrame[] | undefined {
    return this.frames(thread)?.all();
  }

  frames(thread: ThreadId): LazyList<StackFrame> | undefined {
    return this.stacks.of(thread);
  }

  systemCallStack(most: number): readonly StackFrame[] {
    const { process, threads, index } = this.parts;
    return process.hasProcessor ? [...sourceFrames(threads.innermostFrames(most), index.places)] : [];
  }

  locals(thread: ThreadId, frame: number): readonly FrameVariable[] {
    return this.variablesOf(thread)?.at(frame) ?? [];
  }

  globals(thread: ThreadId, frame: number): readonly FrameVariable[] {
    return this.variablesOf(thread)?.globalsAt(frame) ?? [];
  }

  typeName(type: SourceValue["type"], codeAddress: GuestAddress): string {
    return typeName(type, debugInformationOf(this.parts.image)?.languageAt(Number(codeAddress)));
  }

  private variablesOf(thread: ThreadId): FrameVariables | undefined {
    const frames = this.frames(thread);
    return frames && this.expressionScopes.variables(thread, frames);
  }

  scopeOf(thread: ThreadId, frame: number): ExpressionScope | undefined {
    return this.expressionScopes.at(thread, frame);
  }

  get processorScope(): ExpressionScope {
    return this.expressionScopes.processor;
  }

  namesAt(address: GuestAddress, inlinedDepth?: number): Names {
    const at = Number(address);
    const functions = inlinedDepth === undefined ? 0 : this.parts.index.places.framesAt(at).length;
    return this.expressionScopes.namesAt(at, Math.max(0, functions - 1 - (inlinedDepth ?? 0)));
  }

  writeRegister(thread: ThreadId, frame: number, register: string, value: bigint): Result<void, string> {
    return this.stacks.writeRegister(thread, frame, register, value);
  }

  restartFrame(thread: ThreadId, frame: number): Result<string, string> {
    return this.stacks.restart(thread, frame, () => this.locals(thread, frame));
  }

  terminateThread(thread: ThreadId): Result<void, string> {
    return this.parts.threads.terminate(thread);
  }

  annotate(address: GuestAddress, length: number): readonly MemoryAnnotation[] {
    return this.parts.threads.annotate(address, length);
  }
}
