// A connection in memory, as a server and a client of Node's see it.
import { once } from "node:events";
import { expect, it } from "vitest";
import { connectInMemory } from "../../../../server/http/server/memory-connection.node.ts";

it("each end reads what the other one writes, and both count it", async () => {
  const [client, server] = connectInMemory();
  client.end("question");
  expect(String((await once(server, "data"))[0])).toBe("question");
  server.write("answer");
  expect(String((await once(client, "data"))[0])).toBe("answer");
  expect([client.bytesWritten, server.bytesRead, server.bytesWritten, client.bytesRead]).toEqual([
    ...[8, 8, 6, 6],
  ]);
});

it("what is not read waits at its writer, whose progress shows in its counts", async () => {
  const [client, server] = connectInMemory();
  const chunk = Buffer.alloc(200_000);
  for (let count = 0; count < 5; count++) server.write(chunk);
  const taken = () => server.bytesWritten - server.writableLength;
  expect([server.bytesWritten, taken()]).toEqual([1_000_000, 0]);
  client.read();
  expect(taken()).toBe(200_000);
});

it("the server's end closes when its answer is taken, though it is never read", async () => {
  const [client, server] = connectInMemory();
  server.end("answer");
  await once(server, "close");
  expect(client.destroyed).toBe(false);
  expect(String(client.read())).toBe("answer");
});

it("an end that breaks off breaks the other", async () => {
  for (const [broken, other] of [connectInMemory(), connectInMemory().reverse()]) {
    broken?.destroy();
    if (other) await once(other, "close");
  }
});
