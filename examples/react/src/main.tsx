// Starts the application.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Conversation } from "./conversation.tsx";

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Conversation url={import.meta.env.VITE_BROKER_URL ?? "http://127.0.0.1:8787"} />
    </StrictMode>,
  );
