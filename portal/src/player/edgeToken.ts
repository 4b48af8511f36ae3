/** A signed address of the edge and when it stops to work, in milliseconds since 1970. */
export interface EdgeAddress {
  readonly url: string;
  readonly expiresAt: number;
}

/** There will be no further address: whoever watches may no longer see it. Asking again is of no use. */
export class AddressGone extends Error {
  override readonly name = "AddressGone";
}

const TOKEN = /\/e\/([^/]+)\//;

/** The token inside an edge address. */
export function tokenOf(url: string): string | null {
  return TOKEN.exec(url)?.[1] ?? null;
}

/** The same address under another token; addresses of other places are left alone. */
export function swapToken(url: string, token: string): string {
  return url.replace(TOKEN, () => `/e/${token}/`);
}

/** An address without its token: what it points at. */
export function withoutToken(url: string): string {
  return swapToken(url, "");
}

/** Part of a token's life that must be left; below it a new one is fetched in the background. */
const MARGIN = 0.3;

/**
 * Holds the token of one stream and renews it before it expires.
 *
 * Playlists of finished streams are loaded once, and their relative segment addresses carry the token of that moment;
 * so every request is given the current token just before it leaves.
 */
export class TokenKeeper {
  private address: EdgeAddress;
  private lifetime: number;
  private renewal: Promise<void> | null = null;
  private readonly ask: () => Promise<EdgeAddress | null>;
  private readonly now: () => number;

  constructor(address: EdgeAddress, ask: () => Promise<EdgeAddress | null>, now: () => number = Date.now) {
    this.address = address;
    this.ask = ask;
    this.now = now;
    this.lifetime = address.expiresAt - now();
  }

  /** The address to use now for what `url` points at; waits only when the token is already dead. */
  async current(url: string): Promise<string> {
    const left = this.address.expiresAt - this.now();
    if (left <= 0) await this.renew();
    else if (left < this.lifetime * MARGIN) void this.renew().catch(() => undefined);
    const token = tokenOf(this.address.url);
    return token === null ? url : swapToken(url, token);
  }

  /** Takes an address that came by another way. */
  take(address: EdgeAddress): void {
    this.address = address;
    this.lifetime = address.expiresAt - this.now();
  }

  /** Asks for a new token; any number of callers share one question. */
  renew(): Promise<void> {
    this.renewal ??= this.ask()
      .then((address) => {
        if (address !== null) this.take(address);
      })
      .finally(() => {
        this.renewal = null;
      });
    return this.renewal;
  }
}

/**
 * Whether two addresses are of one stream. The growing playlist lists the renditions and segments of the finished one
 * and ends as it does, so that who plays the first need not change to the second.
 */
export function isSameStream(one: string, other: string): boolean {
  const finished = (url: string): string => withoutToken(url).replace(/\/live\.m3u8$/, "/master.m3u8");
  return finished(one) === finished(other);
}
