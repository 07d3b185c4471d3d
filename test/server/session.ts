/** A client of the language server: in-process, or over the standard streams of the real program. */
import { PassThrough } from "node:stream";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import {
  type ClientCapabilities,
  createProtocolConnection,
  type Definition,
  DefinitionRequest,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type DocumentSymbol,
  DocumentSymbolRequest,
  type Hover,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type MarkupContent,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { type ServerHost, startServer } from "../../server/server.js";

/** What the client of a session is like. */
export interface SessionOptions {
  readonly capabilities?: ClientCapabilities;
  readonly workspaceFolders?: readonly string[];
}

export class Session {
  private readonly published: PublishDiagnosticsParams[] = [];
  private wake: () => void = () => {};
  private version = 1;
  initialised: InitializeResult | undefined;

  private constructor(readonly connection: ProtocolConnection) {
    connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.published.push(params);
      this.wake();
    });
    connection.listen();
  }

  static async over(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
    { capabilities = {}, workspaceFolders }: SessionOptions = {},
    prepare: (connection: ProtocolConnection) => void = () => undefined,
  ): Promise<Session> {
    const session = new Session(
      createProtocolConnection(new StreamMessageReader(input), new StreamMessageWriter(output)),
    );
    prepare(session.connection);
    session.initialised = await session.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: workspaceFolders?.map((uri) => ({ uri, name: uri })) ?? null,
      capabilities,
    });
    await session.connection.sendNotification(InitializedNotification.type, {});
    return session;
  }

  /** The server in this process. `files`: what the client answers when the server asks for a file. */
  static async inProcess(
    files: Readonly<Record<string, string>> = {},
    host: ServerHost = {},
    options: SessionOptions = {},
    prepare: (connection: ProtocolConnection) => void = () => undefined,
  ): Promise<Session> {
    const toServer = new PassThrough();
    const toClient = new PassThrough();
    startServer(createConnection(ProposedFeatures.all, toServer, toClient), host);
    return await Session.over(toClient, toServer, options, (connection) => {
      connection.onRequest("green-threads/readFile", ({ uri }: { uri: string }) => files[uri] ?? null);
      prepare(connection);
    });
  }

  async open(uri: string, text: string): Promise<void> {
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "gas-x86_64", version: this.version, text },
    });
  }

  /** Replaces the whole text. */
  async change(uri: string, text: string): Promise<void> {
    this.version += 1;
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: this.version },
      contentChanges: [{ text }],
    });
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  /** The next diagnostics that the server publishes for a document. */
  async diagnostics(uri: string): Promise<Diagnostic[]> {
    for (;;) {
      const index = this.published.findIndex((params) => params.uri === uri);
      const [found] = index < 0 ? [] : this.published.splice(index, 1);
      if (found !== undefined) return found.diagnostics;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async symbols(uri: string): Promise<DocumentSymbol[]> {
    const found = await this.connection.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
    return (found ?? []) as DocumentSymbol[];
  }

  async definition(uri: string, line: number, character: number): Promise<Definition | null> {
    const position = { line, character };
    return (await this.connection.sendRequest(DefinitionRequest.type, {
      textDocument: { uri },
      position,
    })) as Definition | null;
  }

  async hover(uri: string, line: number, character: number): Promise<Hover | null> {
    return await this.connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: { line, character },
    });
  }

  /** The text of the hover over the first place of `word` in a line (from 0). */
  async hoverText(uri: string, text: string, word: string): Promise<string | undefined> {
    const { line, character } = place(text, word);
    const hover = await this.hover(uri, line, character);
    return (hover?.contents as MarkupContent | undefined)?.value;
  }

  dispose(): void {
    this.connection.dispose();
  }
}

/** Where `word` first stands in `text`. */
export function place(text: string, word: string): { line: number; character: number } {
  const at = text.indexOf(word);
  if (at < 0) throw new Error(`there is no ${word} in the text`);
  const before = text.slice(0, at).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}
