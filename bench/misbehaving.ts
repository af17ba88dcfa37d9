// A fake OpenAI, a process of its own, that misbehaves where a request asks for it.
import { startMisbehavingOpenAi } from "../test/support/misbehaving-openai.ts";

const { url } = await startMisbehavingOpenAi();
process.stdout.write(`${url}\n`);
