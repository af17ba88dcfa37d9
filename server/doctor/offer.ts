// The least SDP offer that a WebRTC server answers: audio both ways and a data channel for events. No peer stands behind it.

/** `hex` is 64 hexadecimal digits of chance, for the fingerprint and the names that ICE wants. */
export const offerOf = (hex: string): string => {
  const fingerprint = (hex.match(/../g) ?? []).join(":").toUpperCase();
  const connection = [
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${hex.slice(0, 8)}`,
    `a=ice-pwd:${hex.slice(8, 40)}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${fingerprint}`,
    "a=setup:actpass",
  ];
  const lines = [
    "v=0",
    `o=- ${Number.parseInt(hex.slice(0, 8), 16)} 2 IN IP4 127.0.0.1`,
    ...["s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=msid-semantic: WMS"],
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    ...connection,
    ...["a=mid:0", "a=sendrecv", "a=msid:- audio", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"],
    ...["a=fmtp:111 minptime=10;useinbandfec=1", "a=ssrc:1001 cname:doctor", "a=ssrc:1001 msid:- audio"],
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ...connection,
    ...["a=mid:1", "a=sctp-port:5000", "a=max-message-size:262144"],
  ];
  return `${lines.join("\r\n")}\r\n`;
};
