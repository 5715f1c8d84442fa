import { expect } from 'vitest'
import { commitAll, commitNothing, numbered, startReader, until, type Check, type Scene } from './scene.ts'

const needs = 'setOffsets'

const fillAll = (scene: Scene, count: number): Promise<unknown> =>
  scene.log.send(
    [0, 1, 2].flatMap((partition) => numbered(count).map((value) => ({ topic: scene.topic, partition, value }))),
  )

/** The promises of `setOffsets`. */
export function offsetCases(check: Check): void {
  check('starts the next member at the given offsets, forward and back', { needs }, async (scene) => {
    const { log, topic, group } = scene
    await fillAll(scene, 4)
    const before = await startReader(log, { group, topics: [topic] })
    await until('all messages are committed', async () =>
      (await log.committed(group, topic)).every((next) => next === 4),
    )
    await before.close()

    await log.setOffsets(group, topic, [4, 3, 0])
    expect(await log.committed(group, topic)).toEqual([4, 3, 0])
    const after = await startReader(log, { group, topics: [topic] })
    await until('five messages arrive', () => after.seen.length >= 5)
    const seen = after.seen.map(({ partition, offset }) => `${partition}/${offset}`).sort()
    expect(seen).toEqual(['1/3', '2/0', '2/1', '2/2', '2/3'])
  })

  check('sets the offsets of a group that never had a member', { needs }, async (scene) => {
    const { log, topic, group } = scene
    await fillAll(scene, 2)
    await log.setOffsets(group, topic, await log.since(topic, Date.now() + 60_000))
    expect(await log.committed(group, topic)).toEqual([2, 2, 2])
    const reader = await startReader(log, { group, topics: [topic] })
    await log.send([{ topic, partition: 1, value: 'later' }])
    await until('the later message arrives', () => reader.seen.length > 0)
    expect(reader.values()).toEqual(['later'])
  })

  check('is idempotent and does not change other groups and topics', { needs }, async (scene) => {
    const { log, topic, group, newTopic } = scene
    const other = await newTopic(3)
    await fillAll(scene, 2)
    await log.setOffsets(`${group}-other`, topic, [1, 1, 1])
    for (const _ of [1, 2]) await log.setOffsets(group, topic, [0, 1, 2])
    expect(await log.committed(group, topic)).toEqual([0, 1, 2])
    expect(await log.committed(`${group}-other`, topic)).toEqual([1, 1, 1])
    expect(await log.committed(group, other)).toEqual([-1, -1, -1])
  })

  check('rejects a group with an active member and changes nothing', { needs }, async (scene) => {
    const { log, topic, group } = scene
    await fillAll(scene, 2)
    const member = await log.run({ group, topics: [topic] }, commitAll)
    await until('all messages are committed', async () =>
      (await log.committed(group, topic)).every((next) => next === 2),
    )
    const refused = log.setOffsets(group, topic, [0, 0, 0])
    await expect(refused).rejects.toMatchObject({ name: 'LogError', code: 'active' })
    expect(await log.committed(group, topic)).toEqual([2, 2, 2])
    await member.close()
    await log.setOffsets(group, topic, [0, 0, 0])
    expect(await log.committed(group, topic)).toEqual([0, 0, 0])
  })

  check('rejects a group whose only member reads another topic', { needs }, async (scene) => {
    const { log, topic, group, newTopic } = scene
    const other = await newTopic(1)
    await log.run({ group, topics: [other] }, commitNothing)
    await expect(log.setOffsets(group, topic, [0, 0, 0])).rejects.toMatchObject({ code: 'active' })
  })

  for (const [what, code, offsets] of WRONG) {
    check(`rejects ${what} and changes nothing`, { needs }, async (scene) => {
      const { log, topic, group } = scene
      await fillAll(scene, 2)
      await log.setOffsets(group, topic, [1, 1, 1])
      await expect(log.setOffsets(group, topic, offsets)).rejects.toMatchObject({ name: 'LogError', code })
      expect(await log.committed(group, topic)).toEqual([1, 1, 1])
    })
  }

  check('rejects an unknown topic and an empty group name', { needs }, async ({ log, topic, group }) => {
    await expect(log.setOffsets(group, 'no-such-topic', [0])).rejects.toMatchObject({ code: 'not_found' })
    await expect(log.setOffsets('', topic, [0, 0, 0])).rejects.toMatchObject({ code: 'invalid' })
  })

  check('keeps the offsets over a restart', { needs }, async (scene) => {
    const { log, topic, group } = scene
    await fillAll(scene, 3)
    await log.setOffsets(group, topic, [3, 2, 1])
    const again = await scene.reopen()
    expect(await again.committed(group, topic)).toEqual([3, 2, 1])
  })
}

const WRONG: [what: string, code: string, offsets: number[]][] = [
  ['an offset past the end', 'out_of_range', [0, 0, 3]],
  ['a negative offset', 'out_of_range', [0, -1, 0]],
  ['a fractional offset', 'out_of_range', [0.5, 0, 0]],
  ['too few offsets', 'invalid', [0, 0]],
  ['too many offsets', 'invalid', [0, 0, 0, 0]],
]
