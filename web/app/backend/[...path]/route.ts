import { forward } from "@/lib/backend";
import { env } from "@/lib/env";

function handle(request: Request): Promise<Response> {
  return forward(request, env().SERVICE_URL);
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
