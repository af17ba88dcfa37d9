// What an SDP offer asks for, as far as supervision has to know. Pure; one look at each line.
import { Failure } from "../../failures/failure.ts";
import type { SupervisionKind } from "../../profiles/supervision.ts";
import type { VoiceInterface } from "../session.ts";

/** Browsers' offers have some 5 KB. */
export const MAX_OFFER_BYTES = 256 * 1024;

/**
 * Throws `offer-invalid` for an offer that the profile does not take. Two lines of audio are refused to all: a session has one voice,
 * and what a second one carries is seen by no meter. A sealed page has no data channel, over which it could send events; GPT-Live's
 * clients make one always, and OpenAI itself lets nothing pass over it.
 */
export const checkOffer = (offer: string, supervision: SupervisionKind, of: VoiceInterface): void => {
  if (offer.length > MAX_OFFER_BYTES || Buffer.byteLength(offer) > MAX_OFFER_BYTES) {
    throw invalid(`It has more than ${MAX_OFFER_BYTES / 1024} KiB.`);
  }
  const lines = mediaLines(offer);
  const audio = lines.filter(({ kind }) => kind === "audio");
  if (audio.length > 1) throw invalid("It has more than one `m=audio`.");
  if (supervision !== "sealed") return;
  if (!audio[0]?.isActive) throw invalid("It has no active `m=audio`.");
  const channels = lines.filter(({ kind }) => kind === "application").length;
  const known = of === "live" && channels <= 1 ? ["audio", "application"] : ["audio"];
  const other = lines.find(({ kind }) => !known.includes(kind));
  if (other?.kind === "application") throw invalid("It asks for a data channel, and this profile is sealed.");
  if (other) throw invalid("It asks for more than audio, and this profile is sealed.");
};

const invalid = (detail: string): Failure => new Failure("offer-invalid", detail);

interface MediaLine {
  kind: string;
  /** Whether its port is not 0, and it is not declared inactive. */
  isActive: boolean;
}

// More lenient than RFC 8866 in case, blanks and the ends of lines: what another reader may take for a line of media counts as one.
const mediaLines = (offer: string): MediaLine[] => {
  const found: MediaLine[] = [];
  for (const line of offer.split(/[\r\n]/)) {
    const text = line.trimStart().toLowerCase();
    const current = found.at(-1);
    if (text.startsWith("m=")) {
      const [kind = "", port = ""] = text
        .slice(2, 100)
        .trimStart()
        .split(/[\s/]+/, 2);
      found.push({ kind, isActive: port !== "0" });
    } else if (current && text === "a=inactive") current.isActive = false;
  }
  return found;
};
