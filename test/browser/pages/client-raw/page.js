// Voice without any framework: the whole of it.
import { brokerClient } from "/client.js";

const url = "https://broker.example.com";
const key = await brokerClient({ url }).fetchEphemeralKey();

const peer = new RTCPeerConnection();
const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
peer.addTrack(microphone.getAudioTracks()[0], microphone);
peer.ontrack = ({ streams }) => Object.assign(document.querySelector("audio"), { srcObject: streams[0] });
const events = peer.createDataChannel("oai-events");
events.onmessage = ({ data }) =>
  document.dispatchEvent(new CustomEvent("realtime", { detail: JSON.parse(data) }));

await peer.setLocalDescription();
const headers = { authorization: `Bearer ${key.value}`, "content-type": "application/sdp" };
const offer = { method: "POST", headers, body: peer.localDescription.sdp };
const answer = await fetch(key.connect.webrtc, offer);
await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
