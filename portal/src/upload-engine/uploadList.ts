import type { UploadItem } from "./types";

/** The uploads in the order they were added, with subscribers. */
export class UploadList {
  private items: readonly UploadItem[] = [];
  private readonly listeners = new Set<() => void>();

  readonly get = (): readonly UploadItem[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  item(id: string): UploadItem | undefined {
    return this.items.find((item) => item.id === id);
  }

  find(matches: (item: UploadItem) => boolean): UploadItem | undefined {
    return this.items.find(matches);
  }

  add(item: UploadItem): void {
    this.set([...this.items, item]);
  }

  patch(id: string, change: Partial<UploadItem>): void {
    this.set(this.items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  remove(id: string): void {
    this.set(this.items.filter((item) => item.id !== id));
  }

  private set(items: readonly UploadItem[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }
}
