/** The settings under `greenThreads.assembly`, pulled from the client for each document and known ahead of questions. */
import { type Connection, DidChangeConfigurationNotification } from "vscode-languageserver";
import type { AssemblySettings } from "../protocol.js";
import type { ClientFeatures } from "./client-features.js";

const section = "greenThreads.assembly";

export const defaultSettings: AssemblySettings = { syntax: "att" };

/** What a client sent, with defaults in the place of what it left out or misspelt. */
export function readSettings(value: unknown): AssemblySettings {
  const { syntax } = (value ?? {}) as Partial<Record<keyof AssemblySettings, unknown>>;
  return { syntax: syntax === "intel" ? "intel" : defaultSettings.syntax };
}

export class Settings {
  /** Of the client as a whole. */
  private general = defaultSettings;
  private readonly perDocument = new Map<string, AssemblySettings>();
  private readonly listeners: ((uri: string) => void)[] = [];

  constructor(
    private readonly connection: Connection,
    private readonly client: ClientFeatures,
  ) {
    connection.onDidChangeConfiguration(({ settings }) => void this.changed(settings));
  }

  /** To be called when the client has said that it is initialised. */
  async start(): Promise<void> {
    if (this.client.canRegisterConfiguration) {
      await this.connection.client.register(DidChangeConfigurationNotification.type, { section });
    }
    await this.pullGeneral();
  }

  /** The settings of a document, or of the client as a whole when it is not open (or has only just been opened). */
  of(uri: string): AssemblySettings {
    return this.perDocument.get(uri) ?? this.general;
  }

  /** Calls back when the settings of an open document are others than `of` has said until now. */
  onChange(listener: (uri: string) => void): void {
    this.listeners.push(listener);
  }

  /** A document is open: its settings are pulled from now on. */
  async open(uri: string): Promise<void> {
    const before = this.of(uri);
    this.perDocument.set(uri, before);
    const now = await this.pull(uri);
    // Meanwhile it may have been closed.
    if (now === undefined || !this.perDocument.has(uri)) return;
    this.perDocument.set(uri, now);
    if (before.syntax !== now.syntax) for (const listener of this.listeners) listener(uri);
  }

  close(uri: string): void {
    this.perDocument.delete(uri);
  }

  private async changed(pushed: unknown): Promise<void> {
    if (this.client.canPullConfiguration) await this.pullGeneral();
    // Clients that cannot be asked send everything, from the root on.
    else this.general = readSettings(valueAt(pushed, section));
    const open = [...this.perDocument.keys()];
    if (this.client.canPullConfiguration) await Promise.all(open.map((uri) => this.open(uri)));
    else {
      for (const uri of open) {
        this.perDocument.set(uri, this.general);
        for (const listener of this.listeners) listener(uri);
      }
    }
  }

  private async pullGeneral(): Promise<void> {
    this.general = (await this.pull(undefined)) ?? this.general;
  }

  private async pull(scopeUri: string | undefined): Promise<AssemblySettings | undefined> {
    if (!this.client.canPullConfiguration) return undefined;
    try {
      return readSettings(await this.connection.workspace.getConfiguration({ section, scopeUri }));
    } catch {
      // The client refuses, or is gone: what was known stays.
      return undefined;
    }
  }
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}
