/** `.if` and its family: which lines count. */
import type { SourceSpan } from "../base/source.js";

interface Branch {
  readonly span: SourceSpan;
  isActive: boolean;
  /** One of the branches has been active. */
  isTaken: boolean;
  hasElse: boolean;
  readonly isOuterActive: boolean;
}

const opening = /^\.if/;
const names = /^\.(if\w*|else|elseif|endif)$/;
const lineConcerned = /\.(if|else|endif)/i;

export class Conditionals {
  private readonly stack: Branch[] = [];

  /** Whether a line that is not active could change that. */
  static concerns(line: string): boolean {
    return lineConcerned.test(line);
  }

  static isDirective(name: string): boolean {
    return names.test(name);
  }

  static isOpening(name: string): boolean {
    return opening.test(name);
  }

  get isActive(): boolean {
    return this.stack.at(-1)?.isActive ?? true;
  }

  /** Where the innermost conditional that is still open began. */
  get open(): SourceSpan | undefined {
    return this.stack.at(-1)?.span;
  }

  get depth(): number {
    return this.stack.length;
  }

  /** Opens a conditional; `test` is asked only where lines count. */
  begin(span: SourceSpan, test: () => boolean): void {
    const isOuterActive = this.isActive;
    const isActive = isOuterActive && test();
    this.stack.push({ span, isActive, isTaken: isActive, hasElse: false, isOuterActive });
  }

  /** `.else` (without a test) or `.elseif`; false when there is nothing to continue. */
  alternative(test: (() => boolean) | undefined): boolean {
    const branch = this.stack.at(-1);
    if (branch === undefined || branch.hasElse) return false;
    if (test === undefined) branch.hasElse = true;
    branch.isActive = branch.isOuterActive && !branch.isTaken && (test === undefined || test());
    if (branch.isActive) branch.isTaken = true;
    return true;
  }

  end(): boolean {
    return this.stack.pop() !== undefined;
  }

  /** Leaves what a macro opened and did not close (`.exitm`). */
  unwindTo(depth: number): void {
    while (this.stack.length > depth) this.stack.pop();
  }
}
