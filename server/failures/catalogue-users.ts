// Refusals of changes of users.
import { forUsers, type Kind } from "./kind.ts";

export const userKinds = {
  "user-unknown": {
    status: 404,
    title: "There is no such user",
    advice: "GET /admin/api/users lists those there are; they may have been removed meanwhile.",
    userMessage: forUsers.pageFault,
  },
  "user-exists": {
    status: 409,
    title: "There is a user of that name already",
    advice: "Choose another name, or give the user a new token.",
    userMessage: forUsers.pageFault,
  },
  "user-invalid": {
    status: 422,
    title: "What is said of the user is not valid",
    advice: "Each entry of `errors` points at a field and says what is wrong with it.",
    userMessage: forUsers.pageFault,
  },
} satisfies Record<string, Kind>;
