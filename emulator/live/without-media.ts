// Offers that want a session without media: for tests and load, where a whole WebRTC connection would be in the way.

/** Whether the offer's session name asks for it. */
export const isWithoutMedia = (offer: string): boolean => /^s=emulator-without-media\r?$/m.test(offer);

/** Looks like an answer, and leads nowhere. */
export const withoutMediaAnswer = [
  "v=0",
  "o=- 0 0 IN IP4 127.0.0.1",
  "s=emulator-without-media",
  "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 127.0.0.1",
  "a=rtpmap:111 opus/48000/2",
  "a=inactive",
  "",
].join("\r\n");
