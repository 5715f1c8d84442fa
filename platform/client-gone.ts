/** The client has closed its connection: nothing more is done for its request. */
export class ClientGone extends Error {
  override name = 'ClientGone'
}

/** @throws ClientGone if the signal of the request has aborted */
export function assertPresent(client: AbortSignal): void {
  if (client.aborted) throw new ClientGone('the client has closed its connection')
}

/** As nginx reports it. No client reads it. */
const STATUS = 499

export const responseToGone = (): Response => new Response(null, { status: STATUS })

export const isToGone = ({ status }: Response): boolean => status === STATUS
