// A conversation by voice and in writing.
import { useState } from "react";
import { useVoice } from "realtime-key-broker/react";

export const Conversation = ({ url }: { url: string }) => {
  const token = () => sessionStorage.getItem("token") ?? undefined;
  const voice = useVoice({ url, token });
  const [text, setText] = useState("");
  const isOpen = ["connecting", "live", "reconnecting"].includes(voice.status);

  return (
    <>
      <button type="button" onClick={isOpen ? voice.stop : voice.start}>
        {isOpen ? "Stop" : "Talk"}
      </button>
      <button type="button" disabled={voice.status !== "live"} onClick={() => voice.mute(!voice.muted)}>
        {voice.muted ? "Unmute" : "Mute"}
      </button>
      <p role="status">{voice.status}</p>
      {voice.error && <p role="alert">{voice.error.userMessage}</p>}
      <ol>
        {voice.transcript.map(({ id, role, text: said }) => (
          <li key={id}>
            {role}: {said}
          </li>
        ))}
      </ol>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          voice.send(text);
          setText("");
        }}
      >
        <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit" disabled={voice.status !== "live"}>
          Send
        </button>
      </form>
    </>
  );
};
