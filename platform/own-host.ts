const OWN_HOST = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d+){3}|\[::1\])(?::\d*)?$/i

/**
 * What is wrong with the Host header of a request to a server for this computer alone. A web page could let its own host name resolve
 * to this computer, and would then be of the server's origin.
 */
export const foreignHost = (host: string | null | undefined): string | undefined =>
  host === null || host === undefined || OWN_HOST.test(host)
    ? undefined
    : 'The Host header does not name this computer. To serve other names, set LISTEN_HOST to 0.0.0.0 or ::.'
