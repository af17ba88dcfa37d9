// SDP as browsers and OpenAI write it, in its usual length.

const codecs = [111, 63, 9, 0, 8, 13, 110, 126];
const candidates = Array.from(
  { length: 20 },
  (_, index) =>
    `a=candidate:${3_216_547_890 + index} 1 udp ${2_122_260_223 - index} 192.0.2.${index} 5${index}100 typ host generation 0 network-id ${index}`,
);

const sdp = (setup: string): string =>
  [
    ...["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"],
    ...[`m=audio 9 UDP/TLS/RTP/SAVPF ${codecs.join(" ")}`, "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"],
    ...[...candidates, "a=ice-ufrag:Fq2y", "a=ice-pwd:s7C1bq8bC1bq8bs7C1bq8b00", "a=mid:0", "a=sendrecv"],
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
    ...[`a=setup:${setup}`, "a=rtcp-mux", ...codecs.map((codec) => `a=rtpmap:${codec} opus/48000/2`)],
    ...[
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "c=IN IP4 0.0.0.0",
      "a=mid:1",
      "a=sctp-port:5000",
    ],
    "",
  ].join("\r\n");

export const offerSdp = sdp("actpass");
export const answerSdp = sdp("active");
