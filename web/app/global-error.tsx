"use client";

import ErrorPage from "./error";
import "./globals.css";

export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>This page could not be loaded</title>
        <ErrorPage reset={reset} />
      </body>
    </html>
  );
}
