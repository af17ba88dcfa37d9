// OpenAI's own package in a page, with a token of the broker's.
import OpenAI from "openai";

const query = new URLSearchParams(location.search);
const baseURL = `${query.get("broker")}/v1`;
const client = (apiKey) => new OpenAI({ baseURL, apiKey, dangerouslyAllowBrowser: true, maxRetries: 0 });

const session = { type: "realtime", model: "gpt-realtime-2.1" };
const { value } = await client(query.get("token")).realtime.clientSecrets.create({ session });
const refusal = await client("nobody-0123456789abcdef")
  .realtime.clientSecrets.create({ session })
  .catch((error) => `${error instanceof OpenAI.AuthenticationError} ${error.code}`);
document.title = `${value.slice(0, 3)} ${refusal}`;
