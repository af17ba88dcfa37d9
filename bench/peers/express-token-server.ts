// A token server in the manner of OpenAI's console example: Express, global fetch, no authentication.
import express from "express";

const session = {
  session: { type: "realtime", model: "gpt-realtime-2.1", audio: { output: { voice: "marin" } } },
};

const app = express();
app.get("/token", async (_request, response) => {
  try {
    const answer = await fetch(`${process.env.OPENAI_BASE_URL}/realtime/client_secrets`, {
      method: "POST",
      headers: { Authorization: "Bearer sk-bench", "Content-Type": "application/json" },
      body: JSON.stringify(session),
    });
    response.json(await answer.json());
  } catch {
    response.status(500).json({ error: "Failed to generate token" });
  }
});
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});
