// The two ends of a carried session.
import { expect, it } from "vitest";
import { CarriedLink } from "../../../../server/sessions/run/carried-link.ts";
import { createTestTime } from "../../../support/time.ts";
import { testEnd } from "../../../support/voice-sockets.ts";

const never = new AbortController().signal;
const update = { type: "session.update", session: { instructions: "Be kind." } };

const opened = async () => {
  const time = createTestTime();
  const link = new CarriedLink(time.timers);
  const [openAi, page] = [testEnd(), testEnd()];
  const openEnd = async (receiver: typeof openAi.receiver) => {
    openAi.receiver = receiver;
    return { socket: openAi, upstreamKey: "main" };
  };
  const opening = link.open(openEnd, [update], never);
  await Promise.resolve();
  return { time, link, openAi, page, opening };
};

const carried = async () => {
  const all = await opened();
  all.openAi.says({ type: "session.created" });
  all.openAi.says({ type: "session.updated" });
  await all.opening;
  const closedBy: string[] = [];
  all.link.accept(
    (receiver) => {
      all.page.receiver = receiver;
      return all.page;
    },
    (by) => void closedBy.push(by),
  );
  return { ...all, closedBy };
};

it("gives OpenAI the session before the page hears or says anything", async () => {
  const { openAi, page, opening } = await carried();
  expect(await opening).toBe("main");
  expect(openAi.sent).toEqual([update]);
  expect(page.sent).toEqual([{ type: "session.created" }, { type: "session.updated" }]);
});

it("fails where OpenAI does not take the session, or says nothing for ten seconds", async () => {
  const refused = await opened();
  refused.openAi.says({ type: "error", error: { code: "invalid_value", message: "secret" } });
  await expect(refused.opening).rejects.toThrow("OpenAI does not take the session: invalid_value");
  const silent = await opened();
  const failed = expect(silent.opening).rejects.toThrow("no answer in time");
  await silent.time.pass(10_000);
  await failed;
  const closed = await opened();
  closed.openAi.close();
  await expect(closed.opening).rejects.toThrow("closed with 1000");
});

it("passes events on both ways, and shows OpenAI's to the session's run", async () => {
  const { link, openAi, page } = await carried();
  const seen: string[] = [];
  const receiver = { onMessage: (message: Buffer) => void seen.push(String(message)), onClose: () => {} };
  await link.calls.joinCall({ interface: "realtime", id: "", upstreamKey: "main" }, receiver, never);
  page.says({ type: "response.create" });
  openAi.says({ type: "response.done" });
  expect(openAi.sent.at(-1)).toEqual({ type: "response.create" });
  expect(page.sent.at(-1)).toEqual({ type: "response.done" });
  expect(seen).toEqual(['{"type":"response.done"}']);
});

it("is joined once: with its connection it is over", async () => {
  const { link } = await carried();
  const join = () =>
    link.calls.joinCall(
      { interface: "realtime", id: "", upstreamKey: "main" },
      { onMessage: () => {}, onClose: () => {} },
      never,
    );
  await join();
  await expect(join()).rejects.toThrow("OpenAI answered 404");
});

it("closes the page's end with OpenAI's, and leaves OpenAI's open when the page goes", async () => {
  const first = await carried();
  first.openAi.close();
  await first.link.ended;
  expect([first.page.isClosed, first.closedBy]).toEqual([true, ["openai"]]);
  const second = await carried();
  second.page.close();
  expect([second.openAi.isClosed, second.closedBy]).toEqual([false, ["page"]]);
  second.openAi.close();
  await second.link.ended;
});

it("stops reading an end while the other is slow, and closes where that takes nothing any more", async () => {
  const { time, openAi, page, closedBy } = await carried();
  page.isSlow = true;
  const delta = { type: "response.output_audio.delta", delta: "x".repeat(300 * 1024) };
  for (let count = 0; count < 4; count += 1) openAi.says(delta);
  expect(openAi.isPaused).toBe(true);
  await time.pass(9000);
  page.drain();
  expect(openAi.isPaused).toBe(false);
  await time.pass(9000);
  expect(closedBy).toEqual([]);
  for (let count = 0; count < 4; count += 1) openAi.says(delta);
  await time.pass(10_000);
  expect([closedBy, openAi.isClosed, page.isClosed]).toEqual([["page"], true, true]);
});
