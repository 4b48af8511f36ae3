import type Hls from "hls.js";
import type { ErrorData, HlsConfig } from "hls.js";
import { AddressGone, type TokenKeeper } from "./edgeToken";
import { loadEngine } from "./engine";

export interface Level {
  readonly index: number;
  readonly height: number;
  readonly bitrate: number;
}

/** Why a stream stopped: its link was revoked, the browser cannot play it, or it could not be fetched. */
export type StreamFailure = "revoked" | "unsupported" | "network" | "media";

export interface StreamHandlers {
  onLevels: (levels: readonly Level[]) => void;
  onLevel: (index: number) => void;
  onFailure: (failure: StreamFailure, detail: string) => void;
}

export interface Stream {
  /** -1 lets the stream choose. */
  setLevel: (index: number) => void;
  destroy: () => void;
}

interface StreamOptions extends StreamHandlers {
  url: string;
  keeper: TokenKeeper;
  /** Seconds at which loading starts. */
  startAt: number;
}

const RETRIES = 4;
const RETRY_AFTER_MS = 1500;
const FRESH_TOKEN_EVERY_MS = 5000;

/** Plays an HLS stream of the edge in a media element: by hls.js, or by the browser itself where there is no MSE. */
export async function openStream(video: HTMLVideoElement, options: StreamOptions): Promise<Stream> {
  const { Hls: HlsClass } = await loadEngine();
  if (HlsClass.isSupported()) return openWithHls(HlsClass, video, options);
  if (video.canPlayType("application/vnd.apple.mpegurl") !== "") return openNatively(video, options);
  options.onFailure("unsupported", "");
  return { setLevel: () => undefined, destroy: () => undefined };
}

/** Why no address can be had: it was taken away for good, or whoever gives them cannot be reached. */
function failureOf(error: unknown): StreamFailure {
  return error instanceof AddressGone ? "revoked" : "network";
}

function configFor(startAt: number, addressOf: (url: string) => Promise<string>): Partial<HlsConfig> {
  return {
    // A growing playlist would otherwise start at its live edge.
    startPosition: startAt,
    maxBufferLength: 30,
    backBufferLength: 60,
    lowLatencyMode: false,
    abrEwmaDefaultEstimate: 6_000_000,
    xhrSetup: async (xhr, url) => {
      xhr.open("GET", await addressOf(url), true);
    },
  };
}

function openWithHls(HlsClass: typeof Hls, video: HTMLVideoElement, options: StreamOptions): Stream {
  const addressOf = async (url: string): Promise<string> => {
    try {
      return await options.keeper.current(url);
    } catch (error) {
      // To hls.js this is one more request without an answer, which it repeats for minutes.
      if (error instanceof AddressGone) end();
      throw error;
    }
  };
  const hls = new HlsClass(configFor(options.startAt, addressOf));
  const end = (): void => {
    hls.stopLoad();
    options.onFailure("revoked", "");
  };
  const { Events } = HlsClass;
  hls.on(Events.MANIFEST_PARSED, (_event, { levels }) => {
    options.onLevels(levels.map(({ height, bitrate }, index) => ({ index, height, bitrate })));
  });
  hls.on(Events.LEVEL_SWITCHED, (_event, { level }) => options.onLevel(level));
  const mend = mender(hls, options);
  hls.on(Events.ERROR, (_event, error) => mend(error));
  hls.loadSource(options.url);
  hls.attachMedia(video);
  return {
    setLevel: (index) => {
      hls.nextLevel = index;
    },
    destroy: () => hls.destroy(),
  };
}

/** Decides what to do about an error of hls.js: a new token, another try, or the end. */
function mender(hls: Hls, { keeper, onFailure }: StreamOptions): (error: ErrorData) => void {
  let retries = 0;
  let renewedAt = 0;
  let recovered = false;

  const renew = async (): Promise<void> => {
    renewedAt = Date.now();
    try {
      await keeper.renew();
      hls.startLoad();
    } catch (error) {
      onFailure(failureOf(error), "401");
    }
  };
  const again = (detail: string): void => {
    retries += 1;
    if (retries > RETRIES) onFailure("network", detail);
    else setTimeout(() => hls.startLoad(), RETRY_AFTER_MS * retries);
  };

  return (error) => {
    const status = error.response?.code;
    if (status === 410) {
      hls.stopLoad();
      onFailure("revoked", "410");
    } else if (status === 401 && Date.now() - renewedAt > FRESH_TOKEN_EVERY_MS) {
      void renew();
    } else if (error.fatal && error.type === "networkError") {
      again(status ? `${error.details} ${status}` : error.details);
    } else if (error.fatal && error.type === "mediaError" && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else if (error.fatal) {
      onFailure("media", error.details);
    }
  };
}

function openNatively(video: HTMLVideoElement, { url, startAt, onFailure }: StreamOptions): Stream {
  const onStart = (): void => {
    video.currentTime = startAt;
  };
  const onError = (): void => onFailure("media", video.error?.message ?? "");
  video.addEventListener("loadedmetadata", onStart, { once: true });
  video.addEventListener("error", onError);
  video.src = url;
  return {
    setLevel: () => undefined,
    destroy: () => {
      video.removeEventListener("loadedmetadata", onStart);
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}

/** Plays one file of the edge, for clips too short for HLS. The address is renewed when it expires. */
export function openFile(video: HTMLVideoElement, options: StreamOptions): Stream {
  let tries = 0;
  const fail = (error: unknown): void => options.onFailure(failureOf(error), "401");
  const load = async (at: number): Promise<void> => {
    video.src = await options.keeper.current(options.url);
    video.currentTime = at;
  };
  const onError = (): void => {
    tries += 1;
    if (tries > 2) options.onFailure("media", video.error?.message ?? "");
    else
      void options.keeper
        .renew()
        .then(() => load(video.currentTime))
        .catch(fail);
  };
  video.addEventListener("error", onError);
  void load(options.startAt).catch(fail);
  return {
    setLevel: () => undefined,
    destroy: () => {
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}
