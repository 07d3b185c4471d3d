/**
 * The bottom of a stack: what the C library and Rust's standard library put below the function that a program or a
 * thread begins with. Nobody who debugs a program wrote it.
 */
import type { StackFrame } from "../threads/types.js";

/** Of the C libraries of GNU and musl: before `main`, before a thread's function, before one of makecontext(3). */
const cFunctions: ReadonlySet<string> = new Set([
  "_start",
  "_start_c",
  "libc_start_main_stage2",
  "generic_start_main",
  "start_thread",
  "start_c11",
  "clone",
  "__clone",
  "clone3",
  "__clone3",
  "__start_context",
]);
const libcStart = /^__libc_start_(main|call_main)/;
const clone = /^_{0,2}clone3?$/;
/** Where the sources of C libraries lie, when somebody has built them with debug information; and those of our own. */
const cSource = /^green-threads:|(^|\/)(csu|sysdeps|nptl|crt|src\/(env|thread))\//;
/** Below it, Rust's own backtraces end. */
const rustEnd = /::__rust_begin_short_backtrace(<|$|::h)/;
/** What calls a function through a trait, in the standard library. */
const rustCall = /^core::ops::function::FnOnce::call_once(<|$|::h)/;

/** The frame begins the bottom of a stack, all of whose outer frames belong to it, too. `caller` is the next outer one. */
export function beginsBottom(frame: StackFrame, caller: StackFrame | undefined): boolean {
  const { functionName: name } = frame;
  if (name === undefined) return false;
  if (rustEnd.test(name)) return true;
  // A program's own function may be called the same.
  if (frame.position !== undefined && !cSource.test(frame.position.path)) return false;
  if (cFunctions.has(name) || libcStart.test(name)) return true;
  return name === "start" && caller?.functionName !== undefined && clone.test(caller.functionName);
}

/** The frame belongs to the bottom where the next outer one begins it. */
export function leadsToBottom(frame: StackFrame, caller: StackFrame | undefined): boolean {
  const [name, outer] = [frame.functionName, caller?.functionName];
  return name !== undefined && outer !== undefined && rustCall.test(name) && rustEnd.test(outer);
}
