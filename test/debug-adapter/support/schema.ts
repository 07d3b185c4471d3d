/**
 * Messages against the specification of the protocol. The schema is read strictly: a property that the specification
 * does not know is a mistake too, wherever it does not leave the names open (launch arguments, variables of messages).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import type { Message } from "./client.js";
import { customSchemas, isCustomCommand } from "./custom-messages.js";

/** As much of JSON schema as the specification uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly description?: string;
}

/** The definitions of the specification, by name. */
export const specification: Readonly<Record<string, Schema>> = JSON.parse(
  readFileSync(fileURLToPath(new URL("../specification/debugAdapterProtocol.json", import.meta.url)), "utf8"),
).definitions;

/** Their arguments are the adapter's own. */
const openDefinitions = new Set(["LaunchRequestArguments", "AttachRequestArguments"]);
/** What other definitions are made of: these close what is open here. */
const baseDefinitions = new Set(["ProtocolMessage", "Request", "Response", "Event", "ValueFormat"]);

/** The same with no room for properties that nobody has named. */
function strict(schema: Schema, isOpen = false): object {
  const { oneOf, ...rest } = schema;
  const record = (schemas: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, property]) => [name, strict(property)]));
  const isObject = schema.properties !== undefined || schema.allOf !== undefined;
  return {
    ...rest,
    ...(schema.properties && { properties: record(schema.properties) }),
    ...(schema.items && { items: strict(schema.items) }),
    ...(schema.allOf && { allOf: schema.allOf.map((part) => strict(part, true)) }),
    // Launch and attach arguments look the same to a schema, so "exactly one of them" fits nothing.
    ...(oneOf && { anyOf: oneOf.map((choice) => strict(choice)) }),
    ...(isObject && !isOpen && schema.additionalProperties === undefined && { unevaluatedProperties: false }),
  };
}

const validators = new Map<string, ValidateFunction | undefined>();
let ajv: Ajv2019 | undefined;

function validator(definition: string): ValidateFunction | undefined {
  if (ajv === undefined) {
    ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
    const definitions = Object.entries(specification).map(([name, schema]) => [
      name,
      strict(schema, openDefinitions.has(name) || baseDefinitions.has(name)),
    ]);
    ajv.addSchema({ definitions: { ...Object.fromEntries(definitions), ...customSchemas } }, "dap");
  }
  if (!validators.has(definition)) validators.set(definition, ajv.getSchema(`dap#/definitions/${definition}`));
  return validators.get(definition);
}

export const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

function definitionOf(message: Message): string {
  switch (message.type) {
    case "event":
      return `${pascal((message as DebugProtocol.Event).event)}Event`;
    case "request": {
      const { command } = message as DebugProtocol.Request;
      return isCustomCommand(command) ? `${command.replace("/", " ")} request` : `${pascal(command)}Request`;
    }
    case "response": {
      const { command, success } = message as DebugProtocol.Response;
      if (!success) return "ErrorResponse";
      return isCustomCommand(command) ? `${command.replace("/", " ")} response` : `${pascal(command)}Response`;
    }
    default:
      return message.type;
  }
}

/** What the specification has against a message; nothing when it is as it must be. */
export function schemaProblems(message: Message): string[] {
  const definition = definitionOf(message);
  const validate = validator(definition);
  if (validate === undefined) return [`the specification knows no ${definition}: ${JSON.stringify(message)}`];
  if (validate(message)) return [];
  return (validate.errors ?? []).map(({ instancePath, message: problem, params }) => {
    const name = (params as { unevaluatedProperty?: string }).unevaluatedProperty;
    return `${definition}${instancePath}: ${problem}${name === undefined ? "" : ` ("${name}")`} in ${JSON.stringify(message)}`;
  });
}
