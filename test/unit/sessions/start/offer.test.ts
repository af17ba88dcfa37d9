// Which SDP offers a supervised profile takes.
import { expect, it } from "vitest";
import type { Failure } from "../../../../server/failures/failure.ts";
import { checkOffer, MAX_OFFER_BYTES } from "../../../../server/sessions/start/offer.ts";

const head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"];
const audio = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 0.0.0.0",
  "a=sendrecv",
  "a=rtpmap:111 opus/48000/2",
];
const data = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"];
const sdp = (...parts: (readonly string[] | string)[]) => [...head, ...parts.flat(), ""].join("\r\n");

const detailOf = (
  offer: string,
  supervision: "enforce" | "sealed" | "watch",
  of: "live" | "realtime" = "realtime",
) => {
  try {
    checkOffer(offer, supervision, of);
  } catch (error) {
    expect(error).toMatchObject({ code: "offer-invalid", status: 422 });
    return (error as Failure).message;
  }
  return undefined;
};

it("takes a browser's offer with sound and a data channel", () => {
  expect(detailOf(sdp(audio, data), "watch")).toBeUndefined();
  expect(detailOf(sdp(audio, data), "enforce")).toBeUndefined();
});

it("takes sound alone where the profile is sealed", () => {
  expect(detailOf(sdp(audio), "sealed")).toBeUndefined();
});

it.each([
  ["a data channel", sdp(audio, data), "data channel"],
  ["a data channel that is not active", sdp(audio, "m=application 0 UDP/DTLS/SCTP x"), "data channel"],
  ["a data channel in other letters", sdp(audio, " M=Application 9 UDP/DTLS/SCTP x"), "data channel"],
  ["a data channel behind a bare CR", `${sdp(audio)}m=application 9 x\r`, "data channel"],
  ["a picture", sdp(audio, "m=video 9 UDP/TLS/RTP/SAVPF 96"), "more than audio"],
  ["no sound", sdp(), "no active"],
  ["sound that is off", sdp("m=audio 0 UDP/TLS/RTP/SAVPF 111"), "no active"],
  ["sound that is inactive", sdp("m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=inactive"), "no active"],
])("refuses %s where the profile is sealed", (_, offer, reason) => {
  expect(detailOf(offer, "sealed")).toContain(reason);
});

it("takes the one data channel that GPT-Live's clients make, as OpenAI lets nothing pass over it", () => {
  expect(detailOf(sdp(audio, data), "sealed", "live")).toBeUndefined();
  expect(detailOf(sdp(audio, data, data), "sealed", "live")).toContain("data channel");
  expect(detailOf(sdp(audio, "m=video 9 x"), "sealed", "live")).toContain("more than audio");
});

it.each(["watch", "enforce", "sealed"] as const)("refuses two lines of sound under %s", (supervision) => {
  expect(detailOf(sdp(audio, audio), supervision)).toContain("more than one");
  expect(detailOf(sdp(audio, "m=audio/x 9 x"), supervision)).toContain("more than one");
});

it("refuses more than 256 KiB unread, in bytes and not in letters", () => {
  const long = sdp(audio, `a=${"x".repeat(MAX_OFFER_BYTES)}`);
  expect(detailOf(long, "watch")).toContain("256 KiB");
  expect(detailOf(sdp(audio, `a=${"ü".repeat(MAX_OFFER_BYTES / 2)}`), "watch")).toContain("256 KiB");
  expect(detailOf(sdp(audio, `a=${"x".repeat(MAX_OFFER_BYTES - 300)}`), "watch")).toBeUndefined();
});

it("reads the largest offer of line ends in no time", () => {
  const started = performance.now();
  expect(detailOf(`v=0${"\nm=".repeat(80_000)}`, "sealed")).toContain("no active");
  expect(detailOf(`v=0${" ".repeat(200_000)}m=audio`, "sealed")).toContain("no active");
  expect(performance.now() - started).toBeLessThan(1000);
});
