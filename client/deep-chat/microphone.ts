// Opens the microphone for one session, before a key is minted for it, and hands it to Deep Chat.

const reasons: Record<string, string> = {
  NotAllowedError: "This page may not use the microphone. Allow it in the browser, then start again.",
  NotFoundError: "No microphone was found.",
};

/** Opens the microphone until the signal aborts. Rejects with an error that can be shown. */
export const openMicrophone = async (
  audio: boolean | MediaTrackConstraints,
  signal: AbortSignal,
): Promise<MediaStream> => {
  // Absent on pages without TLS, except on localhost.
  if (!navigator.mediaDevices)
    throw new Error("Browsers give the microphone to https pages and localhost only.");
  const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((cause) => {
    throw new Error(reasons[cause?.name] ?? `The microphone did not open: ${cause?.message ?? cause}`, {
      cause,
    });
  });
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) close();
  signal.addEventListener("abort", close);
  return stream;
};

/** Runs the synchronous start of Deep Chat's method, which calls `getUserMedia`: that returns this microphone. */
export const lendMicrophone = <T>(stream: MediaStream, run: () => T): T => {
  const devices = navigator.mediaDevices;
  const own = Object.hasOwn(devices, "getUserMedia") && devices.getUserMedia;
  devices.getUserMedia = () => Promise.resolve(stream);
  try {
    return run();
  } finally {
    if (own) devices.getUserMedia = own;
    else Reflect.deleteProperty(devices, "getUserMedia");
  }
};
