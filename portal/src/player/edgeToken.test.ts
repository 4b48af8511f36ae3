import { describe, expect, it, vi } from "vitest";
import { isSameStream, swapToken, TokenKeeper, tokenOf, withoutToken } from "./edgeToken";

const url = (token: string, rest = "hls/abc/master.m3u8") => `http://edge:81/e/${token}/${rest}`;

describe("TokenKeeper", () => {
  it("puts the current token into addresses that carry an older one", async () => {
    const keeper = new TokenKeeper(
      { url: url("k1.new"), expiresAt: 1000 },
      async () => null,
      () => 0,
    );
    expect(await keeper.current(url("k1.old", "hls/abc/v0/00001.m4s"))).toBe(
      url("k1.new", "hls/abc/v0/00001.m4s"),
    );
  });

  it("renews in the background while the old token still works", async () => {
    let now = 0;
    const ask = vi.fn(async () => ({ url: url("b"), expiresAt: 2000 }));
    const keeper = new TokenKeeper({ url: url("a"), expiresAt: 1000 }, ask, () => now);
    now = 800;
    expect(await keeper.current(url("a"))).toBe(url("a"));
    await vi.waitFor(async () => expect(await keeper.current(url("a"))).toBe(url("b")));
    expect(ask).toHaveBeenCalledOnce();
  });

  it("waits for a new token when the old one is dead, and asks once for many", async () => {
    const ask = vi.fn(async () => ({ url: url("b"), expiresAt: 9000 }));
    const keeper = new TokenKeeper({ url: url("a"), expiresAt: 1000 }, ask, () => 1000);
    const answers = await Promise.all([1, 2, 3].map(() => keeper.current(url("a"))));
    expect(answers).toEqual([url("b"), url("b"), url("b")]);
    expect(ask).toHaveBeenCalledOnce();
  });

  it("passes on that no token can be had", async () => {
    const keeper = new TokenKeeper(
      { url: url("a"), expiresAt: 0 },
      () => Promise.reject(new Error("gone")),
      () => 5,
    );
    await expect(keeper.current(url("a"))).rejects.toThrow("gone");
  });
});

describe("edge addresses", () => {
  it("are compared without their token", () => {
    expect(withoutToken(url("a"))).toBe(withoutToken(url("b")));
    expect(withoutToken(url("a"))).not.toBe(withoutToken(url("a", "hls/abc/live.m3u8")));
  });
  it("are left alone where there is no token", () => {
    expect(swapToken("http://x/y", "t")).toBe("http://x/y");
    expect(tokenOf("http://x/y")).toBeNull();
  });
});

describe("isSameStream", () => {
  const at = (token: string, path: string): string => `https://edge.example/e/${token}/hls/abc/${path}`;

  it("sees the finished stream in the growing one, whatever the token", () => {
    expect(isSameStream(at("k1.1", "live.m3u8"), at("k1.2", "master.m3u8"))).toBe(true);
  });

  it("tells another medium or another kind apart", () => {
    expect(isSameStream(at("k1.1", "master.m3u8"), "https://edge.example/e/k1.1/hls/def/master.m3u8")).toBe(
      false,
    );
    expect(isSameStream(at("k1.1", "master.m3u8"), "https://edge.example/e/k1.1/mp4/abc/proxy.mp4")).toBe(
      false,
    );
  });
});
