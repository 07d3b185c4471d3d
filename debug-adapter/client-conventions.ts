/** How the client counts lines and columns, and what of the protocol it takes part in. */
import type { DebugProtocol } from "@vscode/debugprotocol";

export class ClientConventions {
  readonly #firstLine: number;
  readonly #firstColumn: number;
  /** Paths go over the wire as file system paths or as URIs. */
  readonly pathFormat: "path" | "uri";
  readonly supportsMemoryEvent: boolean;
  readonly supportsInvalidatedEvent: boolean;
  readonly supportsProgressReporting: boolean;

  constructor(args: Partial<DebugProtocol.InitializeRequestArguments>) {
    this.#firstLine = args.linesStartAt1 === false ? 0 : 1;
    this.#firstColumn = args.columnsStartAt1 === false ? 0 : 1;
    this.pathFormat = args.pathFormat === "uri" ? "uri" : "path";
    this.supportsMemoryEvent = args.supportsMemoryEvent === true;
    this.supportsInvalidatedEvent = args.supportsInvalidatedEvent === true;
    this.supportsProgressReporting = args.supportsProgressReporting === true;
  }

  lineToClient(line: number): number {
    return line - 1 + this.#firstLine;
  }

  lineFromClient(line: number): number {
    return line + 1 - this.#firstLine;
  }

  columnToClient(column: number): number {
    return column - 1 + this.#firstColumn;
  }

  columnFromClient(column: number): number {
    return column + 1 - this.#firstColumn;
  }
}
