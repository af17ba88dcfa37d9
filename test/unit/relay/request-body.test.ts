// A request body on its way in: what is buffered, what is streamed, and how long its memory is held.
import { describe, expect, it } from "vitest";
import { type IncomingBody, readRelayBody } from "../../../server/relay/request-body.ts";

const setUp = (contentType: string, text: string, more: Partial<IncomingBody> = {}) => {
  const bytes = Buffer.from(text);
  const memory = { charged: 0, most: 0, released: false };
  const incoming: IncomingBody = {
    contentType,
    length: bytes.length,
    isSigned: false,
    whole: async (_, look) => {
      look?.(bytes, bytes.length);
      return bytes;
    },
    passing: async function* () {
      yield bytes;
    },
    charge: (size) => {
      memory.charged += size;
      memory.most = Math.max(memory.most, memory.charged);
    },
    discharge: (size) => {
      memory.charged -= size;
    },
    release: () => {
      memory.released = true;
    },
    ...more,
  };
  return { incoming, memory };
};
const read = (path: string, contentType: string, text: string, more?: Partial<IncomingBody>) =>
  readRelayBody(path, setUp(contentType, text, more).incoming);
const chat = "/v1/chat/completions";

describe("a JSON body", () => {
  it("is buffered, and its models are read", async () => {
    const body = await read(chat, "application/json; charset=utf-8", '{"model":"a","tools":[{"model":"b"}]}');
    expect(body).toMatchObject({ model: "a", others: ["b"], mediaType: "application/json" });
    expect(body.body).toMatchObject({ kind: "buffered" });
    expect(body.withContent(({ json }) => json)).toEqual({ model: "a", tools: [{ model: "b" }] });
  });

  it("takes memory while it is parsed, and gives it back also where reading it fails", async () => {
    const { incoming, memory } = setUp("application/json", '{"model":"a"}');
    const body = await readRelayBody(chat, incoming);
    expect(() =>
      body.withContent(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(memory.most).toBeGreaterThan(0);
    expect(memory.charged).toBe(0);
  });

  it("is dropped when it cannot be sent again", async () => {
    const { incoming, memory } = setUp("application/json", '{"model":"a"}');
    const body = await readRelayBody(chat, incoming);
    body.release();
    expect(body.body).toEqual({ kind: "buffered", bytes: Buffer.alloc(0) });
    expect(memory.released).toBe(true);
  });

  it("asks for usage where it is a streamed chat", async () => {
    const streamed = await read(chat, "application/json", '{"stream":true}');
    expect(streamed.askForUsage()).toBe(true);
    expect(streamed.withContent(({ json }) => json)).toEqual({
      stream: true,
      stream_options: { include_usage: true },
    });
    for (const [path, text] of [
      [chat, "{}"],
      [chat, '{"stream":true,"stream_options":{"include_usage":true}}'],
      ["/v1/responses", '{"stream":true}'],
    ] as const) {
      const body = await read(path, "application/json", text);
      expect(body.askForUsage()).toBe(false);
      expect(body.body).toMatchObject({ bytes: Buffer.from(text) });
    }
  });

  it("of very many values is not parsed", async () => {
    const few = await read(chat, "application/json", `{"input":[${Array(20_000).fill(1)}]}`);
    const many = await read(chat, "application/json", `{"input":[${Array(30_000).fill(1)}]}`);
    expect([few.isTooLargeToParse, many.isTooLargeToParse]).toEqual([false, true]);
  });
});

describe("a form", () => {
  const part = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

  it("is buffered, and its model and fields are read", async () => {
    const text = `${part("model", "whisper-1")}${part("prompt", "Hello")}--b--\r\n`;
    const body = await read("/v1/audio/transcriptions", "multipart/form-data; boundary=b", text);
    expect(body).toMatchObject({ model: "whisper-1", mediaType: "multipart/form-data; boundary=b" });
    expect(body.withContent(({ fields }) => fields)).toEqual([
      { name: "model", value: "whisper-1" },
      { name: "prompt", value: "Hello" },
    ]);
    expect(body.askForUsage()).toBe(false);
  });
});

describe("an upload that names no model", () => {
  const upload = (more: Partial<IncomingBody>) => read("/v1/files", "application/octet-stream", "abc", more);

  it("is buffered where it is small, so that it can be sent again", async () => {
    expect((await upload({ length: 1024 * 1024 })).body.kind).toBe("buffered");
  });

  it("is streamed where it is large, or of unknown length", async () => {
    expect((await upload({ length: 1024 * 1024 + 1 })).body.kind).toBe("streaming");
    expect((await upload({ length: undefined })).body.kind).toBe("streaming");
  });

  it("is buffered where a signature covers it, whatever its length", async () => {
    expect((await upload({ length: 10_000_000, isSigned: true })).body.kind).toBe("buffered");
  });

  it("may come without a type", async () => {
    expect((await read("/v1/files", "", "abc")).mediaType).toBeUndefined();
  });
});

it("another type is refused where a model must be read", async () => {
  for (const type of ["text/plain", "", "application/json; charset=latin1"]) {
    await expect(read(chat, type, "{}"), type).rejects.toMatchObject({ code: "media-type-unsupported" });
  }
});
