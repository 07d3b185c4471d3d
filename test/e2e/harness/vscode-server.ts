/**
 * A real VS Code, served on a port of its own from a throw-away folder: started, waited for, and stopped with all its
 * children.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHost, hostDirectory } from "../../../build/vscode-host/location.mjs";

export interface VscodeServerOptions {
  /** Extensions to install. */
  readonly vsix?: readonly string[];
  /** User settings, on top of those that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Runs extension-host test suites (and shows no notifications). */
  readonly smokeTestDriver?: boolean;
  /** File for what the server says. */
  readonly log: string;
}

export interface VscodeServer {
  readonly port: number;
  /** A folder for the workspace of the test; removed with everything else. */
  readonly workspace: string;
  /** Where the extensions are, to look at what was installed. */
  readonly extensions: string;
  stop(): Promise<void>;
}

/** Settings that keep what is not under test off the screen. */
const quietSettings = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.commandPalette.experimental.suggestCommands": false,
  "security.workspace.trust.enabled": false,
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "debug.openDebug": "openOnSessionStart",
  "debug.toolBarLocation": "floating",
  "editor.minimap.enabled": false,
  "window.commandCenter": false,
};

/** Starts a server. The caller stops it, also when a test fails. */
export async function startVscodeServer(options: VscodeServerOptions): Promise<VscodeServer> {
  const host = findHost();
  if (!host) throw new Error(`no VS Code in ${hostDirectory()}: run node build/vscode-host/install.mjs`);
  const folder = mkdtempSync(join(tmpdir(), "green-threads-e2e-"));
  const userData = join(folder, "user-data");
  const extensions = join(folder, "extensions");
  const workspace = join(folder, "workspace");
  const configuration = join(folder, "config.yaml");
  for (const each of [join(userData, "User"), extensions, workspace]) mkdirSync(each, { recursive: true });
  writeFileSync(configuration, "");
  writeFileSync(
    join(userData, "User", "settings.json"),
    JSON.stringify({ ...quietSettings, ...options.settings }, null, 2),
  );
  const shared = [
    host.codeServer,
    ...["--config", configuration, "--user-data-dir", userData, "--extensions-dir", extensions],
    ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
    ...["--disable-getting-started-override", "--disable-proxy", "--ignore-last-opened", "--auth", "none"],
  ];
  const environment = { ...process.env, EXTENSIONS_GALLERY: "{}", HOME: folder, XDG_CONFIG_HOME: folder };

  for (const vsix of options.vsix ?? []) {
    const installed = spawnSync(host.node, [...shared, "--install-extension", vsix], {
      env: environment,
      encoding: "utf8",
    });
    if (installed.status !== 0 || /failed|error/i.test(installed.stderr)) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`VS Code did not install ${vsix}:\n${installed.stdout}${installed.stderr}`);
    }
  }

  const port = await freePort();
  const driver = options.smokeTestDriver ? ["--vscode-option", "enable-smoke-test-driver"] : [];
  const child = spawn(host.node, [...shared, ...driver, "--bind-addr", `127.0.0.1:${port}`, workspace], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = createWriteStream(options.log);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const kill = () => killGroup(child, "SIGKILL");
  process.once("exit", kill);

  const stop = async () => {
    process.off("exit", kill);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      killGroup(child, "SIGTERM");
      const deadline = setTimeout(kill, 5_000);
      await ended;
      clearTimeout(deadline);
    }
    kill();
    log.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await untilHealthy(port, child, options.log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, workspace, extensions, stop };
}

async function untilHealthy(port: number, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the VS Code server ended with status ${child.exitCode}; see ${log}`);
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the VS Code server did not answer on port ${port} within a minute; see ${log}`);
}

/** The server is the leader of its process group: extension hosts and what they started go with it. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
