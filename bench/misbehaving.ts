// An OpenAI that misbehaves where a request asks for it, as a process of its own.
import { startMisbehavingOpenAi } from "../test/support/misbehaving-openai.ts";

const { url } = await startMisbehavingOpenAi();
process.stdout.write(`${url}\n`);
