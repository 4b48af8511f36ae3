/** A value with subscribers, in the shape that `useSyncExternalStore` takes. */
export class Store<State> {
  private state: State;
  private readonly listeners = new Set<() => void>();

  constructor(state: State) {
    this.state = state;
  }

  readonly get = (): State => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(state: State): void {
    if (Object.is(state, this.state)) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  patch(change: Partial<State>): void {
    this.set({ ...this.state, ...change });
  }
}
