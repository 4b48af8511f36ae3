import type { Plugin } from "vite";

/**
 * Parts of hls.js that our streams never need: DRM, captions, timed metadata, analytics, steering, ads and I-frame
 * playlists. Separate audio stays, which is what its own "light" build lacks.
 */
const CONTROLLERS = [
  "emeController",
  "cmcdController",
  "contentSteeringController",
  "id3TrackController",
  "iframeController",
  "interstitialsController",
  "subtitleStreamController",
  "subtitleTrackController",
  "timelineController",
] as const;

/** Every stream is fragmented MP4, so nothing ever has to be repackaged in the browser. */
const DEMUXERS = ["TSDemuxer", "AACDemuxer", "MP3Demuxer"] as const;

const CUTS: readonly (readonly [name: string, place: RegExp, instead: string])[] = [
  ...CONTROLLERS.map(
    (name) => [name, new RegExp(`^( {2}${name}: )[A-Z]\\w+ ?(,?)$`, "m"), "$1undefined$2"] as const,
  ),
  ...DEMUXERS.map(
    (name) => [name, new RegExp(`, \\{\\s*demux: ${name},\\s*remux: MP4Remuxer\\s*\\}`), ""] as const,
  ),
  [
    "the I-frame probe",
    /chunkMeta\.iframe && initSegmentData && TSDemuxer\.probe\([^)]*\) \? initSegmentData : uintData/,
    "uintData",
  ],
  // An assignment to a class keeps the class.
  ["EMEController", /^EMEController\.CDMCleanupPromise = void 0;$/m, ""],
  ["AC3Demuxer", /muxConfig\.splice\(2, 0, \{\s*demux: AC3Demuxer,\s*remux: MP4Remuxer\s*\}\);/, ""],
];

/**
 * Leaves unused parts out of hls.js by emptying their places in its tables, as the library's own light build does; the
 * bundler then drops their code. A release that has other tables fails the build.
 */
export function leanHls(): Plugin {
  return {
    name: "lean-hls",
    apply: "build",
    transform(code, id) {
      if (!id.endsWith("/hls.js/dist/hls.mjs")) return null;
      const lean = CUTS.reduce((text, [name, place, instead]) => {
        if (!place.test(text)) this.error(`hls.js no longer has ${name} where it was`);
        return text.replace(place, instead);
      }, code);
      return { code: lean, map: null };
    },
  };
}
