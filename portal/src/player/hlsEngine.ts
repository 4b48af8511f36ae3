// The door to hls.js: only what is named here comes into the bundle, when the first stream is opened.
export { default as Hls } from "hls.js";
