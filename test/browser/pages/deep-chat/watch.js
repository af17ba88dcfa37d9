// Looks over Deep Chat's shoulder: connections, microphones, sound, and what the page's policy had to stop.
window.log = [];
window.note = (kind, value, from) => window.log.push({ kind, value, from });

document.addEventListener("securitypolicyviolation", (event) => note("violation", event.blockedURI));

window.pageFetch = window.fetch;
window.pagePeer = window.RTCPeerConnection;
window.pageGetUserMedia = navigator.mediaDevices.getUserMedia;

window.sounds = [];
const createElement = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = createElement(name, options);
  if (name === "audio") window.sounds.push(element);
  return element;
};

// Resolves when the last <audio> of the page has been heard to play something.
window.heardSound = async () => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(window.sounds.at(-1).srcObject).connect(analyser);
  return new Promise((resolve) => {
    const listen = () => {
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
      if (loudness > 0.01) resolve(loudness);
      else requestAnimationFrame(listen);
    };
    listen();
  });
};
