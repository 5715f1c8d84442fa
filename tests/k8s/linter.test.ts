import { beforeAll, describe, expect, test } from 'vitest'
import { findLinter, IGNORED, lint } from './linter.ts'
import { workload } from './mounted.ts'
import { overlayFolder, OVERLAYS, render } from './render.ts'
import type { Resource } from './resource.ts'
import { findTools, type Tools } from './tools.ts'

const [tools, linter] = await Promise.all([findTools(), findLinter()])
const lack = 'lack' in tools ? tools.lack : typeof linter === 'string' ? undefined : linter.lack

describe.skipIf(lack !== undefined)(`kube-score${lack === undefined ? '' : `: ${lack}`}`, () => {
  const rendered = new Map<string, Resource[]>()
  beforeAll(async () => {
    for (const name of Object.keys(OVERLAYS)) rendered.set(name, await render(tools as Tools, overlayFolder(name)))
  }, 120_000)

  test.each(Object.keys(OVERLAYS))('finds nothing in the overlay %s', async (overlay) => {
    expect(await lint(linter as string, rendered.get(overlay)!)).toEqual([])
  })

  test('finds something for each check that is ignored', async () => {
    const found = await lint(linter as string, [...rendered.values()].flat(), true)
    const checks = new Set(found.map((line) => line.split(': ')[1]))
    expect(Object.keys(IGNORED).filter((id) => !checks.has(id))).toEqual([])
    expect(found).toContain(
      'StatefulSet kafka: pod-probes-identical: Container has the same readiness and liveness probe',
    )
  })

  test.each<[planted: string, plant: (resources: Resource[]) => void, expected: RegExp]>([
    [
      'a container without a limit of ephemeral storage',
      (resources) =>
        delete workload(resources, 'Deployment', 'edge').pod.containers[0]!.resources!.limits!['ephemeral-storage'],
      /^Deployment edge: container-ephemeral-storage-request-and-limit: /,
    ],
    [
      'a Service without pods',
      (resources) => {
        const service = resources.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'edge')!
        service.spec!['selector'] = { app: 'none' }
      },
      /^Service edge: service-targets-pod: /,
    ],
  ])('finds a planted error: %s', async (_, plant, expected) => {
    const resources = structuredClone(rendered.get('dev')!)
    plant(resources)
    expect(await lint(linter as string, resources)).toContainEqual(expect.stringMatching(expected))
  })
})
