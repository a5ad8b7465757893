import { forward } from "@/lib/backend";
import { env } from "@/lib/env";

function pass(request: Request): Promise<Response> {
  return forward(request, env().SERVICE_URL);
}

export { pass as DELETE, pass as GET, pass as PATCH, pass as POST, pass as PUT };
