/** The code of memory checks in regions: whether the fast way may be taken for all of a range. */
import { operations } from "../../x86/operations.js";
import { pageBits, pageShift, permissionTable } from "../layout.js";
import { type FunctionWriter, op } from "../wasm-writer.js";

export interface CheckedRange {
  /** Bytes, at most a page: it lies in one page or two. */
  readonly size: number;
  readonly write: boolean;
}

const addressBits = 32n;

/** Goes on behind if all of the range, whose first address is in the local, may be accessed; else does `leave`. */
export function emitRangeCheck(code: FunctionWriter, local: number, range: CheckedRange, leave: () => void): void {
  const operation = (name: keyof typeof operations) => code.opcode(operations[name][0]);
  emitLeavingUnless(code, leave, (refused) => {
    code.get(local);
    code.i64(addressBits);
    operation("i64.shr_u");
    operation("i32.wrap_i64");
    code.branch(refused, op.brIf);
    const pushPermission = (offset: number) => {
      code.get(local);
      operation("i32.wrap_i64");
      if (offset > 0) {
        code.i32(offset);
        operation("i32.add");
      }
      code.i32(pageShift);
      operation("i32.shr_u");
      code.memory(op.i32Load8U, permissionTable);
    };
    pushPermission(0);
    // The first page that 32 bits address has no permission: nothing wraps around.
    if (range.size > 1) {
      pushPermission(range.size - 1);
      operation("i32.and");
    }
    code.i32(bitOf(range));
    operation("i32.and");
  });
}

/** The same for a range at a constant address. */
export function emitConstantCheck(code: FunctionWriter, first: number, range: CheckedRange, leave: () => void): void {
  const operation = (name: keyof typeof operations) => code.opcode(operations[name][0]);
  emitLeavingUnless(code, leave, () => {
    const [page, lastPage] = [first >>> pageShift, (first + range.size - 1) >>> pageShift];
    code.i32(0);
    code.memory(op.i32Load8U, permissionTable + page);
    if (lastPage !== page) {
      code.i32(0);
      code.memory(op.i32Load8U, permissionTable + lastPage);
      operation("i32.and");
    }
    code.i32(bitOf(range));
    operation("i32.and");
  });
}

function bitOf({ write }: CheckedRange): number {
  return write ? pageBits.fastWrite : pageBits.fastRead;
}

/** `push` pushes whether control goes on, or branches to the label that it is given. */
function emitLeavingUnless(code: FunctionWriter, leave: () => void, push: (refused: number) => void): void {
  const allowed = code.open(op.block);
  const refused = code.open(op.block);
  push(refused);
  code.branch(allowed, op.brIf);
  code.end();
  leave();
  code.end();
}
