/** The registers of a frame, in groups, as the client's scopes and variables. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { StackFrame } from "../runtime/debuggee.js";
import { type FlagName, flagBits, flagMeanings } from "../runtime/expressions/registers.js";
import { frameRegister } from "../runtime/expressions/scope.js";
import { floatOf } from "../runtime/expressions/types.js";
import {
  describeExtended,
  isEmptyX87,
  isUntouchedX87,
  mmxNames,
  readX87,
  x87StackNames,
  x87WordNames,
} from "../runtime/expressions/x87-state.js";
import { announceRegisterWrite } from "./announcements.js";
import { givenBits, writeRegisterPart } from "./assignment.js";
import type { Launched } from "./launched.js";
import { valueLocation } from "./locations.js";
import { describeWord, memoryReferenceFor, withoutHint } from "./number-text.js";
import type { GroupReference, VariableGroup } from "./references.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { isSourceGroup, setSourceVariable, sourceVariables, variablesIn } from "./source-variables.js";
import { isThreadGroup, threadVariables } from "./thread-variables.js";

/** The order in which people look for them: where, the stack, results and arguments, the rest. */
const generalOrder = "rip rsp rbp rax rbx rcx rdx rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");
/** As a switch saves them. */
const contextOrder = "rsp r15 r14 r13 r12 rbx rbp".split(" ");
const segmentNames = ["fs_base", "gs_base"];
const flagNames = Object.keys(flagBits) as FlagName[];

export const variableRequests: Handlers = {
  scopes(session, args) {
    const launched = session.requireStopped();
    const reference = session.references.frame(args.frameId);
    const { thread, frame } = launched.frame(reference);
    const scope = (name: string, group: VariableGroup, namedVariables: number): DebugProtocol.Scope => ({
      name,
      presentationHint: "registers",
      variablesReference: session.references.groupId(thread.id, frame.index, group),
      namedVariables,
      expensive: false,
    });
    const locals = variablesIn(launched, thread, frame, "locals");
    const globals = variablesIn(launched, thread, frame, "globals");
    const isParked = frame.index === 0 && thread.state !== "running";
    return {
      scopes: [
        ...(locals.length > 0
          ? [{ ...scope("Locals", "locals", locals.length), presentationHint: "locals" as const }]
          : []),
        ...(globals.length > 0
          ? [{ ...scope("Globals", "globals", globals.length), presentationHint: "globals" as const }]
          : []),
        ...(isParked ? [scope("Saved context", "context", contextOrder.length)] : []),
        scope("General", "general", generalOrder.length),
        ...(frame.registers.full === undefined
          ? []
          : [
              scope("Flags", "flags", flagNames.length + 1),
              scope("SSE", "sse", 17),
              scope("Segment", "segment", segmentNames.length),
              // Most programs never use the unit.
              ...(isUntouchedX87(frame.registers.full.x87)
                ? []
                : [scope("x87 and MMX", "x87", x87StackNames.length + mmxNames.length + x87WordNames.length)]),
            ]),
        {
          name: "Thread",
          variablesReference: session.references.groupId(thread.id, frame.index, "thread"),
          expensive: false,
        },
      ],
    };
  },

  variables(session, args, work) {
    const launched = session.requireStopped();
    const reference = requireGroup(session, args.variablesReference);
    const { group } = reference;
    if (isSourceGroup(group)) {
      return sourceVariables(session, launched, { ...reference, group }, args, work).then((variables) => ({
        variables,
      }));
    }
    const { frame } = launched.frame(reference);
    const all = args.filter === "indexed" ? [] : variablesOf(session, launched, reference, frame, args.format?.hex);
    const first = args.start ?? 0;
    const count = args.count === undefined || args.count === 0 ? all.length : args.count;
    return { variables: all.slice(first, first + count) };
  },

  setVariable(session, args) {
    const launched = session.requireStopped();
    const reference = requireGroup(session, args.variablesReference);
    const { group } = reference;
    if (isSourceGroup(group)) {
      return setSourceVariable(session, launched, { ...reference, group }, args);
    }
    if (isThreadGroup(group)) throw new RequestError("What is known of a thread cannot be changed.");
    const { thread, frame } = launched.frame(reference);
    const bits = givenBits(launched.scope(thread, frame), withoutHint(args.value));
    const savedAt = writeRegisterPart(launched, thread, frame, args.name, bits);
    session.afterResponse(() => announceRegisterWrite(session, savedAt));
    const { frame: after } = launched.frame(reference);
    const changed = variablesOf(session, launched, reference, after, args.format?.hex).find(
      (variable) => variable.name === args.name,
    );
    if (changed === undefined) throw new RequestError(`There is no register "${args.name}" here.`);
    return {
      value: changed.value,
      type: changed.type,
      variablesReference: changed.variablesReference,
      memoryReference: changed.memoryReference,
    };
  },
};

function requireGroup(session: Session, reference: number): GroupReference {
  const group = session.references.group(reference);
  if (group === undefined) throw new RequestError("There are no such variables.");
  return group;
}

