/** What happens to each call of a port: `call()` makes it, with other arguments if they are given. */
export type Around = (
  method: string,
  call: (args?: readonly unknown[]) => Promise<unknown>,
  args: readonly unknown[],
) => Promise<unknown>

type Method = (...args: unknown[]) => Promise<unknown>

/** The same port, with `wrap` around every call. All methods of a port return promises. */
export function around<Port extends object>(port: Port, wrap: Around): Port {
  const wrapped = new Map<string | symbol, Method>()
  return new Proxy(port, {
    get(target, name) {
      const known = wrapped.get(name)
      if (known) return known
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      const call: Method = (...args) => wrap(String(name), (given = args) => Reflect.apply(method, target, given), args)
      wrapped.set(name, call)
      return call
    },
  })
}
