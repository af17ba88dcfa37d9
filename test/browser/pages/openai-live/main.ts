// A page that uses the openai package's OpenAILiveWebRTC, and tells the test what it sees.
import { OpenAILiveWebRTC } from "openai/live/webrtc";

export interface LiveSeen {
  events: Record<string, unknown>[];
  state: string;
  /** The loudest 50 ms at the audio element. */
  loudest: number;
}

interface LivePage {
  seen: LiveSeen;
  start(): Promise<void>;
  send(event: object): void;
  leave(): void;
}

declare global {
  interface Window {
    live: LivePage;
  }
}

const seen: LiveSeen = { events: [], state: "new", loudest: 0 };
const connection = new OpenAILiveWebRTC();

const start = async (): Promise<void> => {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of microphone.getTracks()) connection.peerConnection.addTrack(track, microphone);
  connection.peerConnection.ontrack = ({ streams: [stream] }) => stream && listenTo(stream);
  connection.onEvent((event) => void seen.events.push({ ...event }));
  connection.onConnectionEvent(() => {
    seen.state = connection.state;
  });
  // As OpenAI's sample does: the page's own server knows the key and the session.
  await connection.connect({
    exchangeSdp: async (sdp, { signal }) => {
      const answer = await fetch("/api/session", { method: "POST", body: JSON.stringify({ sdp }), signal });
      return (await answer.json()).transport.sdp;
    },
  });
};

const listenTo = (stream: MediaStream): void => {
  const audio = document.querySelector("audio");
  if (audio) audio.srcObject = stream;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    seen.loudest = Math.max(seen.loudest, Math.sqrt(power));
  }, 50);
};

window.live = {
  seen,
  start,
  send: (event) => connection.send(event as Parameters<OpenAILiveWebRTC["send"]>[0]),
  leave: () => connection.close(),
};
