import { isRecord } from "./errors";

/** One event of a live feed. `seq` is null for what is not kept (job progress, presence). */
export interface LiveEvent {
  type: string;
  seq: number | null;
  data: Record<string, unknown>;
}

export type LiveStatus = "connecting" | "open" | "waiting" | "closed";

export interface LiveHandlers {
  onEvent: (event: LiveEvent) => void;
  /** The feed cannot say what was missed: fetch anew. */
  onReset: () => void;
  onStatus?: (status: LiveStatus) => void;
}

/** Close codes after which trying again makes no sense: not logged in, not visible. */
const FINAL_CODES = new Set([4401, 4404]);
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;

/** Milliseconds before the given attempt: doubling, capped, and spread so that a restart is not a stampede. */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random();
}

/** Reads one message of the feed; null when it is none. */
export function parseEvent(text: string): LiveEvent | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(message) || typeof message.type !== "string") return null;
  return {
    type: message.type,
    seq: typeof message.seq === "number" ? message.seq : null,
    data: isRecord(message.data) ? message.data : {},
  };
}

/**
 * A live feed that survives the network: it reconnects with jitter and asks for what followed the last event it saw.
 *
 * Events may be repeated after a reconnect; those at or below the last number are dropped here.
 */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private seq: number | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private readonly path: string;
  private readonly handlers: LiveHandlers;
  private readonly Socket: typeof WebSocket;

  constructor(path: string, handlers: LiveHandlers, Socket: typeof WebSocket = WebSocket) {
    this.path = path;
    this.handlers = handlers;
    this.Socket = Socket;
    addEventListener("online", this.hurry);
    this.connect();
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.hurry);
    this.socket?.close();
    this.socket = null;
  }

  /** Connects now, unless it is connected or wanted no more. */
  readonly hurry = (): void => {
    if (this.socket !== null || this.ended) return;
    clearTimeout(this.timer);
    this.connect();
  };

  private connect(): void {
    this.handlers.onStatus?.("connecting");
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (this.seq !== null) url.searchParams.set("since", String(this.seq));
    const reconnecting = this.attempt > 0;
    const socket = new this.Socket(url);
    this.socket = socket;
    socket.onopen = () => {
      this.attempt = 0;
      this.handlers.onStatus?.("open");
      // Without a number to ask from, whatever happened in the gap is unknown.
      if (reconnecting && this.seq === null) this.handlers.onReset();
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (typeof message.data === "string") this.receive(message.data);
    };
    socket.onclose = (event: CloseEvent) => {
      if (this.socket === socket) this.lost(event.code);
    };
  }

  private receive(text: string): void {
    const event = parseEvent(text);
    if (event === null) return;
    if (event.type === "reset") {
      this.seq = event.seq;
      this.handlers.onReset();
      return;
    }
    if (event.seq !== null) {
      if (this.seq !== null && event.seq <= this.seq) return;
      this.seq = event.seq;
    }
    this.handlers.onEvent(event);
  }

  private lost(code: number): void {
    this.socket = null;
    if (this.ended) return;
    if (FINAL_CODES.has(code)) {
      this.handlers.onStatus?.("closed");
      return;
    }
    this.handlers.onStatus?.("waiting");
    this.timer = setTimeout(() => this.connect(), reconnectDelay(this.attempt));
    this.attempt += 1;
  }
}
