// /v1/files: uploads, kept until the emulator ends.
import { Hono } from "hono";
import { fileOf, missingField, readForm } from "../http/form.ts";
import { OpenAiError } from "../http/openai-error.ts";

export interface FilePorts {
  randomId(prefix: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Stored {
  id: string;
  filename: string;
  purpose: string;
  bytes: Uint8Array;
  /** Unix seconds. */
  created: number;
}

const MOST_BYTES = 256 * 1024 * 1024;

class Files {
  readonly #stored = new Map<string, Stored>();
  #bytes = 0;

  /** Takes the fields of a multipart upload. Throws OpenAI's 400. */
  async add(form: FormData, id: string, created: number): Promise<object> {
    const file = fileOf(form, "file");
    const purpose = form.get("purpose");
    if (typeof purpose !== "string") throw missingField("purpose");
    if (this.#bytes + file.size > MOST_BYTES)
      throw new OpenAiError(
        413,
        null,
        `The emulator keeps at most ${MOST_BYTES} bytes of files. Delete some.`,
      );
    this.#bytes += file.size;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const stored = { id, filename: file.name, purpose, bytes, created };
    this.#stored.set(id, stored);
    return describe(stored);
  }

  list(): object {
    const data = [...this.#stored.values()].map(describe);
    return { object: "list", data, has_more: false };
  }

  find(id: string): object {
    return describe(this.#find(id));
  }

  content(id: string): Uint8Array {
    return this.#find(id).bytes;
  }

  remove(id: string): object {
    this.#bytes -= this.#find(id).bytes.length;
    this.#stored.delete(id);
    return { id, object: "file", deleted: true };
  }

  #find(id: string): Stored {
    const stored = this.#stored.get(id);
    if (!stored) throw new OpenAiError(404, null, `No such File object: ${id}`, "id");
    return stored;
  }
}

const describe = ({ id, filename, purpose, bytes, created }: Stored): object => ({
  id,
  object: "file",
  bytes: bytes.length,
  created_at: created,
  expires_at: null,
  filename,
  purpose,
  status: "processed",
  status_details: null,
});

export const fileRoutes = ({ randomId, now }: FilePorts) => {
  const files = new Files();
  return new Hono()
    .post("/files", async (c) =>
      c.json(await files.add(await readForm(c), randomId("file"), Math.floor(now() / 1000))),
    )
    .get("/files", (c) => c.json(files.list()))
    .get("/files/:id", (c) => c.json(files.find(c.req.param("id"))))
    .get("/files/:id/content", (c) =>
      c.body(new Uint8Array(files.content(c.req.param("id"))), 200, {
        "content-type": "application/octet-stream",
      }),
    )
    .delete("/files/:id", (c) => c.json(files.remove(c.req.param("id"))));
};
