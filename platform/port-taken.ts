/** A server cannot listen, because its port is in use. The message says what to do. */
export class PortTaken extends Error {
  override name = 'PortTaken'
}

/** @param variable the setting that moves the port, if there is one */
export const portTaken = (port: number, variable?: string, holder = 'another process'): string =>
  `Port ${port} is taken by ${holder}: stop it${variable ? `, or set ${variable} to another port` : ''}.`
