// /v1/files: uploads, kept until the emulator ends.
import { OpenAiError } from "../http/openai-error.ts";

interface Stored {
  id: string;
  filename: string;
  purpose: string;
  bytes: Uint8Array;
  /** Unix seconds. */
  created: number;
}

export class Files {
  readonly #stored = new Map<string, Stored>();

  /** Takes the fields of a multipart upload. Throws OpenAI's 400. */
  async add(form: FormData, id: string, created: number): Promise<object> {
    const file = form.get("file");
    const purpose = form.get("purpose");
    if (!(file instanceof File)) throw missing("file");
    if (typeof purpose !== "string") throw missing("purpose");
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
    this.#find(id);
    this.#stored.delete(id);
    return { id, object: "file", deleted: true };
  }

  #find(id: string): Stored {
    const stored = this.#stored.get(id);
    if (!stored) throw new OpenAiError(404, null, `No such File object: ${id}`, "id");
    return stored;
  }
}

const missing = (field: string): OpenAiError =>
  new OpenAiError(400, "missing_required_parameter", `Missing required parameter: '${field}'.`, field);

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
