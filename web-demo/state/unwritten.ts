// Finds what the user said and nothing writes down, because the profile has no input transcription.

/** Makes a reader of OpenAI's events. It returns the id of a spoken item whose words will not come. */
export const unwrittenReader = (): ((event: object) => string | undefined) => {
  let transcribes = true;
  return (given) => {
    const event = given as {
      type?: string;
      item_id?: string;
      session?: { audio?: { input?: { transcription?: unknown } } };
    };
    if (event.type === "session.created" || event.type === "session.updated")
      transcribes = Boolean(event.session?.audio?.input?.transcription);
    return event.type === "input_audio_buffer.committed" && !transcribes ? event.item_id : undefined;
  };
};
