/** What is worked out from objects that never change, and a number: once for each, as long as somebody has the object. */
export class Derived<From extends object, To> {
  private readonly known = new WeakMap<From, Map<number, To>>();

  of(from: From, variant: number, make: () => To): To {
    let made = this.known.get(from);
    if (made === undefined) {
      made = new Map();
      this.known.set(from, made);
    }
    let found = made.get(variant);
    if (found === undefined) {
      found = make();
      made.set(variant, found);
    }
    return found;
  }
}
