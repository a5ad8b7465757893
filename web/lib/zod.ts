import { z } from "zod";

// Zod's compiled checks need eval, which the Content-Security-Policy forbids.
z.config({ jitless: true });

export { z };