function variablesOf(
  session: Session,
  launched: Launched,
  reference: GroupReference,
  frame: StackFrame,
  isHexadecimal = false,
): DebugProtocol.Variable[] {
  const { group } = reference;
  const register = (name: string) => wordVariable(launched, frame, name, isHexadecimal);
  switch (group) {
    case "context":
      return contextOrder.map(register);
    case "general":
      return generalOrder.map(register);
    case "segment":
      return segmentNames.map(register);
    case "flags":
      return flagVariables(frame);
    case "sse":
      return sseVariables(session, reference, frame);
    case "x87":
      return x87Variables(frame);
    case "thread":
    case "creation":
      return threadVariables(session, launched, reference);
    case "locals":
    case "globals":
    case "expression":
      return [];
    default:
      return laneVariables(frame, group);
  }
}

/** How variables say that their value cannot be known. */
const unknown = { value: "unknown here", variablesReference: 0, presentationHint: { attributes: ["readOnly"] } };

function wordVariable(
  launched: Launched,
  frame: StackFrame,
  name: string,
  isHexadecimal: boolean,
): DebugProtocol.Variable {
  const bits = frameRegister(frame.registers, name);
  if (bits === undefined) return { name, ...unknown };
  return {
    name,
    value: isHexadecimal ? `0x${bits.toString(16)}` : describeWord(launched, bits),
    type: "long",
    evaluateName: `$${name}`,
    variablesReference: 0,
    ...memoryReferenceFor(launched, bits),
    ...valueLocation(launched, bits),
  };
}

function flagVariables(frame: StackFrame): DebugProtocol.Variable[] {
  const flags = frameRegister(frame.registers, "rflags");
  if (flags === undefined) return [{ name: "rflags", ...unknown }];
  const isSet = (name: FlagName) => ((flags >> BigInt(flagBits[name])) & 1n) === 1n;
  const set = flagNames.filter(isSet);
  return [
    {
      name: "rflags",
      value: `0x${flags.toString(16)} [${set.join(" ")}]`,
      type: "flags",
      evaluateName: "$rflags",
      variablesReference: 0,
    },
    ...flagNames.map((name) => ({
      name,
      value: isSet(name) ? "1" : "0",
      type: `${flagMeanings[name]} flag`,
      evaluateName: `$${name}`,
      variablesReference: 0,
    })),
  ];
}

function sseVariables(session: Session, reference: GroupReference, frame: StackFrame): DebugProtocol.Variable[] {
  const { thread, frame: index } = reference;
  return [
    ...Array.from({ length: 16 }, (_, number): DebugProtocol.Variable => {
      const bits = frameRegister(frame.registers, `xmm${number}`);
      const name = `xmm${number}`;
      if (bits === undefined) return { name, ...unknown };
      return {
        name,
        value: `0x${bits.toString(16).padStart(32, "0")}`,
        type: "128 bits",
        evaluateName: `$${name}`,
        variablesReference: session.references.groupId(thread, index, `xmm${number}`),
        namedVariables: lanes.length,
      };
    }),
    mxcsrVariable(frame),
  ];
}

function x87Variables(frame: StackFrame): DebugProtocol.Variable[] {
  const state = frame.registers.full?.x87;
  if (state === undefined) return [];
  const hexadecimal = (name: string) => `0x${(readX87(state, name) ?? 0n).toString(16)}`;
  const variable = (name: string, value: string, type: string): DebugProtocol.Variable => ({
    name,
    value,
    type,
    evaluateName: `$${name}`,
    variablesReference: 0,
  });
  return [
    ...x87StackNames.map((name, index) => {
      const bits = readX87(state, name) ?? 0n;
      const value = isEmptyX87(state, index) ? "empty" : `${describeExtended(bits)} (${hexadecimal(name)})`;
      return variable(name, value, "80 bits");
    }),
    ...mmxNames.map((name) => variable(name, hexadecimal(name), "64 bits")),
    ...x87WordNames.map((name) => variable(name, hexadecimal(name), "16 bits")),
  ];
}

function mxcsrVariable(frame: StackFrame): DebugProtocol.Variable {
  const bits = frameRegister(frame.registers, "mxcsr");
  if (bits === undefined) return { name: "mxcsr", ...unknown };
  return { name: "mxcsr", value: `0x${bits.toString(16)}`, type: "int", evaluateName: "$mxcsr", variablesReference: 0 };
}

/** The ways in which the 128 bits of an SSE register are read, lowest lane first. */
const lanes: readonly { name: string; bits: 8 | 16 | 32 | 64; show: (lane: bigint) => string }[] = [
  { name: "double[2]", bits: 64, show: (lane) => String(floatOf(lane, 8)) },
  { name: "float[4]", bits: 32, show: (lane) => String(floatOf(lane, 4)) },
  { name: "int64[2]", bits: 64, show: (lane) => `0x${lane.toString(16)}` },
  { name: "int32[4]", bits: 32, show: (lane) => `0x${lane.toString(16)}` },
  { name: "int16[8]", bits: 16, show: (lane) => `0x${lane.toString(16)}` },
  { name: "int8[16]", bits: 8, show: (lane) => `0x${lane.toString(16)}` },
];

function laneVariables(frame: StackFrame, register: `xmm${number}`): DebugProtocol.Variable[] {
  const bits = frameRegister(frame.registers, register) ?? 0n;
  return lanes.map((lane) => ({
    name: lane.name,
    value: Array.from({ length: 128 / lane.bits }, (_, index) =>
      lane.show(BigInt.asUintN(lane.bits, bits >> BigInt(index * lane.bits))),
    ).join(", "),
    variablesReference: 0,
    presentationHint: { attributes: ["readOnly"] },
  }));
}
