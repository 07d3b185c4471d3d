/** From a row of the tree to the source: frames, where a thread was created, where it gave the processor away. */
import * as vscode from "vscode";
import type { CodePlace } from "../../debug-adapter/protocol.js";
import type { GreenThreadsSession } from "../debug/session.js";
import type { FrameNode, PlaceNode, ThreadNode } from "./nodes.js";
import type { TreeNode } from "./tree.js";

/** So far out the source is looked for in which a thread gave the processor away. */
const mostFrames = 20;

/** Shows where a frame is, and makes its thread the focused one. */
export async function openFrame({ session, thread, frame }: TreeNode<FrameNode>): Promise<void> {
  if (session.focus?.threadId !== thread.id) await session.focusThread(thread.id);
  await openPlace(session, frame);
}

export async function openPlaceNode({ session, place }: TreeNode<PlaceNode>): Promise<void> {
  await openPlace(session, place);
}

/** The innermost call of the thread's creation in the program's own source, or failing that in any. */
export async function openCreation({ session, thread }: TreeNode<ThreadNode>): Promise<void> {
  const calls = await session.creationOf(thread.id);
  const place = ownPlace(calls) ?? calls[0];
  if (place) await openPlace(session, place);
}

/** The innermost frame in the program's own source, below the runtime's routine that switches. */
export async function openSwitch({ session, thread }: TreeNode<ThreadNode>): Promise<void> {
  const frames = await session.stackTrace(thread.id, mostFrames);
  const place =
    ownPlace(frames.filter(({ presentationHint }) => presentationHint !== "subtle")) ?? thread.switchedOutAt;
  if (place) await openPlace(session, place);
}

type Place = Pick<CodePlace, "name" | "source" | "line" | "column">;

/** Our library has no file. */
function ownPlace<Some extends Place>(places: readonly Some[]): Some | undefined {
  const withSource = places.filter(({ source }) => source !== undefined);
  return withSource.find(({ source }) => !source?.sourceReference) ?? withSource[0];
}

async function openPlace(session: GreenThreadsSession, { name, source, line = 0, column = 1 }: Place): Promise<void> {
  if (source === undefined || line < 1) {
    void vscode.window.setStatusBarMessage(`${name} has no source; the Disassembly view shows it.`, 5000);
    return;
  }
  const uri = vscode.debug.asDebugSourceUri(source, session.debugSession);
  const position = new vscode.Position(line - 1, Math.max(0, column - 1));
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(position, position), preserveFocus: true });
}
