// Hands the open microphone to Deep Chat.

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
