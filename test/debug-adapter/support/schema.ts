/** Checks messages against the specification of the protocol, where it is at hand. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { Ajv, type ValidateFunction } from "ajv";
import type { Message } from "./client.js";

const schemaPath = fileURLToPath(new URL("../../../../shared/data/debugAdapterProtocol.json", import.meta.url));

/** The specification lies beside the clone; without it nothing is checked. */
export const hasSchema = existsSync(schemaPath);
if (!hasSchema) {
  console.warn(`\n*** The messages are NOT CHECKED against the protocol's schema: ${schemaPath} is not here. ***\n`);
}

const validators = new Map<string, ValidateFunction | undefined>();
let ajv: Ajv | undefined;

function validator(definition: string): ValidateFunction | undefined {
  if (ajv === undefined) {
    // The document says draft 4, which it keeps to in nothing that later drafts read differently.
    const { $schema: _, ...schema } = JSON.parse(readFileSync(schemaPath, "utf8"));
    // Launch and attach arguments look the same to a schema, so "exactly one of them" fits nothing.
    const restart = schema.definitions.RestartArguments.properties.arguments;
    restart.anyOf = restart.oneOf;
    delete restart.oneOf;
    ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    ajv.addSchema(schema, "dap");
  }
  if (!validators.has(definition)) validators.set(definition, ajv.getSchema(`dap#/definitions/${definition}`));
  return validators.get(definition);
}

const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

function definitionOf(message: Message): string {
  switch (message.type) {
    case "event":
      return `${pascal((message as DebugProtocol.Event).event)}Event`;
    case "request": {
      const { command } = message as DebugProtocol.Request;
      return command.includes("/") ? "Request" : `${pascal(command)}Request`;
    }
    default: {
      const { command, success } = message as DebugProtocol.Response;
      if (!success) return "ErrorResponse";
      return command.includes("/") ? "Response" : `${pascal(command)}Response`;
    }
  }
}

/** What the specification has against a message. */
export function schemaProblems(message: Message): string[] {
  if (!hasSchema) return [];
  const definition = definitionOf(message);
  const validate = validator(definition);
  if (validate === undefined) return [`the specification knows no ${definition}`];
  if (validate(message)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message: problem }) => `${definition}${instancePath}: ${problem} in ${JSON.stringify(message)}`,
  );
}
