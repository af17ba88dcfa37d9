// Debian's Firefox with a microphone of its own that hums, driven over WebDriver BiDi.
// playwright-core stays at 1.64 while 1.65 sends a command that Firefox 153 lacks (emulation.setMediaFeaturesOverride).
import { existsSync } from "node:fs";
import { type Browser, firefox, type Page } from "playwright-core";

/** Where Debian's package puts it. */
export const firefoxPath = "/usr/bin/firefox-esr";

const firefoxUserPrefs = {
  // A microphone that hums, allowed without asking.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  // Firefox leaves the loopback interface out of its calls, and a machine without a network has no other.
  "media.peerconnection.ice.loopback": true,
  // Without it the page offers a name of mDNS, which nothing resolves here.
  "media.peerconnection.ice.obfuscate_host_addresses": false,
};

/** Starts it. Share one between tests: a start takes seconds. */
export const launchFirefox = async (): Promise<Browser> => {
  if (!existsSync(firefoxPath))
    throw new Error("Firefox is missing. As root: apt-get update && apt-get install -y firefox-esr");
  return firefox.launch({ channel: "moz-firefox", executablePath: firefoxPath, firefoxUserPrefs });
};

declare global {
  interface Window {
    /** Every connection that the page opened, after `keepPeers`. */
    peers: RTCPeerConnection[];
  }
}

/** An init script: keeps the page's connections for `heardSound`. */
export const keepPeers = (): void => {
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.peers.push(this);
    }
  };
};

/** Waits until the page received sound. Without a loudspeaker Firefox runs no AudioContext, so its own count is read. */
export const heardSound = async (page: Page): Promise<void> => {
  await page.waitForFunction(async () => {
    const reports = (await Promise.all(window.peers.map((peer) => peer.getStats()))).flatMap((each) => [
      ...each.values(),
    ]);
    return reports.some(({ type, totalAudioEnergy }) => type === "inbound-rtp" && totalAudioEnergy > 0);
  });
};
