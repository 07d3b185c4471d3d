/** The places a person has been, with a way back and forth. */
export interface SavedHistory<Place> {
  readonly back: readonly Place[];
  readonly forward: readonly Place[];
}

const maximumPlaces = 50;

export class History<Place> {
  private backward: Place[];
  private onward: Place[];

  constructor(saved?: SavedHistory<Place>) {
    this.backward = [...(saved?.back ?? [])];
    this.onward = [...(saved?.forward ?? [])];
  }

  get canGoBack(): boolean {
    return this.backward.length > 0;
  }

  get canGoForward(): boolean {
    return this.onward.length > 0;
  }

  /** Leaves `place` for another: the way forward from there is gone. */
  leave(place: Place): void {
    this.backward = [...this.backward, place].slice(-maximumPlaces);
    this.onward = [];
  }

  /** The place before; `current` will be the way forward. */
  back(current: Place): Place | undefined {
    const place = this.backward.pop();
    if (place !== undefined) this.onward.push(current);
    return place;
  }

  /** The place that one went back from. */
  forward(current: Place): Place | undefined {
    const place = this.onward.pop();
    if (place !== undefined) this.backward.push(current);
    return place;
  }

  save(): SavedHistory<Place> {
    return { back: this.backward, forward: this.onward };
  }
}
