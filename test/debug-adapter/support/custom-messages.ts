/** Schemas of the requests that are ours; the compiler holds them to the types of `debug-adapter/protocol.ts`. */
import type { JSONSchemaType } from "ajv";
import type {
  AnnotateMemoryArguments,
  AnnotateMemoryResponse,
  CodePlace,
  CreationArguments,
  CreationResponse,
  FocusArguments,
  GreenThreadsListArguments,
  GreenThreadsListResponse,
} from "../../../debug-adapter/protocol.js";

const text = { type: "string" } as const;
const whole = { type: "integer" } as const;
const optionalText = { type: "string", nullable: true } as const;
const optionalWhole = { type: "integer", nullable: true } as const;

const state = { type: "string", enum: ["running", "ready", "new"] } as const;

const place: JSONSchemaType<CodePlace> = {
  type: "object",
  additionalProperties: false,
  required: ["name", "instructionReference"],
  properties: {
    name: text,
    instructionReference: text,
    source: {
      type: "object",
      additionalProperties: false,
      nullable: true,
      properties: { name: optionalText, path: optionalText, sourceReference: optionalWhole, origin: optionalText },
    },
    line: optionalWhole,
    column: optionalWhole,
  },
};

const creationArguments: JSONSchemaType<CreationArguments> = {
  type: "object",
  additionalProperties: false,
  required: ["threadId"],
  properties: { threadId: whole },
};

const creationResponse: JSONSchemaType<CreationResponse> = {
  type: "object",
  additionalProperties: false,
  required: ["calls"],
  properties: { calls: { type: "array", items: place } },
};

const listArguments: JSONSchemaType<GreenThreadsListArguments> = {
  type: "object",
  additionalProperties: false,
  properties: {
    start: optionalWhole,
    count: optionalWhole,
    filter: {
      type: "object",
      additionalProperties: false,
      nullable: true,
      properties: {
        id: optionalWhole,
        state: { ...state, nullable: true },
        function: optionalText,
        name: optionalText,
        text: optionalText,
      },
    },
    shown: { type: "boolean", nullable: true },
  },
};

const listResponse: JSONSchemaType<GreenThreadsListResponse> = {
  type: "object",
  additionalProperties: false,
  required: ["threads", "counts", "total"],
  properties: {
    counts: {
      type: "object",
      additionalProperties: false,
      required: ["running", "ready", "new"],
      properties: { running: whole, ready: whole, new: whole },
    },
    total: whole,
    threads: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id", "name", "state", "stackPointerReference", "runs", "instructions"],
        properties: {
          id: whole,
          name: text,
          state,
          slot: optionalWhole,
          entryName: optionalText,
          entryReference: optionalText,
          stackPointerReference: text,
          stackLowReference: optionalText,
          stackHighReference: optionalText,
          stackUsed: optionalWhole,
          stackSize: optionalWhole,
          stackHighWaterMark: optionalWhole,
          creator: {
            type: "object",
            additionalProperties: false,
            nullable: true,
            required: ["threadId"],
            properties: { threadId: whole, name: optionalText, place: { ...place, nullable: true } },
          },
          switchedOutAt: { ...place, nullable: true },
          systemThread: optionalWhole,
          runs: whole,
          instructions: whole,
        },
      },
    },
  },
};

const annotateArguments: JSONSchemaType<AnnotateMemoryArguments> = {
  type: "object",
  additionalProperties: false,
  required: ["memoryReference", "count"],
  properties: { memoryReference: text, offset: optionalWhole, count: whole },
};

const annotateResponse: JSONSchemaType<AnnotateMemoryResponse> = {
  type: "object",
  additionalProperties: false,
  required: ["annotations"],
  properties: {
    annotations: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["memoryReference", "length", "kind", "text"],
        properties: { memoryReference: text, length: whole, kind: text, text, threadId: optionalWhole },
      },
    },
  },
};

const focusArguments: JSONSchemaType<FocusArguments> = {
  type: "object",
  additionalProperties: false,
  required: ["threadId"],
  properties: { threadId: whole },
};

/** Arguments and body of each; undefined where there are none. */
const messages: Readonly<Record<string, { readonly arguments?: object; readonly body?: object }>> = {
  "greenThreads/list": { arguments: listArguments, body: listResponse },
  "greenThreads/creation": { arguments: creationArguments, body: creationResponse },
  "greenThreads/annotateMemory": { arguments: annotateArguments, body: annotateResponse },
  "greenThreads/focus": { arguments: focusArguments },
};

export function isCustomCommand(command: string): boolean {
  return Object.hasOwn(messages, command);
}

/** Definitions `greenThreads list request`, `greenThreads list response` and so on, beside those of the specification. */
export const customSchemas: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(messages).flatMap(([command, parts]) => {
    const name = command.replace("/", " ");
    const message = (base: string, property: string, content: object | undefined) => ({
      allOf: [{ $ref: `#/definitions/${base}` }],
      unevaluatedProperties: false,
      properties: { [property]: content ?? false },
      required: content === undefined ? [] : [property],
    });
    return [
      [`${name} request`, message("Request", "arguments", parts.arguments)],
      [`${name} response`, message("Response", "body", parts.body)],
    ];
  }),
);
