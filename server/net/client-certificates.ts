// Client certificates: what this service presents to servers that ask for one (mutual TLS).
import { z } from "zod";

/** One entry of `client_certificates`. Paths are relative to broker.yaml. */
export const clientCertificateSchema = z.strictObject({
  origin: z
    .string()
    .refine((text) => URL.canParse(text) && new URL(text).origin === text && text.startsWith("https://"), {
      error: "must be an origin such as https://mtls.api.openai.com, without a path",
    })
    .describe("The server, such as `https://mtls.api.openai.com`. No other is shown the certificate."),
  certificate_file: z
    .string()
    .min(1)
    .describe("The certificate in PEM, then those of authorities between it and a known one."),
  key_file: z.string().min(1).describe("Its private key in PEM, without a passphrase."),
});
