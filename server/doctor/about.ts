// Makes findings about one subject.
import type { Finding } from "./finding.ts";

type Figures = NonNullable<Finding["figures"]>;

export interface About {
  ok(check: string, title: string, figures?: Figures): Finding;
  note(check: string, title: string, fix?: string, figures?: Figures): Finding;
  warning(check: string, title: string, cause: string, fix: string, figures?: Figures): Finding;
  fault(check: string, title: string, cause: string, fix: string, figures?: Figures): Finding;
}

/** `check` is the id of what was found, the title goes on from the subject. */
export const about = (subject: string): About => {
  const bad =
    (level: "fault" | "warning"): About["fault"] =>
    (check, title, cause, fix, figures) => ({
      ...{ check, level, subject, title, cause, fix },
      ...(figures && { figures }),
    });
  return {
    ok: (check, title, figures) => ({ check, level: "ok", subject, title, ...(figures && { figures }) }),
    note: (check, title, fix, figures) => ({
      ...{ check, level: "note", subject, title },
      ...(fix !== undefined && { fix }),
      ...(figures && { figures }),
    }),
    warning: bad("warning"),
    fault: bad("fault"),
  };
};
