/** The requests that the adapter answers: the types of their arguments and bodies. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type {
  AnnotateMemoryArguments,
  AnnotateMemoryResponse,
  CreationArguments,
  CreationResponse,
  FocusArguments,
  GreenThreadsListArguments,
  GreenThreadsListResponse,
  LaunchAttributes,
} from "./protocol.js";
import type { Session } from "./session.js";
import type { Work } from "./work.js";

type BodyOf<Response extends { body?: unknown }> = NonNullable<Response["body"]>;

/** Arguments and response body of each request. */
export interface Requests {
  cancel: [DebugProtocol.CancelArguments, undefined];
  initialize: [DebugProtocol.InitializeRequestArguments, DebugProtocol.Capabilities];
  launch: [LaunchAttributes, undefined];
  configurationDone: [DebugProtocol.ConfigurationDoneArguments, undefined];
  restart: [DebugProtocol.RestartArguments, undefined];
  terminate: [DebugProtocol.TerminateArguments, undefined];
  disconnect: [DebugProtocol.DisconnectArguments, undefined];

  setBreakpoints: [DebugProtocol.SetBreakpointsArguments, BodyOf<DebugProtocol.SetBreakpointsResponse>];
  setFunctionBreakpoints: [
    DebugProtocol.SetFunctionBreakpointsArguments,
    BodyOf<DebugProtocol.SetFunctionBreakpointsResponse>,
  ];
  setInstructionBreakpoints: [
    DebugProtocol.SetInstructionBreakpointsArguments,
    BodyOf<DebugProtocol.SetInstructionBreakpointsResponse>,
  ];
  dataBreakpointInfo: [DebugProtocol.DataBreakpointInfoArguments, BodyOf<DebugProtocol.DataBreakpointInfoResponse>];
  setDataBreakpoints: [DebugProtocol.SetDataBreakpointsArguments, BodyOf<DebugProtocol.SetDataBreakpointsResponse>];
  setExceptionBreakpoints: [
    DebugProtocol.SetExceptionBreakpointsArguments,
    BodyOf<DebugProtocol.SetExceptionBreakpointsResponse>,
  ];
  breakpointLocations: [DebugProtocol.BreakpointLocationsArguments, BodyOf<DebugProtocol.BreakpointLocationsResponse>];

  continue: [DebugProtocol.ContinueArguments, BodyOf<DebugProtocol.ContinueResponse>];
  next: [DebugProtocol.NextArguments, undefined];
  stepIn: [DebugProtocol.StepInArguments, undefined];
  stepOut: [DebugProtocol.StepOutArguments, undefined];
  pause: [DebugProtocol.PauseArguments, undefined];

  terminateThreads: [DebugProtocol.TerminateThreadsArguments, undefined];
  restartFrame: [DebugProtocol.RestartFrameArguments, undefined];
  gotoTargets: [DebugProtocol.GotoTargetsArguments, BodyOf<DebugProtocol.GotoTargetsResponse>];
  goto: [DebugProtocol.GotoArguments, undefined];
  stepInTargets: [DebugProtocol.StepInTargetsArguments, BodyOf<DebugProtocol.StepInTargetsResponse>];

  modules: [DebugProtocol.ModulesArguments, BodyOf<DebugProtocol.ModulesResponse>];
  threads: [undefined, BodyOf<DebugProtocol.ThreadsResponse>];
  stackTrace: [DebugProtocol.StackTraceArguments, BodyOf<DebugProtocol.StackTraceResponse>];
  scopes: [DebugProtocol.ScopesArguments, BodyOf<DebugProtocol.ScopesResponse>];
  variables: [DebugProtocol.VariablesArguments, BodyOf<DebugProtocol.VariablesResponse>];
  setVariable: [DebugProtocol.SetVariableArguments, BodyOf<DebugProtocol.SetVariableResponse>];
  evaluate: [DebugProtocol.EvaluateArguments, BodyOf<DebugProtocol.EvaluateResponse>];
  setExpression: [DebugProtocol.SetExpressionArguments, BodyOf<DebugProtocol.SetExpressionResponse>];
  completions: [DebugProtocol.CompletionsArguments, BodyOf<DebugProtocol.CompletionsResponse>];
  exceptionInfo: [DebugProtocol.ExceptionInfoArguments, BodyOf<DebugProtocol.ExceptionInfoResponse>];

  readMemory: [DebugProtocol.ReadMemoryArguments, BodyOf<DebugProtocol.ReadMemoryResponse>];
  writeMemory: [DebugProtocol.WriteMemoryArguments, BodyOf<DebugProtocol.WriteMemoryResponse>];
  disassemble: [DebugProtocol.DisassembleArguments, BodyOf<DebugProtocol.DisassembleResponse>];
  locations: [DebugProtocol.LocationsArguments, BodyOf<DebugProtocol.LocationsResponse>];
  source: [DebugProtocol.SourceArguments, BodyOf<DebugProtocol.SourceResponse>];
  loadedSources: [undefined, BodyOf<DebugProtocol.LoadedSourcesResponse>];

  "greenThreads/list": [GreenThreadsListArguments, GreenThreadsListResponse];
  "greenThreads/creation": [CreationArguments, CreationResponse];
  "greenThreads/annotateMemory": [AnnotateMemoryArguments, AnnotateMemoryResponse];
  "greenThreads/focus": [FocusArguments, undefined];
}

export type Command = keyof Requests;

/** How a request is answered: with its body, now or later; a `RequestError` thrown becomes an error response. */
export type Handler<Name extends Command> = (
  session: Session,
  args: Requests[Name][0],
  work: Work,
) => Requests[Name][1] | Promise<Requests[Name][1]>;

/** What each module of a family of requests exports. */
export type Handlers = { readonly [Name in Command]?: Handler<Name> };
