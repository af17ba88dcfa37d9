// Asks how long a user's old tokens go on beside the new one.
import { useState } from "preact/hooks";
import type { User } from "../api/answers.ts";
import type { Problem } from "../api/api.ts";
import { Dialog } from "./dialog.tsx";
import { Select } from "./select.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  user: User;
  refused: Problem | undefined;
  onDecided(seconds: number): void;
  onClose(): void;
}

const overlaps = [
  ["0", "end at once"],
  ["3600", "go on for an hour"],
  ["86400", "go on for a day"],
  ["604800", "go on for a week"],
] as const;

export const RotateForm = ({ user, refused, onDecided, onClose }: Props) => {
  const [seconds, setSeconds] = useState<(typeof overlaps)[number][0]>("3600");
  return (
    <Dialog title={`New token for ${user.name}`} kind="modal" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDecided(Number(seconds));
        }}
      >
        {refused && <Trouble problem={refused} />}
        <Select
          label="The tokens from before"
          value={seconds}
          options={overlaps}
          onChange={(value) => setSeconds(value)}
          isLabelHidden={false}
        />
        <p class="buttons">
          <button type="button" class="secondary" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Make and show it
          </button>
        </p>
      </form>
    </Dialog>
  );
};
