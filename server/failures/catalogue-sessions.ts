// Refusals of supervised voice sessions.
import { forUsers, type Kind } from "./kind.ts";

export const sessionKinds = {
  "session-unknown": {
    status: 404,
    title: "There is no such session",
    advice: "It may be another caller's, or have ended too long ago.",
    userMessage: forUsers.pageFault,
  },
  "sessions-shared": {
    status: 403,
    title: "Guests are not told apart by their address",
    advice:
      "Ask `/sessions/current` with the grant that came with the ticket, as a bearer token; or call with credentials.",
    userMessage: forUsers.signIn,
  },
  "sessions-query-invalid": {
    status: 422,
    title: "The question about sessions is not valid",
    advice: "Each entry of `errors` points at a part of the query and says what is wrong with it.",
    userMessage: forUsers.pageFault,
  },
  "session-over": {
    status: 409,
    title: "The session has ended",
    advice: "Get a new ticket from /ephemeral-key and connect anew.",
    userMessage: "This conversation has ended. You can start a new one.",
  },
  "offer-invalid": {
    status: 422,
    title: "The SDP offer is not what this profile takes",
    advice:
      "A sealed profile takes an offer with one active `m=audio` and no data channel, of 256 KiB at most. Others take what OpenAI takes: one that a browser made.",
    userMessage: forUsers.pageFault,
  },
  "sessions-exceeded": {
    status: 429,
    title: "No more sessions now",
    advice:
      "As many sessions are open as may be at the same time, or their minutes of the day or month are used up; the detail says which. End one, or wait.",
    userMessage: "You are in a conversation already, or have used up your time. Please try again later.",
  },
} satisfies Record<string, Kind>;
