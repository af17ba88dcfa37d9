// OpenAI's own package in a page, with a token of the broker's. What came out is left where the test finds it.
import OpenAI from "openai";

const query = new URLSearchParams(location.search);
const baseURL = `${query.get("broker")}/v1`;
const client = (apiKey) => new OpenAI({ baseURL, apiKey, dangerouslyAllowBrowser: true, maxRetries: 0 });
const own = client(query.get("token"));

const session = { type: "realtime", model: "gpt-realtime-2.1" };
const model = "gpt-5-mini";
const messages = [{ role: "user", content: "Hello from a page" }];
const refusalOf = (asked, kind) => asked.catch((error) => `${error instanceof kind} ${error.code}`);

const streamed = async () => {
  let text = "";
  for await (const chunk of await own.chat.completions.create({ model, messages, stream: true }))
    text += chunk.choices[0]?.delta.content ?? "";
  return text;
};

const aborted = async () => {
  const stream = await own.chat.completions.create({ model, messages, stream: true });
  for await (const _ of stream) stream.controller.abort();
  return stream.controller.signal.aborted;
};

const uploaded = async () => {
  const file = new File(["from a page"], "page.txt");
  const { id } = await own.files.create({ file, purpose: "user_data" });
  const text = await (await own.files.content(id)).text();
  await own.files.delete(id);
  return text;
};

const chat = await own.chat.completions.create({ model, messages }).withResponse();
window.outcome = {
  minted: (await own.realtime.clientSecrets.create({ session })).value.slice(0, 3),
  said: chat.data.choices[0].message.content,
  requestId: /^req_/.test(chat.request_id),
  streamed: await streamed(),
  aborted: await aborted(),
  responded: (await own.responses.create({ model, input: "Hello from a page" })).output_text,
  embedded: (await own.embeddings.create({ model: "text-embedding-3-small", input: "a" })).data.length,
  uploaded: await uploaded(),
  nobody: await refusalOf(
    client("nobody-0123456789abcdef").chat.completions.create({ model, messages }),
    OpenAI.AuthenticationError,
  ),
  closed: await refusalOf(own.fineTuning.jobs.list(), OpenAI.PermissionDeniedError),
};
